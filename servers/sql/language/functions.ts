/**
 * The functions there are. All others are refused, by name: those that reach files, load code or
 * make large texts of short ones, and those that a later SQLite may bring.
 *
 * @module
 */

interface Callable {
  /** How many arguments it takes, at least and at most. */
  takes: [number, number]
  /** Whether it makes one value of many rows. */
  aggregate?: true
}

const AGGREGATES: Record<string, Callable> = {
  count: { takes: [1, 1], aggregate: true },
  sum: { takes: [1, 1], aggregate: true },
  total: { takes: [1, 1], aggregate: true },
  avg: { takes: [1, 1], aggregate: true },
  min: { takes: [1, 8], aggregate: true },
  max: { takes: [1, 8], aggregate: true },
  group_concat: { takes: [1, 2], aggregate: true },
}

const SCALARS: Record<string, Callable> = {
  abs: { takes: [1, 1] },
  round: { takes: [1, 2] },
  length: { takes: [1, 1] },
  lower: { takes: [1, 1] },
  upper: { takes: [1, 1] },
  trim: { takes: [1, 2] },
  ltrim: { takes: [1, 2] },
  rtrim: { takes: [1, 2] },
  substr: { takes: [2, 3] },
  instr: { takes: [2, 2] },
  coalesce: { takes: [2, 8] },
  ifnull: { takes: [2, 2] },
  nullif: { takes: [2, 2] },
  iif: { takes: [3, 3] },
  date: { takes: [1, 4] },
  time: { takes: [1, 4] },
  datetime: { takes: [1, 4] },
  strftime: { takes: [2, 4] },
  julianday: { takes: [1, 4] },
  unixepoch: { takes: [1, 4] },
}

const FUNCTIONS = new Map(Object.entries({ ...AGGREGATES, ...SCALARS }))

/** For messages. */
export const FUNCTION_NAMES = [...FUNCTIONS.keys()].join(', ')

export const findFunction = (name: string): Callable | undefined => FUNCTIONS.get(name)

/** `min` and `max` of several values are about one row. */
export const isAggregate = (name: string, argCount: number): boolean =>
  FUNCTIONS.get(name)?.aggregate === true && (argCount < 2 || name === 'group_concat')
