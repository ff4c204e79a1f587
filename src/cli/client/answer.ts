/** Tells a platform's answer from what stands in front of it. @module */
import type { z } from 'zod'
import { Fault } from './fault.ts'
import type { Answer } from './wire.ts'

const CHALLENGE =
  /just a moment|attention required|cf-chl|challenge-platform|cf-turnstile|enable javascript and cookies|captcha|access denied|verify you are human/i

/**
 * Refuses an answer that cannot have come from the platform, or in which it says that it is not set
 * up. Whatever a client expects, it will not cope with one of these.
 *
 * @throws {Fault}
 */
export function refuseForeign(answer: Answer, what: string): void {
  const { status, headers, text, url } = answer
  const isChallenge =
    headers.get('cf-mitigated') === 'challenge' ||
    (isHtml(answer) && status !== 200 && CHALLENGE.test(text)) ||
    (isHtml(answer) && /cf-chl|challenge-platform|cf-turnstile/i.test(text))
  if (isChallenge) {
    throw new Fault(
      `A bot-protection page answered for the ${what} (${status}), not the platform.`,
      'In the Cloudflare dashboard, under Security: turn “Block AI bots” and Bot Fight Mode off ' +
        'for this zone, or add a rule that skips them for /<module>/mcp, /.well-known/*, /token, ' +
        '/register and /authorize.',
    )
  }
  if (/PUBLIC_ORIGIN is not set/.test(text)) {
    throw new Fault(
      'The platform does not know its own address: PUBLIC_ORIGIN is not set.',
      `Add PUBLIC_ORIGIN = "${new URL(url).origin}" under [vars] in wrangler.toml and run \`npm run deploy\`.`,
    )
  }
  const [, host, own = ''] =
    /Host (?:\\?"|&quot;)(.+?)(?:\\?"|&quot;) is not served here; connect to (https?:\/\/[^\s"<&]+|localhost)/.exec(
      text,
    ) ?? []
  if (status === 403 && host !== undefined) {
    throw new Fault(
      `The platform does not answer for ${host}.`,
      own === 'localhost'
        ? 'Connect to localhost; for a tunnel, set PUBLIC_ORIGIN to its https origin.'
        : `Connect to ${own.replace(/\.$/, '')}, or set PUBLIC_ORIGIN to the address you want and deploy again.`,
    )
  }
  if (status === 403 && /Plain http is refused/.test(text)) {
    throw new Fault('Plain http is refused.', 'Use https.')
  }
}

export const isHtml = ({ headers, text }: Answer): boolean =>
  /text\/html/i.test(headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(text)

/** `200 with a JSON body`, for sentences about an answer that was not expected. */
export function describe({ status, headers, text, method, url }: Answer): string {
  const type = (headers.get('content-type') ?? '').split(';')[0] || 'no content type'
  const location = headers.get('location')
  const path = new URL(url).pathname
  const to = location === null ? '' : ` to ${location.slice(0, 200)}`
  const said = isJsonType(type) ? `: ${text.slice(0, 200)}` : ''
  return `${method} ${path} → ${status}${to}, ${type}${said}`
}

const isJsonType = (type: string): boolean => /json/i.test(type)

/**
 * The JSON of an answer with this status, in this shape.
 *
 * @throws {Fault}
 */
export function readJson<S extends z.ZodType>(
  answer: Answer,
  schema: S,
  { what, status = [200], advice = '' }: { what: string; status?: number[]; advice?: string },
): z.output<S> {
  refuseForeign(answer, what)
  if (!status.includes(answer.status)) {
    throw new Fault(`The ${what} is not there. ${describe(answer)}`, advice)
  }
  let value: unknown
  try {
    value = JSON.parse(answer.text)
  } catch {
    const problem = isHtml(answer) ? 'a web page' : 'not JSON'
    throw new Fault(`The ${what} is ${problem}. ${describe(answer)}`, advice)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') || 'the document'
  throw new Fault(`The ${what} is incomplete: ${field}: ${issue?.message}.`, advice)
}
