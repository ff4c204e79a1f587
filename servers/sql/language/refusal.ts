import { ToolError } from '#sdk'

/** Why a statement is not run. */
export type Refused =
  | 'not_allowed'
  | 'not_understood'
  | 'unknown_name'
  | 'too_long'
  | 'too_expensive'

const AROUND = 20

/** An error that says what is wrong, where, and what to do instead. */
export function refusal(
  code: Refused,
  problem: string,
  place?: { sql: string; at: number },
): ToolError {
  if (!place) return new ToolError(code, problem)
  const { sql, at } = place
  if (at >= sql.trimEnd().length) return new ToolError(code, `${problem} (At the end.)`)
  const line = sql.slice(0, at).split('\n').length
  const column = at - sql.lastIndexOf('\n', at - 1)
  const near = sql.slice(at, at + AROUND).split('\n')[0]
  return new ToolError(code, `${problem} (Line ${line}, character ${column}, at \`${near}\`.)`)
}
