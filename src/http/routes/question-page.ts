/**
 * `/account/open`: where a question of a module that has a page opened leads first. The link reaches
 * whoever the client shows it to, and whoever they send it to; it is opened for the person who was
 * asked and for nobody else, or one person could act on the page with what another one does there
 * (MCP 2025-11-25, Elicitation, Phishing).
 *
 * @module
 */
import type { QuestionPage } from '../../dispatch'
import type { Sealer } from '../../keys'
import { noticeResponse, redirectResponse } from '../page-response'
import type { Services } from '../services'
import { signedIn } from '../signed-in'

/** The parts of a link in the order in which they are sealed. */
type Sealed = [personId: string, module: string, url: string, expiresAtMs: number]

const PATH = '/account/open'

/** The address a client shows; it says nothing about the person or the page. */
export async function questionLink(
  origin: string,
  { personId, module, url, expiresAt }: QuestionPage,
  sealer: Sealer,
): Promise<string> {
  const sealed: Sealed = [personId, module, url, expiresAt]
  return `${origin}${PATH}?${new URLSearchParams({ page: await sealer.seal('question-page', sealed) })}`
}

/** `GET /account/open` */
export async function openQuestionPage(request: Request, services: Services): Promise<Response> {
  const { search, searchParams } = new URL(request.url)
  const opened = await services.sealer.open('question-page', searchParams.get('page') ?? '')
  // What opens with this purpose is what `questionLink` sealed.
  const page = Array.isArray(opened) ? (opened as Sealed) : undefined
  if (!page || page[3] <= services.now() * 1000) {
    return noticeResponse('This link is not open any more', 'Nothing waits for it.', {
      remedy: 'Go back to your assistant and ask for the same again.',
    })
  }
  const [personId, module, url] = page
  const signed = await signedIn(request, services)
  if (!signed) {
    return redirectResponse(`/sign-in?${new URLSearchParams({ return_to: `${PATH}${search}` })}`)
  }
  if (signed.person.id !== personId) {
    return noticeResponse('This link is for somebody else', 'You are not who was asked.', {
      status: 403,
      remedy:
        'If somebody sent you this link, do not go on: what you did there would be theirs. If it ' +
        'is yours, sign in as whoever you are to your assistant.',
    })
  }
  const title = services.registry.get(module)?.definition.title ?? module
  const { host } = new URL(url)
  return noticeResponse(
    `Go on to ${host}`,
    `${title} asks you to open a page of \`${host}\`. When you are done there, go back to your assistant.`,
    { status: 200, action: { href: url, label: `Open ${host}` } },
  )
}
