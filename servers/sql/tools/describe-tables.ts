import { defineTool } from '#sdk'
import { Described, describeTables as describe } from '../tables'

export const describeTables = defineTool({
  name: 'describe_tables',
  title: 'Tables of the shop',
  description:
    'All tables that query can read, with their columns, how they are joined, about how many rows ' +
    'they have, and which columns are masked. Takes nothing.',
  scopes: ['sql:read'],
  uses: { db: true },
  annotations: { readOnlyHint: true, openWorldHint: false },
  output: Described,
  run: (_, { db }) => describe(db),
})
