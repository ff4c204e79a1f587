import type { Era, McpClient } from '../client/mcp.ts'
import type { Wire } from '../client/wire.ts'
import type { ClientProfile } from './client-profile.ts'
import type { Examination } from './examination.ts'

/** One platform as one client meets it. */
export interface Patient {
  profile: ClientProfile
  examination: Examination
  wire: Wire
  /** As it was typed. */
  connector: URL
  /** Whether the platform runs on this machine, so that nobody has to sign in by hand. */
  isLocal: boolean
  /** What this client sends with everything: Origin, for one that runs in a web page. */
  headers: Record<string, string>
  mcp(era: Era, accessToken?: string): McpClient
}
