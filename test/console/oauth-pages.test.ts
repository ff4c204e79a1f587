import { describe, expect, it } from 'vitest'
import {
  renderAccountPage,
  renderConsentPage,
  renderNoticePage,
  renderReturnPage,
  renderSetupPage,
  renderSignInPage,
} from '../../src/console'
import { formsOf, hiddenFieldsOf } from './markup'
import {
  account,
  connection,
  consent,
  goBack,
  localConsent,
  setup,
  signIn,
  unconfirmedAccount,
} from './oauth-fixture'

describe('every form of these pages', () => {
  it.each([
    { page: 'sign-in', html: renderSignInPage(signIn) },
    { page: 'set-up', html: renderSetupPage(setup) },
    { page: 'consent', html: renderConsentPage(consent) },
    { page: 'account', html: renderAccountPage(account) },
  ])('on the $page page is posted, with what stops a forged post in it', ({ html }) => {
    const forms = formsOf(html)
    expect(forms.length).toBeGreaterThan(0)
    for (const form of forms) {
      expect(form.attributes).toMatchObject({ method: 'post' })
      expect(hiddenFieldsOf(form).map(([name]) => name)).toContain(
        html.includes('name="handle"') ? 'handle' : 'csrf',
      )
      expect(form.controls.filter(({ autofocus }) => autofocus !== undefined)).toEqual([])
    }
  })
})

describe('the sign-in page', () => {
  const hidden = [
    ['csrf', 'csrf-1'],
    ['returnTo', '/authorize?handle=h-1'],
  ]

  it('offers a passkey, the people there are and a new one, each in a form of its own', () => {
    const [passkey, known, added, ...more] = formsOf(renderSignInPage(signIn))
    expect(more).toEqual([])
    for (const form of [passkey, known, added]) expect(form?.attributes.action).toBe('/sign-in')
    expect(hiddenFieldsOf(passkey)).toEqual([...hidden, ['credential', '']])
    expect(passkey?.attributes['data-passkey']).toBe('get')
    expect(hiddenFieldsOf(known)).toEqual(hidden)
    expect(known?.controls.filter(({ tag }) => tag === 'button')).toMatchObject([
      { name: 'person', value: 'p-ada' },
      { name: 'person', value: 'p-grace' },
    ])
    expect(hiddenFieldsOf(added)).toEqual(hidden)
    expect(
      added?.controls.filter(({ tag, type }) => tag === 'input' && type !== 'hidden'),
    ).toMatchObject([{ name: 'name' }, { name: 'email', type: 'email' }])
  })

  it('keeps the passkey button away until its script runs', () => {
    const [passkey] = formsOf(renderSignInPage(signIn))
    const button = passkey?.controls.find(({ tag }) => tag === 'button')
    expect(button).toHaveProperty('hidden')
    expect(button).toHaveProperty('disabled')
    expect(renderSignInPage(signIn)).toContain('needs JavaScript')
  })

  it('says that the developer sign-in exists on this machine only, and shows it only then', () => {
    const words = 'This sign-in exists only on this machine.'
    expect(renderSignInPage(signIn)).toContain(words)
    const { developer, ...deployed } = signIn
    expect(developer).toBeDefined()
    const html = renderSignInPage(deployed)
    expect(html).not.toContain(words)
    expect(html).not.toMatch(/name="(person|name|email)"/)
  })

  it('offers only a new person where there is none', () => {
    const html = renderSignInPage({ ...signIn, developer: { people: [] }, passkey: undefined })
    expect(formsOf(html)).toHaveLength(1)
    expect(html).not.toContain('name="person"')
  })

  it('says what to set up where nobody can sign in', () => {
    const html = renderSignInPage({ ...signIn, developer: undefined, passkey: undefined })
    expect(formsOf(html)).toEqual([])
    expect(html).toContain('<code>npm run setup-link</code>')
  })

  it('asks somebody who is signed in to confirm it, unless a client waits', () => {
    const signedInAs = { name: 'Grace Hopper' }
    const html = renderSignInPage({ ...signIn, signedInAs, clientName: undefined })
    expect(html).toContain('<h1>Confirm that it is you</h1>')
    expect(html).toContain('You are signed in as <strong><bdi>Grace Hopper</bdi></strong>.')
    expect(renderSignInPage({ ...signIn, signedInAs })).toContain('<h1>Sign in</h1>')
  })

  it('tells what has just been done', () => {
    const html = renderSignInPage({ ...signIn, outcome: { text: 'You are signed out.' } })
    expect(html).toContain('<title>Done · Sign in · Quayside</title>')
    expect(html).toContain('<p>You are signed out.</p>')
  })

  it('names the client that waits, and the reason of a failure', () => {
    const html = renderSignInPage({ ...signIn, error: 'This passkey is not known here.' })
    expect(html).toContain('<bdi>Claude</bdi></strong> wants to connect.')
    expect(html).toContain('<p>This passkey is not known here.</p>')
    expect(renderSignInPage({ ...signIn, clientName: undefined })).not.toContain('wants to connect')
  })
})

