/** Text, data and JSON of one result together, in UTF-16 code units. */
export const MAX_RESULT_LENGTH = 1024 * 1024
