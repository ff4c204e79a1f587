import { describe, expect, it } from 'vitest'
import { AuditEvent, type AuditFacts, redact } from '../../src/audit'

const ORIGIN = {
  tenant: 'default',
  correlationId: '8c0f2a1b3c4d5e6f-AMS',
  sourceAddress: '203.0.113.7',
  userAgent: 'tests/1.0',
}
const ID = { id: 'a8098c1a-f86e-4d5a-9b3c-000000000001', at: 1_700_000_000_000 }
const FACTS: AuditFacts = { type: 'signed_in', outcome: 'ok' }

/** An event as it is read: what is undefined does not travel. */
const redacted = (facts: object, origin: object = {}): AuditEvent =>
  JSON.parse(JSON.stringify(redact({ ...FACTS, ...facts }, { ...ORIGIN, ...origin }, ID)))

describe('redact', () => {
  it('makes an event the schema takes', () => {
    const event = redacted({ subject: 'person:a.b', scopes: ['vault:read'], durationMs: 3 })
    expect(AuditEvent.parse(event)).toEqual(event)
  })

  it('leaves out every field that has no rule', () => {
    expect(redacted({ arguments: { word: 'x' }, token: 'abc', headers: {} })).toEqual(redacted({}))
  })

  it.each([
    ['subject', 'somebody'],
    ['subject', 'person:a b'],
    ['actor', 'the client with the secret'],
    ['clientId', 'has a blank'],
    ['module', 'Not a Module'],
    ['tool', 'drop table; --'],
    ['grantId', 'user:grant:secret'],
    ['session', 'far-too-long-to-be-a-digest'],
    ['passkey', 'too-short'],
    ['callId', '\n'],
  ])('leaves out a %s that is none: %j', (field, value) => {
    expect(redacted({ [field]: value })).not.toHaveProperty(field)
  })

  it('leaves out an address that is none', () => {
    expect(redacted({}, { sourceAddress: '<script>' })).not.toHaveProperty('sourceAddress')
    expect(redacted({}, { sourceAddress: '2001:db8::1' }).sourceAddress).toBe('2001:db8::1')
  })

  it('keeps only scopes that are written like scopes, and not too many', () => {
    expect(redacted({ scopes: ['vault:read', 'a b', '', 'x'.repeat(101)] }).scopes).toEqual([
      'vault:read',
    ])
    const many = Array.from({ length: 100 }, (_, index) => `vault:s${index}`)
    expect(redacted({ scopes: many }).scopes).toHaveLength(32)
  })

  it('cuts text to length and takes controls and direction marks out', () => {
    const { userAgent } = redacted({}, { userAgent: 'z'.repeat(1000) })
    expect(userAgent).toBe(`${'z'.repeat(199)}…`)
    expect(redacted({ clientLabel: 'two\r\nlines \u202Eesrever' }).clientLabel).toBe(
      'two lines  esrever',
    )
    expect(redacted({ clientLabel: ' \t ' })).not.toHaveProperty('clientLabel')
  })

  it('masks what looks like a credential in text from outside', () => {
    const { userAgent } = redacted({}, { userAgent: 'x Bearer abc.def access_token=hello' })
    expect(userAgent).toBe('x Bearer [hidden] access_token=[hidden]')
  })

  it('keeps amounts whole and not negative', () => {
    const { durationMs, argumentChars } = redacted({ durationMs: -1, argumentChars: 2.6 })
    expect([durationMs, argumentChars]).toEqual([0, 3])
    expect(redacted({ durationMs: Number.NaN })).not.toHaveProperty('durationMs')
  })

  it('stays small whatever it is given', () => {
    const long = 'w'.repeat(100_000)
    const event = redacted(
      { clientId: long, clientLabel: long, detail: long, scopes: Array(1000).fill(long) },
      { userAgent: long },
    )
    // A queue takes 256 KB at once, and the writer sends 32 events.
    expect(JSON.stringify(event).length).toBeLessThan(8000)
  })
})
