import { describe, expect, it } from 'vitest'
import { createRegistry, RegistryError } from '../../src/registry'
import { defineServer, defineTool, type ServerOptions, type ToolOptions } from '../../src/sdk'

type Options = Partial<ServerOptions>

function problemsOf(options: Options, tool: Partial<ToolOptions<never, undefined>> = {}): string[] {
  const run = () => ''
  const tools = [defineTool({ name: 'look', description: 'Looks.', ...tool, run })]
  try {
    createRegistry([defineServer({ name: 'desk', version: '1.0.0', tools, ...options })])
    return []
  } catch (error) {
    if (error instanceof RegistryError) return [...error.problems]
    throw error
  }
}

const FILE = 'servers/desk/index.ts:'

describe('scopes at start-up', () => {
  it('may be a sentence or a sentence with what it covers', () => {
    const { definition } = serverOf({
      'desk:read': 'Read',
      'desk:write': { description: 'Write', covers: ['desk:read'] },
      'desk:all-of.it': { description: 'All' },
    })
    expect(definition.scopes).toEqual({
      'desk:read': { description: 'Read', covers: [] },
      'desk:write': { description: 'Write', covers: ['desk:read'] },
      'desk:all-of.it': { description: 'All', covers: [] },
    })
  })

  it.each([
    'read',
    'desk',
    'desk:',
    'other:read',
    'Desk:read',
    'desk-read',
    'desk:re ad',
    'desk:"x"',
    'desk:Read',
    ' desk:read',
  ])('are refused with the name %j', (name) => {
    expect(problemsOf({ scopes: { [name]: 'Read' } })).toEqual([
      `${FILE} scopes["${name}"] must be "desk:" and a word of a-z0-9_.:-`,
    ])
  })

  it('are refused without a description', () => {
    expect(problemsOf({ scopes: { 'desk:a': ' ', 'desk:b': { description: '' } } })).toEqual([
      `${FILE} scopes["desk:a"] has no description for the consent page`,
      `${FILE} scopes["desk:b"] has no description for the consent page`,
    ])
  })

  it.each(['desk:other', 'toString'])(
    'are refused when they cover the undeclared %j',
    (covered) => {
      expect(problemsOf({ scopes: { 'desk:a': { description: 'A', covers: [covered] } } })).toEqual(
        [
          `${FILE} scopes["desk:a"].covers names "${covered}", which the module's scopes do not declare`,
        ],
      )
    },
  )

  it.each([
    { covers: { a: ['a'] }, circle: 'desk:a → desk:a' },
    { covers: { a: ['b'], b: ['c'], c: ['b'] }, circle: 'desk:b → desk:c → desk:b' },
    { covers: { a: ['b'], b: ['a'] }, circle: 'desk:a → desk:b → desk:a' },
  ])('are refused in a circle: $circle', ({ covers, circle }) => {
    const scopes = Object.fromEntries(
      Object.entries(covers).map(([name, names]) => [
        `desk:${name}`,
        { description: name, covers: names.map((other) => `desk:${other}`) },
      ]),
    )
    expect(problemsOf({ scopes })).toEqual([
      `${FILE} scopes cover each other in a circle: ${circle}`,
    ])
  })

  it('may cover the same scope on several paths', () => {
    const scopes = {
      'desk:top': { description: 'Top', covers: ['desk:left', 'desk:right'] },
      'desk:left': { description: 'Left', covers: ['desk:low'] },
      'desk:right': { description: 'Right', covers: ['desk:low'] },
      'desk:low': 'Low',
    }
    expect(problemsOf({ scopes })).toEqual([])
  })
})

describe('roles at start-up', () => {
  it('are refused when they are unknown or none', () => {
    // What TypeScript would not let through: a module may be plain JavaScript.
    const roles = ['member', 'admin'] as never
    expect(problemsOf({}, { roles })).toEqual([
      `${FILE} tools[0].roles names "admin"; there are: operator, member`,
    ])
    expect(problemsOf({}, { roles: [] })).toEqual([
      `${FILE} tools[0].roles is empty, so nobody could use it`,
    ])
    expect(problemsOf({}, { roles: ['operator', 'member'] })).toEqual([])
  })
})

describe('uses at start-up', () => {
  const tools = [
    defineTool({ name: 'look', description: 'Looks.', uses: { db: true }, run: () => '' }),
  ]

  it('lets a tool use only what its module declares', () => {
    expect(problemsOf({ tools })).toEqual([
      `${FILE} tools[0].uses.db is set, and the module's own uses do not have it`,
    ])
    expect(problemsOf({ tools, uses: { db: true } })).toEqual([])
  })
})

function serverOf(scopes: Required<Options>['scopes']) {
  const server = createRegistry([
    defineServer({ name: 'desk', version: '1.0.0', scopes, tools: [] }),
  ]).get('desk')
  if (!server) throw new Error('not registered')
  return server
}
