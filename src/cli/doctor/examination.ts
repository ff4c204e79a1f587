/** What was looked at and how it went. @module */
import { Fault } from '../client/fault.ts'

export interface Finding {
  /** Stable, for programs: `registration`. */
  id: string
  title: string
  /** `noted`: worth knowing, stops nobody. `unchecked`: cannot be told from here, `detail` says why. */
  outcome: 'passed' | 'failed' | 'noted' | 'unchecked'
  detail?: string
  advice?: string
}

export interface Examination {
  readonly findings: Finding[]
  /**
   * Looks at something that all the rest stands on.
   *
   * @throws {Stopped} after a failure has been written down.
   */
  need<T>(id: string, title: string, look: (say: Say) => Promise<T> | T): Promise<T>
  /** Looks at something the rest can do without. Undefined after a failure. */
  look<T>(id: string, title: string, look: (say: Say) => Promise<T> | T): Promise<T | undefined>
  write(
    outcome: 'noted' | 'unchecked',
    id: string,
    title: string,
    detail: string,
    advice?: string,
  ): void
}

/** Adds a detail to the finding when it passes. */
export type Say = (detail: string) => void

/** The examination cannot go on; why is in its findings. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

export function beginExamination(): Examination {
  const findings: Finding[] = []
  const attempt = async <T>(
    id: string,
    title: string,
    look: (say: Say) => Promise<T> | T,
  ): Promise<{ ok: true; value: T } | { ok: false; cause: Fault }> => {
    let detail: string | undefined
    try {
      const value = await look((text) => {
        detail = text
      })
      findings.push({ id, title, outcome: 'passed', ...(detail !== undefined && { detail }) })
      return { ok: true, value }
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      const { message, advice } = cause
      findings.push({ id, title, outcome: 'failed', detail: message, ...(advice && { advice }) })
      return { ok: false, cause }
    }
  }
  return {
    findings,
    async need(id, title, look) {
      const result = await attempt(id, title, look)
      if (!result.ok) throw new Stopped(title, { cause: result.cause })
      return result.value
    },
    async look(id, title, look) {
      const result = await attempt(id, title, look)
      return result.ok ? result.value : undefined
    },
    write(outcome, id, title, detail, advice) {
      findings.push({ id, title, outcome, detail, ...(advice !== undefined && { advice }) })
    },
  }
}
