import { describe, expect, it } from 'vitest'
import {
  renderAccountPage,
  renderConsentPage,
  renderNoticePage,
  renderReturnPage,
  renderSetupPage,
  renderSignInPage,
} from '../../src/console'
import { HOSTILE_TEXTS } from './fixture'
import { escaped, formsOf, tagsOf } from './markup'
import {
  account,
  consent,
  goBack,
  localConsent,
  setup,
  signIn,
  unconfirmedAccount,
} from './oauth-fixture'

const notice = {
  title: 'Not connected',
  message: 'The address does not fit.',
  remedy: 'Connect again.',
  action: { label: 'All modules', href: '/' },
  details: [{ term: 'error', value: 'invalid_request' }],
}
const failed = 'It failed.'
const PAGES = [
  { page: 'sign-in', ...fieldsOf({ ...signIn, error: failed }, renderSignInPage) },
  { page: 'set-up', ...fieldsOf({ ...setup, error: failed }, renderSetupPage) },
  { page: 'consent', ...fieldsOf(consent, renderConsentPage) },
  { page: 'local consent', ...fieldsOf(localConsent, renderConsentPage) },
  { page: 'account', ...fieldsOf(account, renderAccountPage) },
  { page: 'unconfirmed account', ...fieldsOf(unconfirmedAccount, renderAccountPage) },
  { page: 'return', ...fieldsOf(goBack, renderReturnPage) },
  { page: 'notice', ...fieldsOf(notice, renderNoticePage) },
]

describe.each(
  PAGES.flatMap(({ page, fields, render }) => fields.map((field) => ({ page, field, render }))),
)('$field of the $page page', ({ field, render }) => {
  it.each(HOSTILE_TEXTS)('is text and nothing else when it is %j', (text) => {
    const html = render(field, text)
    // Escaping is right when hostile text adds no tag and no attribute to those that are there.
    expect(tagsOf(html)).toEqual(tagsOf(render(field, text.includes('`') ? '`text`' : 'text')))
    if (!NOT_AS_IT_IS.test(field))
      expect(html.replaceAll(/<\/?code>/g, '`')).toContain(escaped(text))
  })
})

/** Not shown, or only inside a path or a JSON text. */
const NOT_AS_IT_IS =
  /^passkeys\.|^actions\..*Passkey$|asskey\.options|module\.name$|\.role$|^connections\.\d\.resource$|^newPasskey\.href$/

it('hands the options for a passkey on unchanged, whatever is in them', () => {
  const options = { challenge: HOSTILE_TEXTS.join(' '), user: { name: '\u2028 </form> \\"' } }
  const [form] = formsOf(renderSetupPage({ ...setup, passkey: { options, lifetimeSeconds: 600 } }))
  expect(JSON.parse(form?.attributes['data-options'] ?? '')).toEqual(options)
})

describe.each([
  {
    page: 'consent',
    render: (name: string) =>
      renderConsentPage({ ...localConsent, client: { ...localConsent.client, name } }),
  },
  { page: 'sign-in', render: (clientName: string) => renderSignInPage({ ...signIn, clientName }) },
  { page: 'return', render: (name: string) => renderReturnPage({ ...goBack, client: { name } }) },
  {
    page: 'account',
    render: (clientName: string) =>
      renderAccountPage({
        ...account,
        connections: account.connections.map((one) => ({ ...one, clientName })),
      }),
  },
])('a client name on the $page page', ({ render }) => {
  it.each([
    { name: 'Claude\u202Eresworb\u202C', shown: 'Claude resworb' },
    { name: '\u2066\u200Fa\u061Cb', shown: 'a b' },
    { name: 'a\n\n\t\u0000\u2028b', shown: 'a b' },
    { name: `${'x'.repeat(81)} (verified)`, shown: `${'x'.repeat(80)}…` },
    { name: '🚢'.repeat(81), shown: `${'🚢'.repeat(80)}…` },
    { name: ' \u200B\u2060 ', shown: 'Unnamed' },
    { name: '', shown: 'Unnamed' },
    { name: 'مساعد 時間 é 👩‍🚀', shown: 'مساعد 時間 é 👩‍🚀' },
  ])('$name stays within its place', ({ name, shown }) => {
    const html = render(name)
    expect(html).toContain(`<bdi>${shown}</bdi>`)
    expect(html).not.toMatch(/\p{Bidi_Control}/u)
  })
})

/** Paths of all texts in a view, such as `client.name`, and the page with one of them replaced. */
function fieldsOf<View extends object>(view: View, renderPage: (view: View) => string) {
  return {
    fields: textPathsOf(view).filter((path) => !/\.(effect|kind)$/.test(path)),
    render: (path: string, text: string): string => {
      const changed = structuredClone(view)
      const keys = path.split('.')
      const last = keys.pop() ?? ''
      // The path was read off this very view.
      let parent = changed as Record<string, unknown>
      for (const key of keys) parent = parent[key] as Record<string, unknown>
      parent[last] = text
      return renderPage(changed)
    },
  }
}

function textPathsOf(value: unknown): string[] {
  if (typeof value === 'string') return ['']
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    textPathsOf(child).map((path) => (path === '' ? key : `${key}.${path}`)),
  )
}
