import type { ControlSnapshot, Cut } from './control-state'

/** An isolate's copy is taken as it is for this long. */
const FRESH_SECONDS = 2
/** Past this age nothing but reading is done on it: the switches may say otherwise by now. */
export const STALE_SECONDS = 5

/** One isolate's copy: plain values, no promise that another request would have to await. */
export interface ControlCopy {
  epoch: number | undefined
  /** When each thing was cut, by `kind/id`. */
  cuts: Map<string, number>
  readAt: number
}

export const emptyControlCopy = (): ControlCopy => ({
  epoch: undefined,
  cuts: new Map(),
  readAt: Number.NEGATIVE_INFINITY,
})

export interface ControlPorts {
  /** Seconds since the epoch, with fractions. */
  now(): number
  read(nowSeconds: number, known: number | undefined): Promise<ControlSnapshot | undefined>
}

/** What the switches say about one credential. */
export interface CredentialFacts {
  /** Hash of the access token. */
  token: string
  grant: string
  person: string
  client: string
  /** Epoch seconds. */
  issuedAt: number
}

/** How far an answer can be trusted: `stale` when the switches could not be read in time. */
export type Control = { freshness: 'fresh' | 'stale'; isCut(facts: CredentialFacts): boolean }

/** The switches as this isolate knows them, re-read when its copy is older than two seconds. */
export async function readControl(copy: ControlCopy, ports: ControlPorts): Promise<Control> {
  const now = ports.now()
  if (now - copy.readAt >= FRESH_SECONDS) {
    try {
      const snapshot = await ports.read(Math.floor(now), copy.epoch)
      // A snapshot that another request read in the meantime may be the newer one.
      if (snapshot && snapshot.epoch >= (copy.epoch ?? 0)) {
        copy.epoch = snapshot.epoch
        copy.cuts = new Map(snapshot.cuts.map((cut) => [nameOf(cut.kind, cut.id), cut.before]))
      }
      copy.readAt = Math.max(copy.readAt, now)
    } catch (cause) {
      // Unreachable switches stop changes, not reading; see `STALE_SECONDS`.
      console.warn(JSON.stringify({ event: 'control_unreachable', detail: String(cause) }))
    }
  }
  const { cuts, readAt } = copy
  return {
    freshness: ports.now() - readAt < STALE_SECONDS ? 'fresh' : 'stale',
    isCut: ({ issuedAt, ...named }) =>
      cuts.size > 0 &&
      KINDS.some((kind) => issuedAt <= (cuts.get(nameOf(kind, named[kind])) ?? -1)),
  }
}

const KINDS = ['token', 'grant', 'person', 'client'] as const satisfies Cut['kind'][]

const nameOf = (kind: Cut['kind'], id: string): string => `${kind}/${id}`
