/** The parts of `npm run import:openapi`, on documents small enough to be read here. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { chooseOperations, snakeCase, toolNames } from '../../src/cli/openapi/choose-operations.ts'
import { definitionsFor, shortText } from '../../src/cli/openapi/convert-schema.ts'
import { secretsFromOption, secretsOf } from '../../src/cli/openapi/credentials.ts'
import {
  type ApiDocument,
  type ApiOperation,
  type LoadOptions,
  loadDocument,
} from '../../src/cli/openapi/document.ts'
import { planTool, type ToolPlan } from '../../src/cli/openapi/plan-tool.ts'
import { callApi, callForText, type Operation } from '../../src/cli/openapi/template/api.ts'
import { temporaryFolder } from '../support/temporary.ts'

const fixtures = join(import.meta.dirname, '../fixtures/openapi')

async function load(document: unknown, options?: LoadOptions): Promise<ApiDocument> {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'api')
  await writeFile(path, typeof document === 'string' ? document : JSON.stringify(document))
  return await loadDocument(path, options)
}

const OK = { 200: { description: 'fine', content: { 'application/json': { schema: {} } } } }

/** A document of one operation. */
const single = (operation: object, rest: object = {}, path = '/things', method = 'get') => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '1.0' },
  servers: [{ url: 'https://api.example.com' }],
  paths: { [path]: { [method]: { responses: OK, ...operation } } },
  ...rest,
})

async function planned(operation: object, rest?: object, path?: string, method?: string) {
  const document = await load(single(operation, rest, path, method), { onProblems: () => {} })
  const [source] = document.operations
  if (!source) throw new Error('the document has no operation')
  return planTool(source, 'tool', 'https://api.example.com', document)
}
async function plan(...args: Parameters<typeof planned>): Promise<ToolPlan> {
  const found = await planned(...args)
  if ('unsupported' in found) throw new Error(found.unsupported)
  return found
}

