/** Whether an object's SQLite has this table; asking writes nothing. */
export const hasTable = (sql: SqlStorage, name: string): boolean =>
  sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', name).toArray().length > 0

/** Asks an object's SQLite for one row, which need not be there. */
export const firstRow =
  (sql: SqlStorage) =>
  <Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...values: SqlStorageValue[]
  ): Row | undefined =>
    sql.exec<Row>(query, ...values).toArray()[0]
