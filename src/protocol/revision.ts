/**
 * Which wire a request speaks. `2025` opens with `initialize` and may hold a session; `2026`
 * carries its whole context in every request.
 */
export const ERAS = ['2025', '2026'] as const
export type Era = (typeof ERAS)[number]

/** Revisions that open with `initialize`, oldest first. */
export const REVISIONS_2025 = ['2025-03-26', '2025-06-18', '2025-11-25'] as const
/** Revisions served request by request, oldest first; what discover and -32022 name. */
export const REVISIONS_2026 = ['2026-07-28'] as const

export type Revision2025 = (typeof REVISIONS_2025)[number]
export type Revision2026 = (typeof REVISIONS_2026)[number]
export type Revision = Revision2025 | Revision2026

/** What `initialize` settles on when the client asks for a revision we do not serve. */
export const NEWEST_2025: Revision2025 = '2025-11-25'

/** The revisions served in these eras, oldest first. */
export const revisionsOf = (eras: readonly Era[]): Revision[] => [
  ...(eras.includes('2025') ? REVISIONS_2025 : []),
  ...(eras.includes('2026') ? REVISIONS_2026 : []),
]

export const isRevision2025 = (text: string): text is Revision2025 =>
  (REVISIONS_2025 as readonly string[]).includes(text)

export const isRevision2026 = (text: string): text is Revision2026 =>
  (REVISIONS_2026 as readonly string[]).includes(text)

/**
 * Whether a version string belongs to the request-by-request era, served here or not. Dates sort
 * as text, so a revision published after this build is still recognised as one of that era.
 */
export const namesEra2026 = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && text >= REVISIONS_2026[0]
