import { withoutCredentials } from '../lib'
import type { Caller } from '../sdk'
import type { CallLabels } from './call'
import type { CallRecord } from './record'

/** A data point of Analytics Engine. */
export interface DataPoint {
  indexes: string[]
  blobs: string[]
  doubles: number[]
}

/** Longer words of strangers are cut. */
const MAX_WORD_CHARS = 64

/**
 * A call as a number in a statistic: which module, revision and client, how it went, how long it
 * took. Nothing of who called, nor of what with.
 */
export function callPoint(
  { revision = '' }: CallLabels,
  { client }: Caller,
  { module, method, tool, resource, prompt, outcome, durationMs }: CallRecord,
): DataPoint {
  const { name, version } = client ?? { name: '', version: '' }
  const item = tool ?? resource ?? prompt ?? ''
  return {
    indexes: [module],
    blobs: [module, revision, word(name), word(version), method, item, outcome],
    doubles: [1, durationMs],
  }
}

/** What a client says of itself has been looked at by nobody. */
const word = (text: string): string => withoutCredentials(text).slice(0, MAX_WORD_CHARS)
