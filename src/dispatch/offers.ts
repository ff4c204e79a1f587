import type { ServerCapabilities } from '../protocol'
import type { HostedServer } from '../registry'

/** What a module must have for a method to be about anything. */
const CAPABILITIES: ReadonlyMap<string, keyof ServerCapabilities> = new Map([
  ['tools/call', 'tools'],
  ['tools/list', 'tools'],
  ['resources/read', 'resources'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['prompts/get', 'prompts'],
  ['prompts/list', 'prompts'],
  ['completion/complete', 'completions'],
])

/** Whether a module has something that a method such as `tools/list` is about. */
export function offers({ capabilities }: HostedServer, method: string): boolean {
  const capability = CAPABILITIES.get(method)
  return capability !== undefined && capabilities[capability] !== undefined
}
