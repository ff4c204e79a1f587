import { describe, expect, it } from 'vitest'
import { isVisible, visibleTools } from '../../src/policy'
import { defineServer, defineTool, type Role } from '../../src/sdk'

const tool = (name: string, roles?: Role[], scopes: string[] = []) =>
  defineTool({ name, description: name, scopes, ...(roles && { roles }), run: () => name })

const server = defineServer({
  name: 'desk',
  version: '1.0.0',
  scopes: { 'desk:write': 'Write' },
  tools: [
    tool('anyone'),
    tool('members', ['member']),
    tool('operators', ['operator']),
    tool('either', ['operator', 'member']),
    tool('scoped', undefined, ['desk:write']),
  ],
})

describe('visibleTools', () => {
  it.each([
    { roles: [], names: ['anyone', 'scoped'] },
    { roles: ['member'], names: ['anyone', 'members', 'either', 'scoped'] },
    { roles: ['operator'], names: ['anyone', 'operators', 'either', 'scoped'] },
    {
      roles: ['operator', 'member'],
      names: ['anyone', 'members', 'operators', 'either', 'scoped'],
    },
    { roles: ['auditor'], names: ['anyone', 'scoped'] },
  ])('shows $names to $roles, whatever scopes are granted', ({ roles, names }) => {
    const tools = visibleTools(server, { roles: new Set(roles) })
    expect(tools.map(({ name }) => name)).toEqual(names)
  })
})

describe('isVisible', () => {
  it('is false for a tool that is limited to no role at all', () => {
    const roles = new Set(['operator', 'member'])
    expect(isVisible(tool('nobody', []), { roles })).toBe(false)
  })
})
