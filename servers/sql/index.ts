/** Questions in SQL about a small web shop: read-only, bounded, with personal data masked. @module */
import { defineServer } from '#sdk'
import { schemaResource } from './resources/schema'
import { describeTables } from './tools/describe-tables'
import { query } from './tools/query'

export default defineServer({
  name: 'sql',
  version: '1.0.0',
  title: 'Shop data',
  description: 'Customers, products and orders of a sample web shop, to be asked in SQL.',
  instructions:
    'Call describe_tables, then query with one SELECT. Let the database count, sum and group ' +
    'instead of reading rows to do it yourself. Amounts are euro cents.',
  access: 'authenticated',
  push: false,
  scopes: { 'sql:read': 'Query customers, products and orders, without personal data' },
  uses: { db: true },
  tools: [query, describeTables],
  resources: [schemaResource],
})