describe('loadDocument', () => {
  it('reads JSON and YAML, and older versions as 3.1', async () => {
    const yaml = [
      'openapi: 3.0.3',
      'info: { title: Old, version: "1" }',
      'paths:',
      '  /a:',
      '    get:',
      '      parameters:',
      '        - { name: q, in: query, schema: { type: string, nullable: true } }',
      "      responses: { '200': { description: fine } }",
    ].join('\n')
    const [operation] = (await load(yaml)).operations
    expect(operation?.parameters).toEqual([
      { name: 'q', in: 'query', schema: { type: ['string', 'null'] } },
    ])

    const swagger = await load({
      swagger: '2.0',
      info: { title: 'Older', version: '1' },
      host: 'api.example.com',
      basePath: '/v1',
      schemes: ['https'],
      securityDefinitions: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
      security: [{ key: [] }],
      definitions: { Pet: { type: 'object', properties: { name: { type: 'string' } } } },
      paths: {
        '/pets': {
          post: {
            operationId: 'addPet',
            consumes: ['application/json'],
            produces: ['application/json'],
            parameters: [{ in: 'body', name: 'pet', schema: { $ref: '#/definitions/Pet' } }],
            responses: { 200: { description: 'fine', schema: { $ref: '#/definitions/Pet' } } },
          },
        },
      },
    })
    const [added] = swagger.operations
    if (!added) throw new Error('the operation is gone')
    expect(added.servers[0]?.url).toBe('https://api.example.com/v1')
    const tool = planTool(added, 'add_pet', 'https://api.example.com/v1', swagger)
    expect(tool).toMatchObject({
      operation: { method: 'POST', body: 'application/json' },
      input: { properties: { body: { $ref: '#/$defs/Pet' } } },
      output: { type: 'object', $ref: '#/$defs/Pet' },
    })
    expect(secretsOf(swagger, [added])).toMatchObject([{ inject: { header: 'x-key' } }])
  })

  it.each([
    ['neither JSON nor YAML', 'a: [b', /is neither JSON nor YAML: /],
    ['another kind of file', 'hello: world', /is not an OpenAPI document of version 3\.1, 3\.0 or/],
    ['a version to come', { openapi: '4.0.0' }, /version 3\.1, 3\.0 or 2\.0, but "4\.0\.0"\./],
    ['a number', '5', /is not an OpenAPI document/],
    [
      'a broken document',
      single({ parameters: [{ name: 'q' }] }, { openapi: '3.0.0' }),
      /is not a valid OpenAPI document:\n {2}\/paths/,
    ],
    [
      'a reference to a file',
      single({ parameters: [{ $ref: '../../../../etc/passwd' }] }),
      /refers to other files \(\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd\), and none is fetched\./,
    ],
    [
      'a reference to an address',
      single({ parameters: [{ $ref: 'http://169.254.169.254/latest#/a' }] }),
      /refers to other files/,
    ],
  ])('refuses %s', async (_, document, sentence) => {
    await expect(load(document)).rejects.toThrow(sentence)
  })

  it('says so when there is no such file, or no https', async () => {
    await expect(loadDocument('/no/such/file.yaml')).rejects.toThrow('There is no such file.')
    await expect(loadDocument('http://api.example.com/openapi.json')).rejects.toThrow(
      'http://api.example.com/openapi.json is not an https address.',
    )
  })

  it('fetches from an address', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/api.json' ? 200 : 404
      response.end(JSON.stringify(single({})))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo // it listens on TCP
    try {
      const origin = `http://127.0.0.1:${port}`
      expect((await loadDocument(`${origin}/api.json`)).operations).toHaveLength(1)
      await expect(loadDocument(`${origin}/gone`)).rejects.toThrow('It answered 404.')
    } finally {
      server.close()
    }
  })

  it('goes on with a document that is not quite valid where it is asked to', async () => {
    const document = single({ parameters: [{ name: 'q' }] }, { openapi: '3.0.0' })
    await expect(load(document)).rejects.toThrow(/To use what can be used of it: --lenient$/)
    const problems: string[] = []
    const { operations } = await load(document, { onProblems: (it) => problems.push(it) })
    expect(operations).toHaveLength(1)
    expect(problems).toMatchObject([expect.stringContaining('is not a valid OpenAPI document')])
  })

  it('refuses references that lead nowhere or in a circle', async () => {
    const circle = { a: { $ref: '#/components/parameters/a' } }
    const to = (name: string) => ({ parameters: [{ $ref: `#/components/parameters/${name}` }] })
    const components = { components: { parameters: circle } }
    await expect(planned(to('a'), components)).rejects.toThrow('leads in a circle.')
    await expect(planned(to('gone'), components)).rejects.toThrow('/gone leads nowhere.')
  })
})

describe('chooseOperations', () => {
  let operations: ApiOperation[]
  beforeAll(async () => {
    const of = (operationId: string, more = {}) => ({ operationId, responses: OK, ...more })
    const document = await load({
      ...single({}),
      paths: {
        '/pets': { get: of('pets/list', { tags: ['pets'] }), post: of('pets/add') },
        '/pets/{id}': {
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          get: of('pets/get', { tags: ['pets'] }),
          delete: of('pets/remove', { deprecated: true }),
        },
        '/shops': { get: { responses: OK } },
      },
    })
    operations = document.operations
  })
  const chosen = (...patterns: string[]) =>
    chooseOperations(operations, patterns).map(
      ({ operationId, method, path }) => operationId ?? `${method} ${path}`,
    )

  it.each([
    [[], ['pets/list', 'pets/add', 'pets/get', 'get /shops']],
    [['pets/get'], ['pets/get']],
    [['PETS/*'], ['pets/list', 'pets/add', 'pets/get']],
    [['pets/remove'], ['pets/remove']],
    [['GET /*'], ['pets/list', 'pets/get', 'get /shops']],
    [
      ['GET /pets/{id}', 'get /shops'],
      ['pets/get', 'get /shops'],
    ],
    [['tag:pets'], ['pets/list', 'pets/get']],
    [
      ['get /shops', 'pets/list'],
      ['pets/list', 'get /shops'],
    ],
  ])('for %j is %j', (patterns, names) => {
    expect(chosen(...patterns)).toEqual(names)
  })

  it.each([['pets'], ['pets/list.*'], ['tag:*'], ['(']])(
    'refuses %s, which means none',
    (pattern) => {
      expect(() => chosen(pattern)).toThrow(`No operation is meant by "${pattern}".`)
    },
  )
})

