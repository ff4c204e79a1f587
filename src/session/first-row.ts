/** Asks for one row, which need not be there. */
export const firstRow =
  (sql: SqlStorage) =>
  <Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...values: SqlStorageValue[]
  ): Row | undefined =>
    sql.exec<Row>(query, ...values).toArray()[0]
