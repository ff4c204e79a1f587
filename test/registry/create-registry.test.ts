import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRegistry, RegistryError } from '../../src/registry'
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  type JsonSchema,
  jsonSchema,
  type Schema,
  type ServerOptions,
  type ToolDefinition,
} from '../../src/sdk'

const tool = (over: Partial<ToolDefinition> = {}): ToolDefinition => ({
  ...defineTool({ name: 'probe', description: 'For tests.', run: () => '' }),
  ...over,
})
const server = (over: Partial<ServerOptions> = {}) =>
  defineServer({ name: 'lab', version: '1.0.0', access: 'public', tools: [], ...over })

function problemsOf(...definitions: Parameters<typeof createRegistry>): readonly string[] {
  try {
    createRegistry(...definitions)
    return []
  } catch (error) {
    if (error instanceof RegistryError) return error.problems
    throw error
  }
}

const ofTool = (over: Partial<ToolDefinition>) => problemsOf([server({ tools: [tool(over)] })])
const ofInput = (input: Schema) => ofTool({ input })

describe('a module is refused', () => {
  it.each(['Lab', '1ab', 'a_b', 'a b', 'a/b', '', '-a', 'ä', 'a'.repeat(33)])(
    'named "%s"',
    (name) => {
      expect(problemsOf([server({ name })])).toEqual([
        `servers/index.ts: entry 1: name "${name}" must match [a-z][a-z0-9-]{0,31}, like its folder`,
      ])
    },
  )

  it('with a name that the platform serves itself', () => {
    expect(problemsOf([server({ name: 'login' })], new Set(['login']))).toEqual([
      'servers/index.ts: entry 1: name "login" is a path of the platform itself; choose another',
    ])
  })

  it('with the name of an earlier one', () => {
    expect(problemsOf([server(), server()])).toEqual([
      'servers/index.ts: entry 2: name "lab" is already taken by an earlier entry',
    ])
  })

  it('without a version', () => {
    expect(problemsOf([server({ version: ' ' })])).toEqual([
      'servers/lab/index.ts: version is empty',
    ])
  })

  it.each(['http://a.example/i.png', 'javascript:alert(1)', '//a.example/i.png', 'i.png', ''])(
    'with the icon "%s"',
    (src) => {
      expect(
        problemsOf([server({ icons: [{ src: 'https://a.example/i.png' }, { src }] })]),
      ).toEqual(['servers/lab/index.ts: icons[1].src must be an https or data: URL'])
    },
  )
})

describe('a tool is refused', () => {
  it.each(['', 'a b', 'a/b', 'ä', 'a,b', 'x'.repeat(65)])('named "%s"', (name) => {
    expect(ofTool({ name })).toEqual([
      `servers/lab/index.ts: tools[0].name "${name}" must be 1 to 64 characters of A-Za-z0-9_-.`,
    ])
  })

  it('with the name of an earlier one of its module', () => {
    expect(problemsOf([server({ tools: [tool(), tool()] })])).toEqual([
      'servers/lab/index.ts: tools[1].name "probe" is already taken by an earlier one',
    ])
  })

  it.each(['', '  \n'])('with the description %j', (description) => {
    expect(ofTool({ description })).toEqual([
      'servers/lab/index.ts: tools[0].description is empty; it is what a model or a person picks by',
    ])
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 15 * 60_000 + 1])(
    'with a time-out of %d ms',
    (timeoutMs) => {
      expect(ofTool({ timeoutMs })).toEqual([
        'servers/lab/index.ts: tools[0].timeoutMs must be above 0 and at most 900000',
      ])
    },
  )

  it.each(['files:read', 'toString', '__proto__'])(
    'asking for the undeclared scope "%s"',
    (scope) => {
      const definition = server({
        scopes: { 'lab:write': 'Write files' },
        tools: [tool({ scopes: [scope] })],
      })
      expect(problemsOf([definition])).toEqual([
        `servers/lab/index.ts: tools[0].scopes names "${scope}", which the module's own scopes do not declare`,
      ])
    },
  )

  it('with an icon clients will not show', () => {
    expect(ofTool({ icons: [{ src: 'javascript:alert(1)' }] })).toEqual([
      'servers/lab/index.ts: tools[0].icons[0].src must be an https or data: URL',
    ])
  })
})