describe('names of tools', () => {
  it.each([
    ['getPetById', 'get_pet_by_id'],
    ['issues/list-for-repo', 'issues_list_for_repo'],
    ['HTMLPage_v2', 'html_page_v2'],
    ['Über Straße', 'uber_stra_e'],
    ['___', 'call'],
    ['東京', 'call'],
  ])('%s is %s', (id, name) => {
    expect(snakeCase(id)).toBe(name)
  })

  it('fit beside the client’s prefix, are unique, and do not depend on each other', async () => {
    const text = gunzipSync(await readFile(join(fixtures, 'github.json.gz'))).toString('utf8')
    const { operations } = await load(text)
    expect(operations.length).toBeGreaterThan(1000)
    const module = 'a-module-with-a-very-long-name-x'
    const names = toolNames(operations, module, 'gh_')
    expect(new Set(names.values()).size).toBe(operations.length)
    for (const [operation, name] of names) {
      expect(`mcp__${module}__${name}`).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
      expect(name).toMatch(/^gh_[a-z0-9_]*[a-z0-9]$/)
      const [alone] = toolNames([operation], module, 'gh_').values()
      expect(alone).toBe(name)
    }
    const roomy = [...toolNames(operations, 'github', '').values()]
    expect(roomy).toContain('issues_list_for_repo')
  })

  it('come from method and path where there is no id', async () => {
    const { operations } = await load(
      single(
        { parameters: [{ name: 'petId', in: 'path', required: true, schema: {} }] },
        {},
        '/pets/{petId}/toys',
      ),
    )
    expect([...toolNames(operations, 'm', '').values()]).toEqual(['get_pets_by_pet_id_toys'])
  })
})

