import { describe, expect, it, vi } from 'vitest'
import { createRegistry, RegistryError } from '../../src/registry'
import { defineServer, defineTool, type JsonSchema, jsonSchema } from '../../src/sdk'

const toolOf = (changes: { name?: string; input?: JsonSchema; icon?: string }) =>
  defineTool({
    name: changes.name ?? 'tool',
    description: 'Does nothing.',
    ...(changes.input && { input: jsonSchema(changes.input) }),
    ...(changes.icon !== undefined && { icons: [{ src: changes.icon }] }),
    run: () => 'done',
  })

const host = (...tools: ReturnType<typeof toolOf>[]) =>
  createRegistry([defineServer({ name: 'one', version: '1.0.0', tools: tools as never })])

const problemsOf = (...tools: ReturnType<typeof toolOf>[]): readonly string[] => {
  try {
    host(...tools)
    return []
  } catch (error) {
    if (error instanceof RegistryError) return error.problems
    throw error
  }
}

describe('a tool definition', () => {
  it.each(['a', 'A', 'get_user.v2-beta', '9', 'x'.repeat(64)])('H-81 may be named %j', (name) => {
    expect(problemsOf(toolOf({ name }))).toEqual([])
  })

  it.each(['', 'a b', 'a/b', 'a,b', 'größe', 'a\n', '🛥', 'x'.repeat(129)])(
    'H-81 may not be named %j',
    (name) => {
      expect(problemsOf(toolOf({ name })).join()).toContain('tools[0].name')
    },
  )

  it('H-81 may not take the name of another, but one that differs in case', () => {
    expect(problemsOf(toolOf({}), toolOf({})).join()).toContain('tools[1].name')
    expect(problemsOf(toolOf({}), toolOf({ name: 'Tool' }))).toEqual([])
  })

  it.each(['https://example.com/i.png', 'data:image/png;base64,aGk='])(
    'H-83 may have the icon %s',
    (icon) => {
      expect(problemsOf(toolOf({ icon }))).toEqual([])
    },
  )

  it.each(['http://example.com/i.png', '//example.com/i.png', 'javascript:alert(1)', 'i.png', ''])(
    'H-83 may not have the icon %j',
    (icon) => {
      expect(problemsOf(toolOf({ icon })).join()).toContain('icons[0].src')
    },
  )

  it.each([
    'https://example.com/schema.json',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/schema.json#/$defs/a',
    '//example.com/schema.json',
    'file:///etc/passwd',
    'other.json',
  ])('M-39 that refers to %s is refused at start-up, and nothing is fetched', ($ref) => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    try {
      const input = { type: 'object', properties: { deep: { anyOf: [{ $ref }] } } }
      expect(problemsOf(toolOf({ input })).join()).toContain($ref)
      expect(fetched).not.toHaveBeenCalled()
    } finally {
      fetched.mockRestore()
    }
  })

  it('H-82 may use what dialect 2020-12 has, and is shown as it was written', async () => {
    const input = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { pair: { prefixItems: [{ type: 'integer' }], items: false } },
      dependentRequired: { a: ['pair'] },
      unevaluatedProperties: false,
    }
    const schema = jsonSchema(input)
    const shown = host(toolOf({ input })).get('one')?.tools.get('tool')?.description.inputSchema
    expect(shown).toEqual(input)
    expect(await schema['~standard'].validate({ pair: [1] })).toEqual({ value: { pair: [1] } })
    for (const wrong of [{ pair: ['a'] }, { pair: [1, 2] }, { b: 1 }]) {
      expect(await schema['~standard'].validate(wrong)).toHaveProperty('issues')
    }
  })
})
