import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRegistry, RegistryError } from '../../src/registry'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  type PromptDefinition,
  type ResourceDefinition,
  type ResourceTemplateDefinition,
  type ServerOptions,
} from '../../src/sdk'

const resource = (over: Partial<ResourceDefinition> = {}): ResourceDefinition => ({
  ...defineResource({ name: 'r', description: 'For tests.', uri: 'lab://r', read: () => '' }),
  ...over,
})
const template = (over: Partial<ResourceTemplateDefinition> = {}): ResourceTemplateDefinition => ({
  ...defineResourceTemplate({
    name: 't',
    description: 'For tests.',
    uriTemplate: 'lab://t/{id}',
    read: () => '',
  }),
  ...over,
})
const prompt = (over: Partial<PromptDefinition> = {}): PromptDefinition => ({
  ...definePrompt({ name: 'p', description: 'For tests.', run: () => '' }),
  ...over,
})

function problemsOf(options: Partial<ServerOptions>): readonly string[] {
  const server = defineServer({ name: 'lab', version: '1.0.0', access: 'public', ...options })
  try {
    createRegistry([server])
    return []
  } catch (error) {
    if (error instanceof RegistryError) {
      return error.problems.map((problem) => problem.replace('servers/lab/index.ts: ', ''))
    }
    throw error
  }
}

describe('a resource is refused', () => {
  it.each<[Partial<ResourceDefinition>, string]>([
    [{ name: 'a b' }, 'resources[0].name "a b" must be 1 to 64 characters of A-Za-z0-9_-.'],
    [
      { description: ' ' },
      'resources[0].description is empty; it is what a model or a person picks by',
    ],
    [{ uri: 'readme.md' }, 'resources[0].uri "readme.md" is not an absolute URI'],
    [{ size: 1.5 }, 'resources[0].size must be a whole number of bytes'],
    [{ mimeType: 'text' }, 'resources[0].mimeType "text" is not of the form type/subtype'],
    [{ cacheSeconds: -1 }, 'resources[0].cacheSeconds must be a number of seconds from 0 on'],
    [{ icons: [{ src: 'i.png' }] }, 'resources[0].icons[0].src must be an https or data: URL'],
    [
      { uses: { db: true } },
      "resources[0].uses.db is set, and the module's own uses do not have it",
    ],
    [
      { scopes: ['lab:x'] },
      'resources[0].scopes names "lab:x", which the module\'s own scopes do not declare',
    ],
    [{ roles: [] }, 'resources[0].roles is empty, so nobody could use it'],
    [{ timeoutMs: 0 }, 'resources[0].timeoutMs must be above 0 and at most 900000'],
  ])('with %j', (over, problem) => {
    expect(problemsOf({ resources: [resource(over)] })).toEqual([problem])
  })

  it('with the name or the address of an earlier one', () => {
    expect(problemsOf({ resources: [resource(), resource({ uri: 'lab://other' })] })).toEqual([
      'resources[1].name "r" is already taken by an earlier one',
    ])
    expect(problemsOf({ resources: [resource(), resource({ name: 'other' })] })).toEqual([
      'resources[1].uri "lab://r" is already taken by an earlier one',
    ])
  })
})

describe('a resource template is refused', () => {
  it.each([
    ['lab://t', 'it has no variable'],
    ['lab://{?query}', '"{?query}" is neither {name} nor {+name}'],
    ['lab://{__proto__}', '"{__proto__}" is neither {name} nor {+name}'],
    ['lab://{a}{b}', 'nothing separates "{b}" from the variable before it'],
    ['lab://{a}/{a}', '"a" occurs twice'],
    ['{scheme}://x', 'it does not begin with a scheme'],
    ['lab://{a}/}', 'it holds a brace that belongs to no variable, or a blank'],
  ])('with the address %s', (uriTemplate, problem) => {
    expect(problemsOf({ resourceTemplates: [template({ uriTemplate })] })).toEqual([
      `resourceTemplates[0].uriTemplate "${uriTemplate}" cannot be read back: ${problem}`,
    ])
  })

  it('that completes a variable it does not have', () => {
    const complete = { other: () => [] }
    expect(problemsOf({ resourceTemplates: [template({ complete })] })).toEqual([
      'resourceTemplates[0].complete names "other"; there are: id',
    ])
  })

  it('with the name of a resource, for the record knows either by its name', () => {
    const templates = [template({ name: 'r' })]
    expect(problemsOf({ resources: [resource()], resourceTemplates: templates })).toEqual([
      'resourceTemplates[0].name "r" is already taken by an earlier one',
    ])
  })
})

describe('a prompt is refused', () => {
  it('whose arguments are not texts', () => {
    const input = z.object({ count: z.int(), name: z.string() })
    expect(problemsOf({ prompts: [prompt({ input })] })).toEqual([
      'prompts[0].input at count: arguments of prompts are texts; turn them into more in run()',
    ])
  })

  it('that completes an argument it does not have', () => {
    const complete = { other: () => [] }
    expect(problemsOf({ prompts: [prompt({ complete })] })).toEqual([
      'prompts[0].complete names "other"; there is none',
    ])
  })

  it('with the name of an earlier one', () => {
    expect(problemsOf({ prompts: [prompt(), prompt()] })).toEqual([
      'prompts[1].name "p" is already taken by an earlier one',
    ])
  })
})

describe('a prompt', () => {
  it('describes its arguments by its schema', () => {
    const input = z.object({
      ticket: z.string().meta({ title: 'Ticket', description: 'Its number' }),
      tone: z.enum(['warm', 'plain']).default('plain'),
    })
    const server = defineServer({
      name: 'lab',
      version: '1.0.0',
      access: 'public',
      prompts: [prompt({ input })],
    })
    const hosted = createRegistry([server]).get('lab')?.prompts.get('p')
    expect(hosted?.description.arguments).toEqual([
      { name: 'ticket', title: 'Ticket', description: 'Its number', required: true },
      { name: 'tone', required: false },
    ])
    expect(hosted?.choices).toEqual(new Map([['tone', ['warm', 'plain']]]))
  })
})
