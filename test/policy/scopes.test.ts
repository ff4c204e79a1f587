import { describe, expect, it } from 'vitest'
import { expandScopes, missingScopes } from '../../src/policy'

const scope = (...covers: string[]) => ({ description: 'Something', covers })
const SUPPORT = {
  'support:read': scope(),
  'support:write': scope('support:read'),
  'support:admin': scope('support:write'),
}

describe('expandScopes', () => {
  it.each([
    { granted: [], amountsTo: [] },
    { granted: ['support:read'], amountsTo: ['support:read'] },
    { granted: ['support:write'], amountsTo: ['support:read', 'support:write'] },
    {
      granted: ['support:admin'],
      amountsTo: ['support:admin', 'support:read', 'support:write'],
    },
    { granted: ['support:admin', 'support:read'], amountsTo: Object.keys(SUPPORT).sort() },
  ])('makes $amountsTo of $granted', ({ granted, amountsTo }) => {
    expect([...expandScopes(SUPPORT, granted)].sort()).toEqual(amountsTo)
  })

  it.each(['billing:read', 'support:other', 'support', 'constructor', '__proto__', ''])(
    'makes nothing of %j, which the module does not declare',
    (name) => {
      expect([...expandScopes(SUPPORT, [name])]).toEqual([])
    },
  )

  it('follows several paths to the same scope, and names it once', () => {
    const scopes = {
      top: scope('left', 'right'),
      left: scope('low'),
      right: scope('low'),
      low: scope(),
    }
    expect([...expandScopes(scopes, ['top'])].sort()).toEqual(['left', 'low', 'right', 'top'])
  })

  it('ends on a circle', () => {
    const scopes = { a: scope('b'), b: scope('a') }
    expect([...expandScopes(scopes, ['a'])].sort()).toEqual(['a', 'b'])
  })
})

describe('missingScopes', () => {
  it('is empty when everything needed is held or covered', () => {
    const held = new Set(['support:admin'])
    expect(missingScopes(SUPPORT, ['support:read', 'support:admin'], held)).toEqual([])
    expect(missingScopes(SUPPORT, [], new Set())).toEqual([])
  })

  it('names what neither is held nor covered, and nothing else', () => {
    const held = new Set(['support:write'])
    const needed = ['support:read', 'support:admin']
    expect(missingScopes(SUPPORT, needed, held)).toEqual(['support:admin'])
  })

  it('does not let a narrow scope stand for the wider one that covers it', () => {
    const held = new Set(['support:read'])
    expect(missingScopes(SUPPORT, ['support:write'], held)).toEqual(['support:write'])
  })
})
