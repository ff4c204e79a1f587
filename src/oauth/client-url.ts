import type { ClientDomains } from '../config'
import { isPublicHttpsUrl } from '../lib'
import { isTrustedClientHost } from '../policy'

/** Whether a client id is one the provider fetches a document for: any spelling of an https URL. */
export const isDocumentId = (clientId: string): boolean =>
  URL.parse(clientId)?.protocol === 'https:'

/**
 * Why the document behind a client id is not to be fetched: its address leads nowhere public, or
 * operators do not let clients of its domain in. Undefined when it may be.
 */
export function faultOfDocumentId(
  clientId: string,
  domains: ClientDomains,
): 'unreachable' | 'untrusted' | undefined {
  if (!isPublicHttpsUrl(clientId)) return 'unreachable'
  const host = URL.parse(clientId)?.hostname ?? ''
  return isTrustedClientHost(host, domains) ? undefined : 'untrusted'
}
