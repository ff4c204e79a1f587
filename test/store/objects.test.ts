import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config'
import { objectStub } from '../../src/store'

/** A namespace that tells which object it was asked for and where. */
function fakeNamespace() {
  const asked: { name?: string; jurisdiction?: string | undefined } = {}
  const within = (jurisdiction?: string): Pick<DurableObjectNamespace, 'idFromName' | 'get'> => ({
    idFromName(name) {
      Object.assign(asked, { name, jurisdiction })
      return { name } as DurableObjectId
    },
    get: () => ({}) as DurableObjectStub,
  })
  const namespace = { ...within(), jurisdiction: within } as unknown as typeof env.KEY_RING
  return { namespace, asked }
}

describe('objectStub()', () => {
  it('puts the tenant into the name', () => {
    const { namespace, asked } = fakeNamespace()
    objectStub(namespace, readConfig({ TENANT: 'acme' }), 'keys')
    expect(asked).toEqual({ name: 'acme/keys', jurisdiction: undefined })
  })

  it('asks for the jurisdiction of the setting', () => {
    const { namespace, asked } = fakeNamespace()
    objectStub(namespace, readConfig({ JURISDICTION: 'eu' }), 'keys')
    expect(asked).toEqual({ name: 'default/keys', jurisdiction: 'eu' })
  })

  it('asks for the one sealed into a handle rather than that of the setting', () => {
    const { namespace, asked } = fakeNamespace()
    objectStub(namespace, readConfig({ JURISDICTION: 'eu' }), 'keys', 'us')
    expect(asked).toEqual({ name: 'default/keys', jurisdiction: 'us' })
  })

  it('asks for none on a local copy, which has none', () => {
    const { namespace, asked } = fakeNamespace()
    objectStub(namespace, readConfig({ JURISDICTION: 'eu', QUAYSIDE_LOCAL: '1' }), 'keys')
    expect(asked).toEqual({ name: 'default/keys', jurisdiction: undefined })
  })

  it('keeps the objects of two tenants apart', () => {
    const [one, two] = ['one', 'two'].map((TENANT) =>
      objectStub(env.KEY_RING, readConfig({ TENANT, QUAYSIDE_LOCAL: '1' }), 'keys'),
    )
    expect(one?.id.toString()).not.toBe(two?.id.toString())
  })
})