describe('a definition that no compiler has seen is refused', () => {
  // Sources are served as they are saved, whatever their types.
  const any = (value: unknown) => value as never

  it.each([undefined, null, 'lab', {}, { name: 'lab' }, { ...server(), tools: {} }])(
    'when it is no module: %j',
    (listed) => {
      expect(problemsOf([any(listed)])).toEqual([
        'servers/index.ts: entry 1 is not what defineServer() returns; the folder has it as its default export',
      ])
    },
  )

  it('with a field that is misspelt, in a module', () => {
    const [problem, ...more] = problemsOf([server(any({ acess: 'public' }))])
    expect(problem).toMatch(
      /^servers\/lab\/index\.ts: acess is no field there is; there are: name,/,
    )
    expect(more).toEqual([])
  })

  it('with an access there is not', () => {
    expect(problemsOf([server(any({ access: 'everyone' }))])).toEqual([
      'servers/lab/index.ts: access is "everyone"; there are: public, authenticated',
    ])
  })

  it.each([
    ['tools', defineTool({ name: 'a', description: 'For tests.', run: () => '' })],
    ['prompts', definePrompt({ name: 'a', description: 'For tests.', run: () => '' })],
    [
      'resources',
      defineResource({ name: 'a', description: 'For tests.', uri: 'a://b', read: () => '' }),
    ],
    [
      'resourceTemplates',
      defineResourceTemplate({
        name: 'a',
        description: 'For tests.',
        uriTemplate: 'a://{b}',
        read: () => '',
      }),
    ],
  ])(
    'with a field that is misspelt, a function that lacks, or nothing like an item, in %s',
    (list, item) => {
      const of = (...items: unknown[]) => problemsOf([server(any({ [list]: items }))])
      expect(of(item)).toEqual([])
      expect(of({ ...item, scops: ['lab:write'] })).toEqual([
        expect.stringMatching(`${list}\\[0\\]\\.scops is no field there is; there are: name,`),
      ])
      const { run, read, ...rest } = any(item) as Record<string, unknown>
      const [field] = run ? ['run'] : ['read']
      expect(of(rest)).toEqual([`servers/lab/index.ts: ${list}[0].${field} must be a function`])
      for (const other of [null, 'a', { name: 'a', description: 'b' }]) {
        expect(of(other)).toEqual([
          expect.stringMatching(/\[0\] is not what define\w+\(\) makes of/),
        ])
      }
    },
  )

  it.each<[string, unknown]>([
    ['fields without an object around them', { city: z.string() }],
    ['a number', 5],
    ['a library that cannot write JSON Schema', { '~standard': { vendor: 'old' } }],
  ])('with %s for an input schema', (_, input) => {
    expect(ofInput(any(input))).toEqual([
      'servers/lab/index.ts: tools[0].input cannot be written as JSON Schema: use z.object({ … }), another Standard Schema that can, or jsonSchema({ … })',
    ])
  })

  it('with anything else that its types forbid', () => {
    const [problem, ...more] = problemsOf([server(any({ secrets: { KEY: 'hidden' } }))])
    expect(problem).toMatch(
      /^servers\/lab\/index\.ts: is not as its types want it \(.+\)\. `npm run/,
    )
    expect(more).toEqual([])
  })
})

describe('an input schema is refused', () => {
  it.each<[string, z.ZodType]>([
    ['a date', z.date()],
    ['a bigint', z.bigint()],
    ['a map', z.map(z.string(), z.string())],
    ['a set', z.set(z.string())],
    ['a symbol', z.symbol()],
    ['undefined', z.undefined()],
    ['a check in code alone', z.custom()],
  ])('with %s in it, which is no JSON', (_, type) => {
    const [problem, ...more] = ofInput(z.object({ a: type }))
    expect(problem).toMatch(
      /^servers\/lab\/index\.ts: tools\[0\]\.input cannot be written as JSON Schema: ./,
    )
    expect(more).toEqual([])
  })

  it.each<[string, Schema]>([
    ['an array', z.array(z.string())],
    ['a string', z.string()],
    ['an object or null', jsonSchema({ type: ['object', 'null'] })],
    ['nothing in particular', jsonSchema({ properties: {} })],
  ])('with %s as its root', (_, input) => {
    expect(ofInput(input)).toEqual([
      'servers/lab/index.ts: tools[0].input must describe an object; its JSON Schema has another or no root type',
    ])
  })

  it.each(['https://a.example/s.json', 'other.json#/a', '#/$defs/none', '#none'])(
    'that refers to "%s"',
    ($ref) => {
      expect(ofInput(jsonSchema({ type: 'object', properties: { a: { $ref } } }))).toEqual([
        `servers/lab/index.ts: tools[0].input refers to "${$ref}", which is not within the schema; none is fetched`,
      ])
    },
  )

  it('that uses $dynamicRef', () => {
    const dynamic = { type: 'object', $dynamicAnchor: 'a', items: { $dynamicRef: '#a' } }
    expect(ofInput(jsonSchema(dynamic))).toEqual([
      'servers/lab/index.ts: tools[0].input uses $dynamicRef, which is not checked here; use $ref',
    ])
  })

  it('that throws as soon as it is asked to write itself', () => {
    const { validate } = z.object({})['~standard']
    const write = () => {
      throw new Error('no idea how')
    }
    const schema: Schema = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate,
        jsonSchema: { input: write, output: write },
      },
    }
    expect(ofInput(schema)).toEqual([
      'servers/lab/index.ts: tools[0].input cannot be written as JSON Schema: no idea how',
    ])
  })
})

describe('an output schema', () => {
  it('is held to what JSON can say', () => {
    expect(ofTool({ output: z.object({ at: z.date() }) })).toEqual([
      expect.stringMatching(
        /^servers\/lab\/index\.ts: tools\[0\]\.output cannot be written as JSON/,
      ),
    ])
  })

  it('may describe anything else', () => {
    for (const output of [z.array(z.int()), z.string(), z.null(), z.union([z.int(), z.string()])]) {
      expect(ofTool({ output })).toEqual([])
    }
  })
})

describe('a parameter that clients repeat in a header is refused', () => {
  const header = (name: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': name })
  const object = (properties: Record<string, unknown>, more = {}): JsonSchema => ({
    type: 'object',
    properties,
    ...more,
  })

  it.each<[string, JsonSchema, string]>([
    [
      'on the root',
      { type: 'object', 'x-mcp-header': 'A' },
      'at the root: x-mcp-header is only allowed on a property of an object',
    ],
    [
      'in an array',
      object({ a: { type: 'array', items: header('A') } }),
      'at a.items: x-mcp-header is only allowed on a property of an object',
    ],
    [
      'in a union',
      object({ a: { anyOf: [header('A')] } }),
      'at a.anyOf: x-mcp-header is only allowed on a property of an object',
    ],
    [
      'in a record',
      object({}, { additionalProperties: header('A') }),
      'at additionalProperties: x-mcp-header is only allowed on a property of an object',
    ],
    [
      'in a definition',
      object({}, { $defs: { d: object({ a: header('A') }) } }),
      'at $defs.d.a: x-mcp-header is only allowed on a property of an object',
    ],
    [
      'with an empty name',
      object({ a: header('') }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'with a blank in its name',
      object({ a: header('A B') }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'with a colon in its name',
      object({ a: header('A:') }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'with a line end in its name',
      object({ a: header('A\r\nB') }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'with a name beyond ASCII',
      object({ a: header('Ä') }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'with a name that is no text',
      object({ a: header(1) }),
      'at a: x-mcp-header must be a non-empty HTTP token',
    ],
    [
      'of type number',
      object({ a: header('A', 'number') }),
      'at a: x-mcp-header needs type string, integer or boolean',
    ],
    [
      'of type object',
      object({ a: header('A', 'object') }),
      'at a: x-mcp-header needs type string, integer or boolean',
    ],
    [
      'of two types',
      object({ a: header('A', ['string', 'null']) }),
      'at a: x-mcp-header needs type string, integer or boolean',
    ],
    [
      'of no type',
      object({ a: { 'x-mcp-header': 'A' } }),
      'at a: x-mcp-header needs type string, integer or boolean',
    ],
    [
      'with a name used twice',
      object({ a: header('A'), b: object({ c: header('a') }) }),
      'at b.c: x-mcp-header "a" is used twice, ignoring case',
    ],
  ])('%s', (_, schema, problem) => {
    expect(ofInput(jsonSchema(schema))).toEqual([`servers/lab/index.ts: tools[0].input ${problem}`])
  })

  it('nowhere else: nested properties and data of that name are fine', () => {
    const fine = object({
      a: header('A'),
      b: object({ c: header('C', 'integer'), d: header('D', 'boolean') }),
      e: { default: { 'x-mcp-header': '' }, const: { 'x-mcp-header': '' } },
    })
    expect(ofInput(jsonSchema(fine))).toEqual([])
  })
})

describe('createRegistry()', () => {
  it('says everything that is wrong at once, one line for each', () => {
    const faulty = server({
      version: '',
      tools: [tool({ name: 'a b', description: '', timeoutMs: 0 }), tool({ scopes: ['x'] })],
    })
    const definitions = [faulty, server({ name: 'NO' })]
    const problems = problemsOf(definitions)
    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      'servers/lab/index.ts: version',
      'servers/lab/index.ts: tools[0].name',
      'servers/lab/index.ts: tools[0].description',
      'servers/lab/index.ts: tools[0].timeoutMs',
      'servers/lab/index.ts: tools[1].scopes',
      'servers/index.ts: entry',
    ])
    expect(() => createRegistry(definitions)).toThrow(problems.join('\n'))
  })

  it('keeps modules and tools in the order they are given', () => {
    const tools = ['z', 'a', 'm'].map((name) => tool({ name }))
    const registry = createRegistry([server({ name: 'two', tools }), server({ name: 'one' })])
    expect([...registry.keys()]).toEqual(['two', 'one'])
    expect([...(registry.get('two')?.tools.keys() ?? [])]).toEqual(['z', 'a', 'm'])
  })

  it('does not find members of every object', () => {
    expect(createRegistry([server()]).get('constructor')).toBeUndefined()
  })

  it('takes tools of other Standard Schema libraries and leaves out their dialect', () => {
    const registry = createRegistry([
      server({ tools: [tool({ input: z.object({ a: z.string() }) })] }),
    ])
    expect(registry.get('lab')?.tools.get('probe')?.description.inputSchema).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    })
  })

  it('describes arguments as they are sent and results as they come back', () => {
    const both = z.object({ a: z.string().default('x') })
    const registry = createRegistry([server({ tools: [tool({ input: both, output: both })] })])
    const described = registry.get('lab')?.tools.get('probe')?.description
    expect(described?.inputSchema).not.toHaveProperty('required')
    expect(described?.outputSchema).toMatchObject({ required: ['a'] })
  })

  it('says no more of a module than it was told', () => {
    expect(createRegistry([server()]).get('lab')?.info).toEqual({ name: 'lab', version: '1.0.0' })
  })
})