describe('credentials', () => {
  const secretsWith = async (schemes: object, security: object[], operation = {}) => {
    const document = await load(
      single(operation, { components: { securitySchemes: schemes }, security }),
    )
    return secretsOf(document, document.operations)
  }

  it.each([
    [
      { type: 'http', scheme: 'Bearer' },
      'TOKEN',
      { header: 'authorization', format: 'Bearer {secret}' },
    ],
    [
      { type: 'http', scheme: 'basic' },
      'BASIC_CREDENTIALS',
      { header: 'authorization', format: 'Basic {secret}' },
    ],
    [
      { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      'MY_SCHEME',
      { header: 'x-api-key', format: '{secret}' },
    ],
    [{ type: 'apiKey', in: 'query', name: 'key' }, 'MY_SCHEME', { query: 'key' }],
    [
      { type: 'apiKey', in: 'cookie', name: 'sid' },
      'MY_SCHEME',
      { header: 'cookie', format: 'sid={secret}' },
    ],
    [
      {
        type: 'oauth2',
        flows: { clientCredentials: { tokenUrl: 'https://a.example/t', scopes: {} } },
      },
      'TOKEN',
      { header: 'authorization', format: 'Bearer {secret}' },
    ],
    [
      { type: 'openIdConnect', openIdConnectUrl: 'https://a.example/o' },
      'TOKEN',
      { header: 'authorization', format: 'Bearer {secret}' },
    ],
  ])('of %j are the secret %s', async (scheme, name, inject) => {
    expect(await secretsWith({ myScheme: scheme }, [{ myScheme: [] }])).toMatchObject([
      { name, inject },
    ])
  })

  it('are none where a call may go without', async () => {
    const key = { type: 'http', scheme: 'bearer' }
    expect(await secretsWith({ key }, [{ key: [] }, {}])).toEqual([])
    expect(await secretsWith({ key }, [{ key: [] }], { security: [] })).toEqual([])
    expect(await secretsWith({}, [])).toEqual([])
  })

  it('are all that one way needs, and the first way that can be gone', async () => {
    const schemes = {
      mutual: { type: 'mutualTLS' },
      app: { type: 'apiKey', in: 'header', name: 'X-App' },
      user: { type: 'apiKey', in: 'header', name: 'X-User' },
    }
    const ways = [{ mutual: [] }, { app: [], user: [] }]
    expect((await secretsWith(schemes, ways)).map(({ name }) => name)).toEqual(['APP', 'USER'])
    await expect(secretsWith(schemes, [{ mutual: [] }])).rejects.toThrow(
      'GET /things wants mutual, which the platform cannot send. Say what to send instead: --auth takes',
    )
  })

  it.each([
    ['bearer', { header: 'authorization', format: 'Bearer {secret}' }],
    ['header:X-Key', { header: 'x-key', format: '{secret}' }],
    ['query:api_key', { query: 'api_key' }],
  ])('are what --auth %s says', (option, inject) => {
    expect(secretsFromOption(option, 'Things')).toMatchObject([{ inject }])
  })

  it.each(['', 'token', 'header:', 'header:a b', 'query:a&b', 'header:x\r\ny'])(
    'refuse --auth %j',
    (option) => {
      expect(() => secretsFromOption(option, 'Things')).toThrow('--auth takes bearer')
    },
  )
})

describe('planTool', () => {
  it('goes by the method for scope and hints', async () => {
    const of = async (method: string) => {
      const { scope, annotations } = await plan({}, {}, '/things', method)
      return { scope, annotations }
    }
    expect(await of('get')).toEqual({ scope: 'read', annotations: { readOnlyHint: true } })
    expect(await of('head')).toEqual({ scope: 'read', annotations: { readOnlyHint: true } })
    expect(await of('post')).toEqual({ scope: 'write', annotations: {} })
    expect(await of('patch')).toEqual({ scope: 'write', annotations: {} })
    expect(await of('put')).toEqual({ scope: 'write', annotations: { idempotentHint: true } })
    expect(await of('delete')).toEqual({ scope: 'delete', annotations: { idempotentHint: true } })
  })

  it('takes every parameter for an argument, by a name clients accept', async () => {
    const text = { type: 'string' }
    const { input, operation } = await plan(
      {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: text },
          { name: 'id', in: 'query', schema: text, description: 'Of <b>what</b>.' },
          { name: 'filter[name]', in: 'query', schema: text },
          { name: 'tags[]', in: 'query', schema: { type: 'array', items: text } },
          { name: 'body', in: 'query', schema: text },
          { name: 'X-Trace', in: 'header', schema: text, required: true },
          { name: 'Authorization', in: 'header', schema: text, required: true },
          { name: 'sid', in: 'cookie', schema: text },
        ],
        requestBody: { required: true, content: { 'application/json': { schema: text } } },
      },
      {},
      '/things/{id}',
      'post',
    )
    expect(input).toMatchObject({
      additionalProperties: false,
      required: ['id', 'X-Trace', 'body'],
      properties: { query_id: { description: 'Of what .' } },
    })
    expect(Object.keys(input.properties as object)).toEqual([
      ...['id', 'query_id', 'filter_name', 'tags', 'query_body', 'X-Trace', 'body'],
    ])
    expect(operation.parameters).toEqual([
      { in: 'path', name: 'id' },
      { in: 'query', name: 'id', argument: 'query_id' },
      { in: 'query', name: 'filter[name]', argument: 'filter_name' },
      { in: 'query', name: 'tags[]', argument: 'tags' },
      { in: 'query', name: 'body', argument: 'query_body' },
      { in: 'header', name: 'x-trace', argument: 'X-Trace' },
    ])
  })

  it.each([
    [{ schema: { type: 'array' } }, undefined],
    [{ schema: { type: 'array' }, explode: false }, 'comma'],
    [{ schema: { type: 'array' }, style: 'spaceDelimited' }, 'space'],
    [{ schema: { type: 'array' }, style: 'pipeDelimited' }, 'pipe'],
    [{ schema: { type: 'object' }, style: 'deepObject' }, 'deep'],
    [{ content: { 'application/json': { schema: { type: 'object' } } } }, 'json'],
  ])('writes the query parameter %j in the style %s', async (parameter, style) => {
    const { operation } = await plan({ parameters: [{ name: 'q', in: 'query', ...parameter }] })
    expect(operation.parameters?.[0]?.style).toBe(style)
  })

  it('lets an operation’s own parameter take the place of its path’s', async () => {
    const document = single({})
    const { input } = await plan(
      {},
      {
        paths: {
          '/things': {
            parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
            get: {
              responses: OK,
              parameters: [{ name: 'q', in: 'query', schema: { type: 'integer' } }],
            },
          },
        },
        info: document.info,
      },
    )
    expect(input.properties).toEqual({ q: { type: 'integer' } })
  })

  it.each([
    [
      'uploads',
      { requestBody: { content: { 'multipart/form-data': {} } } },
      '/t',
      /multipart\/form-data/,
    ],
    [
      'pictures',
      { responses: { 200: { description: '', content: { 'image/png': {} } } } },
      '/t',
      /image\/png, which is no text/,
    ],
    ['redirects', { responses: { 302: { description: '' } } }, '/t', /no answer that went well/],
    ['a path without its parameter', {}, '/t/{id}', /does not say what \{id\} is/],
    [
      'a path in another style',
      { parameters: [{ name: 'id', in: 'path', required: true, style: 'matrix', schema: {} }] },
      '/t/{id}',
      /the style "matrix"/,
    ],
    [
      'a cookie',
      { parameters: [{ name: 'sid', in: 'cookie', required: true, schema: {} }] },
      '/t',
      /needs the cookie sid/,
    ],
  ])('leaves out %s', async (_, operation, path, reason) => {
    const found = await planned(operation, {}, path, 'post')
    expect('unsupported' in found && found.unsupported).toMatch(reason)
  })

  it.each([
    ['an object', { type: 'object', properties: { a: {} } }, undefined],
    ['several objects', { oneOf: [{ type: 'object' }, { properties: {} }] }, undefined],
    ['all of an object', { allOf: [{ type: 'object' }, { description: 'more' }] }, undefined],
    ['a list', { type: 'array', items: { type: 'string' } }, 'items'],
    ['a text', { type: 'string' }, 'value'],
    ['this or that', { oneOf: [{ type: 'object' }, { type: 'array' }] }, 'value'],
    ['an object or nothing', { type: ['object', 'null'] }, 'value'],
  ])('answers with an object, whatever the API does: %s', async (_, schema, wrap) => {
    const responses = { 200: { description: '', content: { 'application/json': { schema } } } }
    const { output, operation } = await plan({ responses })
    expect(output?.type).toBe('object')
    expect(operation.wrap).toBe(wrap)
  })

  it('passes text on as text, and asks for what the API has', async () => {
    const answering = async (responses: object) => {
      const { output, operation } = await plan({ responses })
      return { output, accept: operation.accept }
    }
    expect(await answering({ 204: { description: 'done' } })).toEqual({})
    const plain = { 200: { description: '', content: { 'text/plain': {} } } }
    expect(await answering(plain)).toEqual({ accept: 'text/plain' })
    const vendor = {
      200: {
        description: '',
        content: { 'application/vnd.a+json': { schema: { type: 'object' } } },
      },
    }
    expect(await answering(vendor)).toMatchObject({ accept: 'application/vnd.a+json' })
  })

  it('says what the tool does in a few words', async () => {
    const { title, description } = await plan({
      summary: 'List things.',
      description: `List things of [a shop](https://example.com/docs).\n\n${'More of it. '.repeat(100)}`,
    })
    expect(title).toBe('List things')
    expect(description).toMatch(/^List things of a shop\. More of it\./)
    expect(description.length).toBeLessThanOrEqual(600)
    expect((await plan({})).description).toBe('GET /things of Things.')
  })
})

