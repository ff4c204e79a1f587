/**
 * What is left of a value after a trip through JSON: the same for plain data, a text for a date, and
 * `never` for what JSON does not have.
 */
export type Json<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends { toJSON(): infer Written }
      ? Json<Written>
      : Value extends bigint | symbol | ((...args: never) => unknown)
        ? never
        : { [Key in keyof Value]: Json<Value[Key]> }
