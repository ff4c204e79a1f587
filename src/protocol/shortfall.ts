import type { ProtocolError } from './protocol-error'
import type { CallToolResult } from './wire'

/**
 * What a caller sees who lacks a scope: a result in words, with the challenge of the 403 in it for
 * clients that start the step-up from there.
 */
export const scopeShortfallResult = (
  { message }: ProtocolError,
  challenge: string,
): CallToolResult => ({
  content: [{ type: 'text', text: message }],
  isError: true,
  _meta: { 'mcp/www_authenticate': [challenge] },
})

/** Every scope the refused call needs. */
export function requiredScopesOf({ data }: ProtocolError): string[] {
  const scopes = data?.requiredScopes
  return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []
}
