/** Takes a problem: the field it is in, and the rest of a sentence that begins with the field. */
export type Report = (field: string, problem: string) => void
