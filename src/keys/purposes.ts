const DAY = 86_400

/**
 * What may be sealed, each under a key of its own, with the longest a seal lives in seconds. A
 * retired key verifies until the longest of them is over.
 */
export const PURPOSES = {
  session: 30 * DAY,
  task: 7 * DAY,
  'request-state': DAY,
  'question-page': DAY,
  'state-handle': 30 * DAY,
  cursor: DAY,
  cookie: 30 * DAY,
} as const satisfies Record<string, number>

export type Purpose = keyof typeof PURPOSES

export const LONGEST_SEAL_SECONDS = Math.max(...Object.values(PURPOSES))
