/**
 * A browser that signs in by itself, as whoever it is told: through the developer sign-in, which
 * only a local platform has.
 *
 * @module
 */
import { describe, refuseForeign } from './answer.ts'
import { Fault } from './fault.ts'
import { headline, links, type PageForm, readForms } from './html-forms.ts'
import type { Answer, Wire } from './wire.ts'

const MAX_HOPS = 8

/** How an authorization request ended. */
export type Journey =
  /** At the client's redirect address. */
  | { end: 'redirect'; url: URL }
  /** At a sign-in page that only a person can pass. */
  | { end: 'sign-in'; page: string }

export interface DeveloperBrowser {
  /** Opens an authorization URL and answers whatever comes until it leads to the client. */
  authorize(url: string, redirectUri: string, decision?: 'allow' | 'deny'): Promise<Journey>
}

/** @param as Name to sign in under; otherwise whoever is first, or a new "Developer". */
export function createDeveloperBrowser(wire: Wire, as?: string): DeveloperBrowser {
  const cookies = new Map<string, string>()

  const open = async (url: string, form?: URLSearchParams): Promise<Answer> => {
    const answer = await wire.send(url, {
      what: form ? 'answer to a form' : 'page',
      headers: {
        accept: 'text/html,application/xhtml+xml',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin: wire.origin }),
      },
      ...(form && { method: 'POST', body: form.toString() }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const at = pair.indexOf('=')
      cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    refuseForeign(answer, 'sign-in')
    return answer
  }

  return {
    async authorize(url, redirectUri, decision = 'allow') {
      let answer = await open(url)
      for (let hop = 0; hop < MAX_HOPS; hop++) {
        const back = leadsBack(answer, redirectUri)
        if (back) return { end: 'redirect', url: back }
        const location = answer.headers.get('location')
        if (answer.status >= 300 && answer.status < 400 && location !== null) {
          answer = await open(new URL(location, answer.url).href)
          continue
        }
        const forms = readForms(answer.text)
        const consent = forms.find(({ names }) => names.has('decision'))
        if (consent) {
          answer = await open(
            new URL(consent.action, answer.url).href,
            consentOf(consent, decision),
          )
          continue
        }
        const body = signInAs(forms, as)
        if (body) {
          answer = await open(new URL(body.action, answer.url).href, body.form)
          continue
        }
        if (answer.status === 200 && /\/sign-in$/.test(new URL(answer.url).pathname)) {
          return { end: 'sign-in', page: answer.url }
        }
        throw new Fault(
          `The authorization request was refused: ${headline(answer.text) || describe(answer)}`,
          'The page says what is wrong with the request.',
        )
      }
      throw new Fault('Signing in goes round in circles.', 'Look at /sign-in and /authorize.')
    },
  }
}

/** The client's address in a redirect, or on the page that hands over to an app's own scheme. */
function leadsBack(answer: Answer, redirectUri: string): URL | undefined {
  const location = answer.headers.get('location')
  const candidates =
    location !== null ? [location] : answer.status === 200 ? links(answer.text) : []
  const found = candidates.find((href) => href.startsWith(`${redirectUri}?`))
  return found === undefined ? undefined : new URL(found)
}

function consentOf({ hidden, ticked }: PageForm, decision: string): URLSearchParams {
  const form = new URLSearchParams({ ...hidden, decision })
  for (const scope of ticked.scope ?? []) form.append('scope', scope)
  return form
}

function signInAs(
  forms: PageForm[],
  as: string | undefined,
): { action: string; form: URLSearchParams } | undefined {
  const known = forms.find(({ names }) => names.has('person'))
  const person = known?.buttons.find(
    ({ name, text }) =>
      name === 'person' && (as === undefined || text.startsWith(`Sign in as ${as} `)),
  )
  if (known && person) {
    const form = new URLSearchParams({ ...known.hidden, person: person.value })
    return { action: known.action, form }
  }
  const fresh = forms.find(({ names }) => names.has('name'))
  if (!fresh) return undefined
  const form = new URLSearchParams({ ...fresh.hidden, name: as ?? 'Developer', email: '' })
  return { action: fresh.action, form }
}
