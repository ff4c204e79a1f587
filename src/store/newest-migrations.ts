/**
 * The newest migration of each database, by binding: the schema this version of the Worker was
 * built for. Written by `npm start`, `npm run new` and every build for a deployment.
 *
 * @module
 */
export const NEWEST_MIGRATIONS: Readonly<Record<string, string>> = {
  DB: '0005_record_items.sql',
  DB_SUPPORT: '0002_seed_demo.sql',
  DB_DOCS: '0001_create_documents.sql',
  DB_SQL: '0002_seed_shop.sql',
}
