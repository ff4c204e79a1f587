/** The whole examination of one connector URL. @module */
import { createWire } from '../client/wire.ts'
import type { ClientProfile } from './client-profile.ts'
import { beginExamination, type Finding, Stopped } from './examination.ts'
import { examineClient } from './examine-client.ts'
import { examineReachability, isLoopback } from './reachability.ts'

export interface DiagnoseOptions {
  profiles: ClientProfile[]
  signal: AbortSignal
  as?: string | undefined
  accessToken?: string | undefined
  /** Milliseconds a second of the clients’ limits takes; tests shorten them. */
  secondMs?: number
  /** Called as soon as a part is finished. */
  onPart?: (part: Part) => void
}

/** The platform, or one client. */
export interface Part {
  name: string
  title: string
  lastVerified?: string
  findings: Finding[]
}

export interface Diagnosis {
  url: string
  ok: boolean
  platform: Part
  clients: Part[]
}

/** Rejects only for what is our own fault; everything a platform can do wrong is a finding. */
export async function diagnose(connector: URL, options: DiagnoseOptions): Promise<Diagnosis> {
  const { profiles, signal, as, accessToken, secondMs, onPart } = options
  const wireOptions = { signal, ...(secondMs !== undefined && { secondMs }) }
  const platform: Part = { name: 'platform', title: 'The platform', findings: [] }
  const clients: Part[] = []
  const isLocal = isLoopback(connector)
  const examination = beginExamination()
  platform.findings = examination.findings
  try {
    const wire = createWire(connector.origin, { ...wireOptions, userAgent: 'quayside-doctor' })
    const { isPublic } = await examineReachability(wire, connector, examination)
    onPart?.(platform)
    for (const profile of profiles) {
      const { name, title, lastVerified } = profile
      const findings = await examineClient(profile, {
        ...wireOptions,
        connector,
        isLocal,
        isPublic,
        as,
        accessToken,
      })
      const part = { name, title, lastVerified, findings }
      clients.push(part)
      onPart?.(part)
    }
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause
    onPart?.(platform)
  }
  const ok = [platform, ...clients].every(({ findings }) =>
    findings.every(({ outcome }) => outcome !== 'failed'),
  )
  return { url: connector.href, ok, platform, clients }
}