describe('the set-up page', () => {
  it('asks for a name and posts it with the passkey', () => {
    const [form, ...more] = formsOf(renderSetupPage(setup))
    expect(more).toEqual([])
    expect(form?.attributes).toMatchObject({ action: '/setup/one-time', 'data-passkey': 'create' })
    expect(hiddenFieldsOf(form)).toEqual([
      ['csrf', 'csrf-2'],
      ['credential', ''],
    ])
    expect(form?.controls.some(({ name, type }) => name === 'name' && type !== 'hidden')).toBe(true)
    expect(renderSetupPage(setup)).toContain('The link works once.')
  })

  it('leads on when it is done, with nothing left to post', () => {
    const html = renderSetupPage({ done: true })
    expect(formsOf(html)).toEqual([])
    expect(html).toContain('href="/account"')
  })
})

describe('the consent page', () => {
  const [, decision] = formsOf(renderConsentPage(consent))

  it('posts the handle, what is ticked and a decision', () => {
    expect(decision?.attributes.action).toBe('/authorize/decision')
    expect(hiddenFieldsOf(decision)).toEqual([
      ['handle', 'handle-1'],
      ['scope', 'tickets:read'],
    ])
    const boxes = decision?.controls.filter(({ type }) => type === 'checkbox') ?? []
    expect(boxes.map((box) => [box.name, box.value, 'checked' in box, 'disabled' in box])).toEqual([
      [undefined, 'tickets:read', true, true],
      ['scope', 'tickets:write', true, false],
      ['scope', 'tickets:watch', false, false],
    ])
    expect(decision?.controls.filter(({ name }) => name === 'decision')).toMatchObject([
      { tag: 'button', value: 'deny' },
      { tag: 'button', value: 'allow' },
    ])
  })

  it('gives the Enter key nothing to press by accident', () => {
    // The first submit button of a form is its default (HTML §4.10.21.2).
    const [first] = decision?.controls.filter(({ tag }) => tag === 'button') ?? []
    expect(first).toMatchObject({ formmethod: 'dialog', hidden: '' })
    expect(first).not.toHaveProperty('name')
  })

  it('says of each permission what can be done with it, by what that does', () => {
    const html = renderConsentPage(consent)
    const order = [
      'Read the tickets and comments of your projects',
      'Cannot be left out',
      'Only reads',
      'Search tickets',
      'Read a ticket',
      'Create, answer and close tickets',
      'Allowed before',
      'Makes changes',
      'Create a ticket',
      'Can delete',
      'Delete a comment',
      'Be told when a ticket changes',
      'Nothing needs this one by itself.',
    ].map((words) => html.indexOf(words))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  it('says what a broad permission includes, ticked or not', () => {
    const html = renderConsentPage(consent)
    const words = 'Includes “Read the tickets and comments of your projects”, ticked or not.'
    expect(html.split('Create, answer and close tickets')[1]).toContain(words)
    expect(html.split(words)).toHaveLength(2)
  })

  it('names what a permission opens at a glance, and folds away what each does', () => {
    const html = renderConsentPage(consent)
    expect(html).toMatch(
      /<summary><span class="badge badge-read">Only reads<\/span> <span class="badge badge-neutral">Uses outside services<\/span> Search tickets and Read a ticket<\/summary>/,
    )
    expect(html).toContain('<span class="badge badge-read">Can be read</span> Ticket</summary>')
    expect(html).toContain(
      '<span class="badge badge-neutral">Prompts to begin with</span> Draft a reply</summary>',
    )
    expect(html.match(/<details class="effect-group">/g)).toHaveLength(5)
    expect(html).not.toContain('<details class="effect-group" open')
  })

  it('shortens a description that goes on, at a word', () => {
    const html = renderConsentPage(consent)
    expect(html).toContain('Creates one ticket and …')
    expect(html).not.toContain('Long.')
  })

  it('says who is asking, as far as that is proved, and where it sends the answer', () => {
    const verified = renderConsentPage(consent)
    expect(verified).toContain(
      '<strong class="domain">claude.ai</strong><span class="badge badge-read">Verified domain',
    )
    expect(verified).not.toContain('Name not verified')
    const unverified = renderConsentPage(localConsent)
    expect(unverified).toContain('Name not verified')
    expect(unverified).toContain('<strong class="domain">127.0.0.1:33418</strong>')
    expect(unverified).not.toContain('Verified domain')
    // What it says of itself is not a way to lead anybody anywhere.
    expect(unverified).not.toContain('href="https://code.visualstudio.com')
  })

  it.each([
    { client: localConsent.client, words: 'Any program here can ask like this' },
    {
      client: { ...localConsent.client, domain: 'vscode.dev' },
      words: 'although the name belongs to',
    },
  ])('warns of a client on this computer: $words', ({ client, words }) => {
    expect(renderConsentPage({ ...consent, client })).toContain(words)
    expect(renderConsentPage(consent)).not.toContain(words)
  })

  it.each([
    { offlineAccess: true, words: 'stays connected while you are away, until you disconnect it' },
    { offlineAccess: false, words: 'stays connected for a short time' },
  ])(
    'says how long it lasts and how to take it back: $offlineAccess',
    ({ offlineAccess, words }) => {
      const html = renderConsentPage({ ...consent, offlineAccess })
      expect(html).toContain(words)
      expect(html).toContain('href="/account"')
    },
  )

  it('lets another person decide, about the same request', () => {
    const [other] = formsOf(renderConsentPage(consent))
    expect(other?.attributes.action).toBe('/authorize/switch-account')
    expect(hiddenFieldsOf(other)).toEqual([
      ['handle', 'handle-1'],
      ['returnTo', '/authorize?client_id=c-1'],
    ])
    expect(formsOf(renderConsentPage({ ...consent, switchAccountAction: undefined }))).toHaveLength(
      1,
    )
  })

  it('asks for one at least where all can be left out', () => {
    const words = 'Leave at least one, or deny.'
    const scopes = consent.scopes.map((scope) => ({ ...scope, required: false }))
    expect(renderConsentPage({ ...consent, scopes })).toContain(words)
    expect(renderConsentPage(consent)).not.toContain(words)
  })

  it('says so when no permission is asked for', () => {
    const html = renderConsentPage({ ...consent, scopes: [] })
    expect(html).toContain('It asks for no permission')
    expect(html).not.toContain('<input type="checkbox"')
  })
})

describe('the account page', () => {
  it('has one button for each connection, named after it', () => {
    const html = renderAccountPage(account)
    const buttons = formsOf(html).filter(
      ({ attributes }) => attributes.action === '/account/disconnect',
    )
    expect(buttons.map(({ controls }) => controls)).toMatchObject([
      [
        { name: 'csrf', value: 'csrf-3' },
        { name: 'grant', value: 'g-1' },
      ],
      [
        { name: 'csrf', value: 'csrf-3' },
        { name: 'grant', value: 'g-2' },
      ],
      [
        { name: 'csrf', value: 'csrf-3' },
        { name: 'grant', value: 'g-3' },
      ],
      [
        { name: 'csrf', value: 'csrf-3' },
        { name: 'grant', value: 'g-4' },
      ],
    ])
    expect(html).toContain(
      'Disconnect<span class="visually-hidden"> Claude from Support desk</span>',
    )
  })

  it('shows the address of a module that is no longer hosted, with a link to none', () => {
    const html = renderAccountPage(account)
    expect(html).toContain('No longer hosted')
    expect(html).toContain('<code>https://mcp.example.com/notes/mcp</code> <span class="badge')
    expect(html).toContain('Cursor from https://mcp.example.com/notes/mcp</span>')
    expect(html).not.toMatch(/href="\/"[^>]*>https/)
  })

  it('says so where a module needs no sign-in any more', () => {
    expect(renderAccountPage(account)).toContain(
      '<a href="/weather">Weather</a>, which is open to anyone by now.',
    )
  })

  it('shows times in UTC, for people and for programs', () => {
    const html = renderAccountPage({ ...account, connections: [connection] })
    expect(html).toContain(
      '<time datetime="2026-11-21T09:30:00Z">21 November 2026, 09:30 UTC</time>',
    )
    expect(html).toContain(
      '<time datetime="2026-12-21T09:30:00Z">21 December 2026, 09:30 UTC</time>',
    )
  })

  it('says so where a connection has not been used or does not end', () => {
    const html = renderAccountPage(account)
    expect(html).toContain('<dd>Not used yet</dd>')
    expect(html).toContain('<dd>When you disconnect it</dd>')
  })

  it('signs out by a post', () => {
    const form = formsOf(renderAccountPage(account)).find(
      ({ attributes }) => attributes.action === '/sign-out',
    )
    expect(hiddenFieldsOf(form)).toEqual([['csrf', 'csrf-3']])
  })

  it('says so when nothing is connected', () => {
    const html = renderAccountPage({ ...account, connections: [] })
    expect(html).toContain('Nothing is connected in your name.')
    expect(html).not.toContain('/account/disconnect')
  })

  it('says who somebody is here: an operator or a member', () => {
    expect(renderAccountPage(account)).toContain('<span class="badge badge-neutral">Operator<')
    expect(renderAccountPage(unconfirmedAccount)).toContain(
      '<span class="badge badge-neutral">Member<',
    )
  })

  it.each([
    { outcome: { text: 'It is gone.' }, title: 'Done · Your account · Quayside' },
    {
      outcome: { text: 'It is not gone.', failed: true },
      title: 'Not done · Your account · Quayside',
    },
    { outcome: undefined, title: 'Your account · Quayside' },
  ])('tells what has just been done, in its title too: $title', ({ outcome, title }) => {
    const html = renderAccountPage({ ...account, outcome })
    expect(html).toContain(`<title>${title}</title>`)
    expect(html.includes('<div class="alert')).toBe(outcome !== undefined)
    if (outcome) expect(html).toContain(`data-announced="true"><p>${outcome.text}</p>`)
  })
})

describe('the passkeys of the account page', () => {
  const formsTo = (html: string, action: string) =>
    formsOf(html).filter(({ attributes }) => attributes.action === action)

  it('are named, or known by their day, and the one in use is marked', () => {
    const html = renderAccountPage(account)
    expect(html).toMatch(/<bdi>Phone<\/bdi><\/h3><p>.*Signed in with it/)
    expect(html).toContain('<bdi>Passkey of 20 November 2026</bdi>')
    expect(html.match(/Signed in with it/g)).toHaveLength(1)
  })

  it('are each renamed and removed by a form of their own, without a script', () => {
    const html = renderAccountPage(account)
    expect(formsTo(html, '/account/passkeys/rename').map(({ controls }) => controls)).toMatchObject(
      [
        [
          { value: 'csrf-3' },
          { name: 'passkey', value: 'k-1' },
          { name: 'label', value: 'Phone' },
          {},
        ],
        [{ value: 'csrf-3' }, { name: 'passkey', value: 'k-2' }, { name: 'label', value: '' }, {}],
      ],
    )
    expect(formsTo(html, '/account/passkeys/remove').map(({ controls }) => controls)).toMatchObject(
      [
        [{ value: 'csrf-3' }, { tag: 'button', name: 'passkey', value: 'k-1' }],
        [{ value: 'csrf-3' }, { tag: 'button', name: 'passkey', value: 'k-2' }],
      ],
    )
    expect(html).toContain('Remove<span class="visually-hidden"> Phone</span>')
    expect(html).toContain('whoever is signed in with it is signed out: you too, here and now.')
  })

  it('are added by a form that waits for its script', () => {
    const [form, ...more] = formsTo(renderAccountPage(account), '/account/passkeys')
    expect(more).toEqual([])
    expect(form?.attributes).toMatchObject({
      'data-passkey': 'create',
      'data-lifetime-seconds': '600',
    })
    expect(hiddenFieldsOf(form)).toEqual([
      ['csrf', 'csrf-3'],
      ['challenge', 'challenge-1'],
      ['credential', ''],
    ])
    expect(form?.controls.at(-1)).toMatchObject({ tag: 'button', hidden: '', disabled: '' })
  })

  it('are neither added nor removed before the person has confirmed that it is them', () => {
    const passkeys = account.passkeys
    const html = renderAccountPage({ ...unconfirmedAccount, passkeys })
    expect(formsTo(html, '/account/passkeys')).toEqual([])
    expect(formsTo(html, '/account/passkeys/remove')).toEqual([])
    expect(formsTo(html, '/account/passkeys/rename')).toHaveLength(2)
    expect(html).toContain('href="/sign-in?return_to=%2Faccount%23passkeys"')
    expect(html).toContain('confirm first that it is you')
  })

  it('stay where they are the only way in, and it says why', () => {
    const html = renderAccountPage({ ...account, passkeys: unconfirmedAccount.passkeys })
    expect(formsTo(html, '/account/passkeys/remove')).toEqual([])
    expect(html).toContain('It is your only way to sign in, so it cannot be removed.')
  })

  it('are no more than a person can have', () => {
    const html = renderAccountPage({ ...account, newPasskey: { kind: 'full', max: 20 } })
    expect(formsTo(html, '/account/passkeys')).toEqual([])
    expect(html).toContain('20 passkeys are the most there can be.')
    expect(formsTo(html, '/account/passkeys/remove')).toHaveLength(2)
  })
})

describe('the page that leads back to a client', () => {
  it.each([
    { allowed: true, words: '<h1>Connected</h1>' },
    { allowed: false, words: '<h1>Not connected</h1>' },
  ])('goes there by itself and by a link: $words', ({ allowed, words }) => {
    const html = renderReturnPage({ ...goBack, allowed })
    const href = 'https://claude.ai/api/mcp/auth_callback?code=c-1&amp;state=s-1'
    expect(html).toContain(words)
    expect(html).toContain(`<meta http-equiv="refresh" content="0;url=${href}"/>`)
    expect(html).toContain(`<a class="button button-primary" href="${href}">`)
  })
})

describe('the notice page of an OAuth error', () => {
  it('leads on and folds away what only a developer needs', () => {
    const html = renderNoticePage({
      title: 'Not connected',
      message: 'The address does not fit.',
      action: { label: 'All modules', href: '/' },
      details: [{ term: 'redirect_uri', value: 'https://client.example/cb' }],
    })
    expect(html).toContain('<a class="button" href="/">All modules</a>')
    expect(html).toMatch(
      /<details class="fold"><summary>Technical details<\/summary>.*https:\/\/client\.example\/cb/,
    )
  })

  it('has neither unless they are given', () => {
    const html = renderNoticePage({ title: 'Not found', message: 'No such page.', details: [] })
    expect(html).not.toContain('<details')
    expect(html).not.toContain('class="button"')
  })
})
