import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ORIGIN, site, startSite } from '../oauth/driver'
import { newAuthenticator, optionsIn } from '../support/authenticator'
import { type Browser, formWith, openBrowser, type Site, signIn } from '../support/oauth-flow'

const MINUTE_MS = 60_000
/** The same bindings without the developer sign-in, as a deployed copy has them. */
const deployed = startSite({ bindings: { QUAYSIDE_LOCAL: undefined } })

afterEach(() => {
  vi.useRealTimers()
})
const later = (milliseconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })

/** Somebody new, signed in as a developer a moment ago. */
async function someone(name = 'Ada'): Promise<Browser> {
  const browser = openBrowser(site)
  await (await signIn(browser, name)).text()
  return browser
}

/** The same browser, as if what it talks to were deployed. */
const onDeployed = (browser: Browser): Browser => browserAt(deployed, browser.cookies)

function browserAt(to: Site, cookies = new Map<string, string>()): Browser {
  const browser = openBrowser(to)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  return browser
}

const accountOf = async (browser: Browser): Promise<string> =>
  await (await browser.open('/account')).text()

/** What the page after a form says it did. */
async function told(browser: Browser, response: Response): Promise<string> {
  expect(response.status).toBe(303)
  const page = await (await browser.open(response.headers.get('location') ?? '')).text()
  return /<div class="alert[^"]*"[^>]*><p>([^<]*)/.exec(page)?.[1] ?? ''
}

/** Fields of the form that adds a passkey, all but the passkey. */
const newPasskeyFields = (html: string) => formWith(html, 'challenge').hidden

async function add(browser: Browser, label = '') {
  const html = await accountOf(browser)
  const device = await newAuthenticator(ORIGIN)
  const credential = await device.make(optionsIn(html))
  const fields = { ...newPasskeyFields(html), credential, label }
  const says = await told(browser, await browser.submit('/account/passkeys', fields))
  return { device, fields, says }
}

async function post(browser: Browser, path: string, fields: Record<string, string>) {
  const { csrf } = formWith(await accountOf(browser), 'csrf').hidden
  return await browser.submit(path, { csrf, ...fields })
}
const remove = async (browser: Browser, passkey: string) =>
  told(browser, await post(browser, '/account/passkeys/remove', { passkey }))

/** Ids of the passkeys there are, by the page that lists them. */
const passkeysOf = async (browser: Browser): Promise<string[]> =>
  [...(await accountOf(browser)).matchAll(/name="passkey" value="([\w-]+)"\/><div/g)].map(
    ([, id = '']) => id,
  )

/** Signs in with a passkey, in a browser of its own. */
async function signInWith(
  device: Awaited<ReturnType<typeof newAuthenticator>>,
  { to = site, misbehaviour = {} } = {},
) {
  const browser = openBrowser(to)
  const html = await (await browser.open('/sign-in')).text()
  const { hidden } = formWith(html, 'credential')
  const credential = await device.sign(optionsIn(html), misbehaviour)
  const response = await browser.submit('/sign-in', { ...hidden, credential })
  return { browser, response }
}