describe('schemas', () => {
  const components = {
    schemas: {
      pet: {
        type: 'object',
        required: ['id', 'name', 'secret'],
        discriminator: { propertyName: 'kind' },
        'x-internal': true,
        properties: {
          id: { type: 'integer', readOnly: true },
          secret: { type: 'string', writeOnly: true },
          name: { type: 'string', minLength: 1, enum: ['Rex'], example: 'Rex' },
          friend: { $ref: '#/components/schemas/pet' },
          extra: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
    },
  }
  const ofPet = async (side: 'input' | 'output') => {
    const document = await load(single({}, { components }))
    const { described } = definitionsFor(['pet'], side, document)
    expect([...described.keys()]).toEqual(['pet'])
    return described.get('pet')
  }

  it('of arguments keep what a caller may send, and every constraint', async () => {
    expect(await ofPet('input')).toEqual({
      type: 'object',
      required: ['name', 'secret'],
      properties: {
        secret: { type: 'string', writeOnly: true },
        name: { type: 'string', minLength: 1, enum: ['Rex'] },
        friend: { $ref: '#/$defs/pet' },
        extra: { type: 'object', additionalProperties: { type: 'string' } },
      },
    })
  })

  it('of results keep types, and are open to what an API may add', async () => {
    expect(await ofPet('output')).toEqual({
      type: 'object',
      required: ['id', 'name'],
      properties: {
        id: { type: 'integer', readOnly: true },
        name: { type: 'string' },
        friend: { $ref: '#/$defs/pet' },
        extra: { type: 'object', additionalProperties: { type: 'string' } },
      },
      additionalProperties: true,
    })
  })

  it('leave open what would fill a model’s context, nearest first', async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `S${index}`,
        {
          type: 'object',
          description: 'x'.repeat(100),
          properties: Object.fromEntries([
            ...Array.from({ length: 10 }, (_, at) => [
              `field_number_${at}`,
              { type: 'string', description: 'y'.repeat(100) },
            ]),
            ['next', { $ref: `#/components/schemas/S${index + 1}` }],
          ]),
        },
      ]),
    )
    const document = await load(single({}, { components: { schemas: { ...schemas, S30: {} } } }))
    const { described, open } = definitionsFor(['S0'], 'output', document)
    expect([...described.keys()]).toEqual(['S0', 'S1', 'S2', 'S3'])
    expect([...open]).toEqual(['S4'])
  })

  it.each([
    ['One. Two. Three.', 10, 'One. Two.'],
    ['A sentence without an end that fits', 20, 'A sentence without …'],
    ['<p>a\n\n b</p>', 50, 'a b'],
    ['![logo](https://x.example/y.png) hi', 50, 'logo hi'],
  ])('cut %j to %i characters as %j', (text, limit, short) => {
    expect(shortText(text, limit)).toBe(short)
  })
})

