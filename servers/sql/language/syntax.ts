/** What a statement is once it has been read: everything that there is to the language. @module */

export type Expression =
  /** SQL as it will be written: a number, a quoted text, NULL, TRUE or FALSE. */
  | { kind: 'literal'; sql: string }
  | { kind: 'column'; table: string | undefined; name: string; quoted: boolean; at: number }
  | { kind: 'unary'; operator: '-' | '+' | 'NOT'; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'like'; not: boolean; operand: Expression; pattern: Expression; escapedBy?: Expression }
  | { kind: 'between'; not: boolean; operand: Expression; low: Expression; high: Expression }
  | { kind: 'in'; not: boolean; operand: Expression; among: Expression[] | Query }
  | { kind: 'isNull'; not: boolean; operand: Expression }
  | { kind: 'case'; of?: Expression; when: [Expression, Expression][]; otherwise?: Expression }
  | { kind: 'cast'; operand: Expression; to: string }
  | { kind: 'collate'; operand: Expression; by: string }
  | { kind: 'call'; name: string; distinct: boolean; args: Expression[] | '*'; at: number }
  | { kind: 'exists'; query: Query }
  | { kind: 'subquery'; query: Query; at: number }

export type BinaryOperator =
  | 'OR'
  | 'AND'
  | ('=' | '<>' | 'IS' | 'IS NOT')
  | ('<' | '<=' | '>' | '>=')
  | ('+' | '-')
  | ('*' | '/' | '%')
  | '||'

/** One item of a result: an expression, or all columns of a table or of all. */
export type ResultItem =
  | { kind: 'expression'; expression: Expression; alias: string | undefined }
  | { kind: 'all'; of: string | undefined; at: number }

export interface Source {
  from: { table: string; at: number } | { query: Query }
  alias: string | undefined
  /** How it is tied to those before it; the first one is not. */
  join: 'INNER' | 'LEFT'
  on: Expression | undefined
}

export interface Select {
  distinct: boolean
  items: ResultItem[]
  from: Source[]
  where: Expression | undefined
  groupBy: Expression[]
  having: Expression | undefined
  at: number
}

export interface OrderTerm {
  expression: Expression
  descending: boolean
  nulls: 'FIRST' | 'LAST' | undefined
}

export interface Query {
  with: { name: string; query: Query }[]
  first: Select
  more: { operator: 'UNION' | 'UNION ALL' | 'INTERSECT' | 'EXCEPT'; select: Select }[]
  orderBy: OrderTerm[]
  limit: number | undefined
  offset: number
  at: number
}
