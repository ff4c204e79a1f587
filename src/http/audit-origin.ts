import type { AuditOrigin } from '../audit'
import type { Config } from '../config'

/**
 * Where a request came from, as Cloudflare says. On a local copy nobody vouches for the headers, so
 * there the address is whatever was sent, or none.
 */
export function auditOrigin(
  { headers }: Request,
  { tenant }: Config,
  correlationId: string,
): AuditOrigin {
  return {
    tenant,
    correlationId,
    sourceAddress: headers.get('cf-connecting-ip') ?? undefined,
    userAgent: headers.get('user-agent') ?? undefined,
  }
}

/**
 * A name for this request: Cloudflare's own, by which its logs know it too, or a random one. A local
 * copy has no edge in front that would set the header, so what it says there counts for nothing.
 */
export function correlationIdOf({ headers }: Request, { local }: Config): string {
  const ray = local ? null : headers.get('cf-ray')
  return ray !== null && /^[0-9a-f]{16}(-[A-Z]{3})?$/.test(ray) ? ray : crypto.randomUUID()
}
