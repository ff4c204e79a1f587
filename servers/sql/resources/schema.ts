import { defineResource } from '#sdk'
import { describeTables } from '../tables'

export const schemaResource = defineResource({
  name: 'schema',
  title: 'Tables of the shop',
  description:
    'What describe_tables returns: tables, columns, how they are joined, what is masked.',
  uri: 'sql://schema',
  mimeType: 'application/json',
  scopes: ['sql:read'],
  uses: { db: true },
  cacheSeconds: 60,
  read: async ({ db }) => JSON.stringify(await describeTables(db)),
})