describe('a passkey that somebody adds', () => {
  it('is listed under its name and signs them in', async () => {
    const browser = await someone('Grace')
    const { device, says } = await add(browser, '  Work\u202E\nlaptop ')
    expect(says).toBe('The passkey “Work laptop” is added. You can sign in with it from now on.')
    expect(await passkeysOf(browser)).toEqual([device.credentialId])
    const { browser: phone, response } = await signInWith(device, { to: deployed })
    expect(response.status).toBe(303)
    const page = await accountOf(phone)
    expect(page).toContain('<bdi>Grace</bdi>')
    expect(page).toMatch(/<bdi>Work laptop<\/bdi><\/h3><p>.*Signed in with it/)
  })

  it('needs no name', async () => {
    const browser = await someone()
    expect((await add(browser)).says).toMatch(/^The passkey is added\./)
    expect(await accountOf(browser)).toMatch(/<bdi>Passkey of \d+ \w+ \d{4}<\/bdi>/)
  })

  it('is not made twice by one device, nor under the name of the account', async () => {
    const browser = await someone('Grace')
    const { device } = await add(browser, 'Phone')
    expect(optionsIn(await accountOf(browser))).toMatchObject({
      excludeCredentials: [{ id: device.credentialId }],
      user: { name: 'Grace', displayName: 'Grace' },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
  })

  it('is added once, however often its form is sent, and to nobody else', async () => {
    const browser = await someone()
    const { device, fields } = await add(browser)
    const again = await browser.submit('/account/passkeys', fields)
    expect(await told(browser, again)).toContain('it is known here already')
    const other = await someone('Eve')
    const html = await accountOf(other)
    const credential = await device.make(optionsIn(html))
    const stolen = { ...newPasskeyFields(html), credential }
    const says = await told(other, await other.submit('/account/passkeys', stolen))
    expect(says).toContain('it is known here already')
    expect(await passkeysOf(other)).toEqual([])
  })

  it.each<[string, (browser: Browser) => Promise<Record<string, string>>]>([
    ['no answer', async () => ({ credential: '' })],
    ['an answer that is no JSON', async () => ({ credential: '{' })],
    ['an answer that is no object', async () => ({ credential: '7' })],
    ['no challenge', async (browser) => ({ ...(await answerOf(browser)), challenge: '' })],
    ['a made-up challenge', async (browser) => ({ ...(await answerOf(browser)), challenge: 'AQ' })],
    [
      'the challenge of another sign-in of the same person',
      async (browser) => {
        const id = await personOf(browser)
        const elsewhere = openBrowser(site)
        await (await signIn(elsewhere, { id })).text()
        return answerOf(elsewhere)
      },
    ],
    ['the challenge of somebody else', async () => answerOf(await someone('Eve'))],
    [
      'the challenge of the sign-in page',
      async (browser) => {
        await add(await someone()) // so that the page asks for passkeys
        const html = await (await browser.open('/sign-in')).text()
        const device = await newAuthenticator(ORIGIN)
        const credential = await device.make(optionsIn(html))
        return { challenge: formWith(html, 'credential').hidden.csrf ?? '', credential }
      },
    ],
    [
      'an answer to another challenge',
      async (browser) => ({
        ...(await answerOf(browser)),
        ...newPasskeyFields(await accountOf(browser)),
      }),
    ],
    [
      'an answer of another page',
      (browser) => answerOf(browser, { origin: 'https://evil.example' }),
    ],
    [
      'a device that did not look who it is',
      (browser) => answerOf(browser, { userVerified: false }),
    ],
  ])('is refused with %s', async (_, answer) => {
    const browser = await someone()
    const { csrf } = formWith(await accountOf(browser), 'csrf').hidden
    const fields = { ...(await answer(browser)), csrf }
    const says = await told(browser, await browser.submit('/account/passkeys', fields))
    expect(says).toBe('The passkey was not added. Please try again.')
    expect(await passkeysOf(browser)).toEqual([])
  })

  it('is refused ten minutes after the page was made', async () => {
    const browser = await someone()
    const fields = await answerOf(browser)
    later(10 * MINUTE_MS)
    const says = await told(browser, await browser.submit('/account/passkeys', fields))
    expect(says).toBe('The passkey was not added. Please try again.')
  })

  it('is only offered to who signed in within ten minutes, at a time', async () => {
    const browser = await someone()
    const id = await personOf(browser)
    expect(await accountOf(browser)).toContain('data-passkey="create"')
    later(10 * MINUTE_MS)
    const page = await accountOf(browser)
    expect(page).not.toContain('data-passkey=')
    expect(page).toContain('href="/sign-in?return_to=%2Faccount%23passkeys"')
    const confirm = await (await browser.open('/sign-in?return_to=%2Faccount%23passkeys')).text()
    expect(confirm).toContain('<h1>Confirm that it is you</h1>')
    const { hidden } = formWith(confirm, 'person')
    const entered = await browser.submit('/sign-in', { ...hidden, person: id })
    expect(entered.headers.get('location')).toBe('/account#passkeys')
    expect(await accountOf(browser)).toContain('data-passkey="create"')
  })

  it('is one of twenty at most, also of those added at the same time', async () => {
    const browser = await someone()
    const id = await personOf(browser)
    const answers = [await answerOf(browser), await answerOf(browser)]
    await env.DB.batch(
      Array.from({ length: 19 }, (_, index) =>
        env.DB.prepare(
          `INSERT INTO passkeys (tenant, credential_id, person_id, public_key, counter, transports, created_at)
            VALUES ('default', ?, ?, 'k', 0, '', 1)`,
        ).bind(`filler-${index}`, id),
      ),
    )
    const responses = await Promise.all(
      answers.map((fields) => browser.submit('/account/passkeys', fields)),
    )
    expect(responses.map(({ status }) => status)).toEqual([303, 303])
    expect(await passkeysOf(browser)).toHaveLength(20)
    const page = await accountOf(browser)
    expect(page).toContain('20 passkeys are the most there can be.')
    expect(page).not.toContain('data-passkey=')
  })
})

/** Id of who is signed in, as their devices will know them. */
const personOf = async (browser: Browser): Promise<string> => {
  const { user } = optionsIn(await accountOf(browser)) as { user: { id: string } } // a new passkey's
  return atob(user.id.replaceAll('-', '+').replaceAll('_', '/'))
}

/** All fields of the form that adds a passkey, filled in by a new device. */
async function answerOf(browser: Browser, misbehaviour = {}) {
  const html = await accountOf(browser)
  const device = await newAuthenticator(ORIGIN)
  return {
    ...newPasskeyFields(html),
    credential: await device.make(optionsIn(html), misbehaviour),
  }
}

describe('a passkey that somebody names', () => {
  it('has the new name, and says so', async () => {
    const browser = await someone()
    const { device } = await add(browser, 'Phone')
    const fields = { passkey: device.credentialId, label: ' Old <phone> ' }
    const says = await told(browser, await post(browser, '/account/passkeys/rename', fields))
    expect(says).toBe('The passkey is called “Old &lt;phone&gt;” now.')
    expect(await accountOf(browser)).toContain('<bdi>Old &lt;phone&gt;</bdi>')
  })

  it('keeps its name when none is given', async () => {
    const browser = await someone()
    const { device } = await add(browser, 'Phone')
    const fields = { passkey: device.credentialId, label: ' ' }
    const says = await told(browser, await post(browser, '/account/passkeys/rename', fields))
    expect(says).toContain('keeps its name')
    expect(await accountOf(browser)).toContain('<bdi>Phone</bdi>')
  })
})

describe('a passkey that somebody removes', () => {
  it('signs nobody in any more', async () => {
    const browser = await someone()
    const { device } = await add(browser, 'Phone')
    expect(await remove(browser, device.credentialId)).toBe(
      'The passkey “Phone” is removed. Browsers that were signed in with it are signed out.',
    )
    expect(await passkeysOf(browser)).toEqual([])
    const { response } = await signInWith(device)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('This passkey is not known here')
  })

  it('takes along whoever is signed in with it, and nobody else', async () => {
    const browser = await someone()
    const [lost, kept] = [await add(browser, 'Lost'), await add(browser, 'Kept')]
    const { browser: thief } = await signInWith(lost.device)
    const { browser: owner } = await signInWith(kept.device)
    expect((await thief.open('/account')).status).toBe(200)
    await remove(owner, lost.device.credentialId)
    for (const path of ['/account', '/authorize?client_id=x']) {
      expect((await thief.open(path)).status, path).not.toBe(200)
    }
    expect(await (await thief.open('/')).text()).toContain('>Sign in</a>')
    expect((await owner.open('/account')).status).toBe(200)
  })

  it('signs out the browser that removes the passkey it came in by, and says so', async () => {
    const setUp = await someone()
    const { device } = await add(setUp, 'Phone')
    await add(setUp, 'Laptop')
    const { browser } = await signInWith(device, { to: deployed })
    const response = await post(browser, '/account/passkeys/remove', {
      passkey: device.credentialId,
    })
    expect(response.headers.get('location')).toBe('/sign-in')
    expect([...browser.cookies.keys()]).not.toContain('__Host-quayside-login')
    expect(await told(browser, response)).toBe(
      'The passkey “Phone” is removed. You had signed in with it, so you are signed out here too.',
    )
  })

  it('stays where it is the only way in', async () => {
    const browser = onDeployed(await someone())
    const { device } = await add(browser, 'Phone')
    expect(await accountOf(browser)).toContain('It is your only way to sign in')
    expect(await remove(browser, device.credentialId)).toBe(
      'The passkey “Phone” is your only way to sign in, so it stays. Add another one first.',
    )
    expect(await passkeysOf(browser)).toEqual([device.credentialId])
  })

  it('is never the last of two that go at the same time', async () => {
    const browser = onDeployed(await someone())
    const devices = [(await add(browser)).device, (await add(browser)).device]
    const { csrf } = formWith(await accountOf(browser), 'csrf').hidden
    await Promise.all(
      devices.map(({ credentialId: passkey }) =>
        browser.submit('/account/passkeys/remove', { csrf, passkey }),
      ),
    )
    expect(await passkeysOf(browser)).toHaveLength(1)
  })

  it('stays until the person has confirmed that it is them', async () => {
    const browser = await someone()
    const { device } = await add(browser)
    later(10 * MINUTE_MS)
    expect(await accountOf(browser)).not.toContain('action="/account/passkeys/remove"')
    expect(await remove(browser, device.credentialId)).toBe(
      'Nothing was removed: confirm first that it is you, below.',
    )
    expect(await passkeysOf(browser)).toEqual([device.credentialId])
  })

  it('is told to be gone when it is', async () => {
    const browser = await someone()
    expect(await remove(browser, 'nothing')).toBe('That passkey was removed already.')
  })
})

describe('a form about passkeys', () => {
  const PATHS = ['/account/passkeys', '/account/passkeys/rename', '/account/passkeys/remove']

  it.each(PATHS.flatMap((path) => [undefined, '', 'nonsense'].map((csrf) => ({ path, csrf }))))(
    'to $path is refused with token $csrf',
    async ({ path, csrf }) => {
      const browser = await someone()
      const { device } = await add(browser, 'Phone')
      const fields = { ...(await answerOf(browser)), passkey: device.credentialId, label: 'Mine' }
      const response = await browser.submit(path, { ...fields, csrf })
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('Nothing was changed')
      expect(await passkeysOf(browser)).toEqual([device.credentialId])
      expect(await accountOf(browser)).toContain('<bdi>Phone</bdi>')
    },
  )

  it.each(PATHS)('to %s is refused with the token of another sign-in', async (path) => {
    const browser = await someone()
    const { device } = await add(browser)
    const { csrf } = formWith(await accountOf(await someone('Eve')), 'csrf').hidden
    const response = await browser.submit(path, { csrf, passkey: device.credentialId, label: 'x' })
    expect(response.status).toBe(403)
  })

  it.each(PATHS)('to %s needs somebody who is signed in', async (path) => {
    const response = await openBrowser(site).submit(path, { csrf: 'x' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/sign-in?return_to=%2Faccount')
  })

  it.each(PATHS.slice(1))('to %s does nothing to the passkey of somebody else', async (path) => {
    const browser = await someone()
    const { device } = await add(browser, 'Phone')
    const eve = await someone('Eve')
    const fields = { passkey: device.credentialId, label: 'Mine' }
    const says = await told(eve, await post(eve, path, fields))
    expect(says).toBe('That passkey was removed already.')
    expect(await accountOf(browser)).toContain('<bdi>Phone</bdi>')
  })
})

describe('what a form did', () => {
  it('is told once, by whichever page comes next', async () => {
    const browser = await someone()
    await post(browser, '/account/passkeys/remove', { passkey: 'nothing' })
    expect(await accountOf(browser)).toContain('That passkey was removed already.')
    expect(await accountOf(browser)).not.toContain('class="alert')
  })

  it('is told by no cookie but ours, and not a minute later', async () => {
    const browser = await someone()
    await post(browser, '/account/passkeys/remove', { passkey: 'nothing' })
    const outcome = browser.cookies.get('__Host-quayside-outcome') ?? ''
    const sealedForElse = browser.cookies.get('__Host-quayside-login') ?? ''
    for (const forged of ['You won', `${outcome.slice(0, -2)}AA`, sealedForElse]) {
      browser.cookies.set('__Host-quayside-outcome', forged)
      expect(await accountOf(browser)).not.toContain('class="alert')
    }
    later(MINUTE_MS)
    browser.cookies.set('__Host-quayside-outcome', outcome)
    expect(await accountOf(browser)).not.toContain('class="alert')
  })
})

describe('signing in with a passkey', () => {
  it.each([
    ['did not look who it is', { userVerified: false }],
    ['answers another page', { origin: 'https://evil.example' }],
  ])('is refused from a device that %s', async (_, misbehaviour) => {
    const { device } = await add(await someone())
    const { response } = await signInWith(device, { misbehaviour })
    expect(response.status).toBe(400)
  })

  it('asks the device to look who it is', async () => {
    await add(await someone())
    const html = await (await openBrowser(site).open('/sign-in')).text()
    expect(optionsIn(html)).toMatchObject({ userVerification: 'required' })
  })
})
