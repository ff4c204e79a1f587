import type { ClientDomains } from '../config'

/**
 * Whether clients whose id is a document on this host are let in. A domain stands for itself and
 * everything below it; one that is denied is denied although a longer or shorter one is allowed.
 */
export function isTrustedClientHost(hostname: string, { allowed, denied }: ClientDomains): boolean {
  const isIn = (domains: readonly string[]): boolean => {
    const host = hostname.replace(/\.$/, '')
    return domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
  }
  return !isIn(denied) && (allowed === undefined || isIn(allowed))
}