describe('a call of the API', () => {
  interface Sent {
    url: string
    method: string
    headers: Record<string, string>
    body: unknown
  }
  async function call(
    operation: Partial<Operation>,
    args: Record<string, unknown>,
    answer: Response = Response.json({ ok: true }),
    how: typeof callApi | typeof callForText = callApi,
  ) {
    const sent: Sent[] = []
    const context = {
      signal: new AbortController().signal,
      fetch: async (url: string, init: RequestInit = {}) => {
        sent.push({
          url,
          method: init.method ?? '',
          headers: init.headers as Record<string, string>,
          body: init.body,
        })
        return answer
      },
    }
    const whole = { method: 'GET', url: 'https://api.example.com/v1/things', ...operation }
    const result = await how(whole, args, context).catch((error: Error) => error)
    return { sent: sent[0], result, count: sent.length }
  }
  const query = (style?: NonNullable<Operation['parameters']>[number]['style']) => ({
    parameters: [{ in: 'query' as const, name: 'q', ...(style && { style }) }],
  })

  it.each([
    [undefined, 'a b&c', 'q=a+b%26c'],
    [undefined, ['a', 'b'], 'q=a&q=b'],
    [undefined, { a: 1, b: true }, 'a=1&b=true'],
    ['comma' as const, ['a', 'b'], 'q=a%2Cb'],
    ['comma' as const, { a: 1 }, 'q=a%2C1'],
    ['space' as const, ['a', 'b'], 'q=a+b'],
    ['pipe' as const, ['a', 'b'], 'q=a%7Cb'],
    [
      'deep' as const,
      { a: { b: 1 }, c: [2, 3] },
      'q%5Ba%5D%5Bb%5D=1&q%5Bc%5D%5B%5D=2&q%5Bc%5D%5B%5D=3',
    ],
    ['json' as const, { a: [1] }, 'q=%7B%22a%22%3A%5B1%5D%7D'],
  ])('writes a query in the style %s: %j', async (style, q, expected) => {
    expect((await call(query(style), { q })).sent?.url).toBe(
      `https://api.example.com/v1/things?${expected}`,
    )
  })

  it('leaves out what was not given, and says what it is', async () => {
    const { sent } = await call(query(), { q: undefined })
    expect(sent).toEqual({
      url: 'https://api.example.com/v1/things',
      method: 'GET',
      headers: { accept: 'application/json', 'user-agent': 'Quayside' },
      body: undefined,
    })
  })

  const path = {
    url: 'https://api.example.com/repos/{id}',
    parameters: [{ in: 'path' as const, name: 'id' }],
  }
  it.each([
    ['a/b', 'a%2Fb'],
    ['../x', '..%2Fx'],
    ['%2e%2e', '%252e%252e'],
    ['a?b#c', 'a%3Fb%23c'],
    ['$&', '%24%26'],
    [7, '7'],
  ])('keeps %j within its part of the path', async (id, segment) => {
    expect((await call(path, { id })).sent?.url).toBe(`https://api.example.com/repos/${segment}`)
  })
  it.each(['', '.', '..'])('refuses %j there, for it would be another path', async (id) => {
    const { result, count } = await call({ ...path, method: 'DELETE' }, { id })
    expect(result).toMatchObject({
      code: 'invalid_argument',
      message: `"${id}" cannot be used for id.`,
    })
    expect(count).toBe(0)
  })

  it.each([
    ['application/json', { a: [1] }, '{"a":[1]}'],
    ['application/x-www-form-urlencoded', { a: { b: 1 }, c: ['x y'] }, 'a%5Bb%5D=1&c%5B%5D=x+y'],
    ['text/plain', 'hello', 'hello'],
  ])('sends a body as %s', async (type, body, text) => {
    const { sent } = await call({ method: 'POST', body: type }, { body })
    expect(sent?.body).toBe(text)
    expect(sent?.headers['content-type']).toBe(type)
  })

  it('gives back what was said', async () => {
    const list = await call({ wrap: 'items' }, {}, Response.json([1, 2]))
    expect(list.result).toEqual({ items: [1, 2] })
    const text = await call({}, {}, new Response('# Title'), callForText)
    expect(text.result).toBe('# Title')
  })

  it.each([
    ['nothing', new Response(null, { status: 204 }), 'upstream_empty'],
    ['a page', new Response('<html>'), 'upstream_failed'],
    ['a list where an object was to come', Response.json([]), 'upstream_failed'],
  ])('says so when the answer is %s', async (_, answer, code) => {
    expect((await call({}, {}, answer)).result).toMatchObject({ name: 'ToolError', code })
  })

  it.each([
    [422, { message: 'title is missing' }, 'The API answered 422: title is missing'],
    [400, { error: { message: 'no such field' } }, 'The API answered 400: no such field'],
    [400, { errors: [{ detail: 'too long' }] }, 'The API answered 400: too long'],
    [400, 'not today', 'The API answered 400: not today'],
    [404, { stack: 'at secret.js:1' }, 'The API answered 404.'],
    [404, 'x'.repeat(1000), `The API answered 404: ${'x'.repeat(300)}`],
    [500, { message: 'SELECT * FROM users' }, 'The API answered 500.'],
    [
      401,
      { message: 'Bad credentials ghp_x' },
      'The API does not accept the credentials of this module (401). Its operator can mend that.',
    ],
  ])('puts a refusal (%i) into words', async (status, body, message) => {
    const { result } = await call({}, {}, Response.json(body, { status }))
    expect(result).toMatchObject({ name: 'ToolError', message })
  })

  it('says when to come back', async () => {
    const answer = new Response('', { status: 429, headers: { 'retry-after': '30' } })
    expect((await call({}, {}, answer)).result).toMatchObject({
      code: 'upstream_429',
      message: 'The API answered 429. Try again in 30 seconds.',
    })
  })
})
