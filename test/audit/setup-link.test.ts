/** In a file of its own: once there is a passkey, the sign-in page is another one. */
import { expect, it } from 'vitest'
import { newAuthenticator } from '../support/authenticator'
import { ORIGIN, SOURCE, startJourney, USER_AGENT } from './journey'

it('the setup link is recorded when it is used: who became operator, and that they signed in', async () => {
  const code = 'c'.repeat(43)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'))
  const end = Math.floor(Date.now() / 1000) + 3600
  const journey = startJourney({ SETUP_CODE: `${hash.join('')}.${end}` })
  const html = await (await journey.fetch(`/setup?code=${code}`)).text()
  const read = (name: string) =>
    (new RegExp(`${name}="([^"]*)"`).exec(html)?.[1] ?? '')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
  const options = JSON.parse(read('data-options'))
  const fields = {
    csrf: read('name="csrf" value'),
    name: 'Olga',
    credential: await (await newAuthenticator(ORIGIN)).make(options),
  }
  const action = read('method="post" action')
  expect((await journey.postForm(action, { ...fields, credential: '{}' })).status).toBe(400)
  expect(journey.queue.events).toEqual([])
  expect((await journey.postForm(action, fields)).status).toBe(200)
  expect((await journey.postForm(action, fields)).status).toBe(404)
  const personId = new URL(action, ORIGIN).searchParams.get('person')
  const about = {
    version: 1,
    tenant: 'default',
    id: expect.any(String),
    at: expect.any(Number),
    correlationId: expect.any(String),
    sourceAddress: SOURCE,
    userAgent: USER_AGENT,
    outcome: 'ok',
    passkey: expect.stringMatching(/^[\w-]{22}$/),
    subject: `person:${personId}`,
  }
  expect(journey.queue.events).toEqual([
    { ...about, type: 'setup_used', detail: 'first operator' },
    { ...about, type: 'signed_in', detail: 'passkey' },
  ])
  expect(await (await journey.fetch('/account')).text()).toContain('Olga')
})
