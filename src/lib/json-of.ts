/** A value as JSON has it, or a note in its place: what somebody logs must not make a call fail. */
export function jsonOf(data: unknown): unknown {
  try {
    return JSON.stringify(data) === undefined ? null : data
  } catch {
    return '(a value that cannot be written as JSON)'
  }
}
