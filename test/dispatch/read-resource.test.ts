import { describe, expect, it } from 'vitest'
import {
  defineResource,
  defineResourceTemplate,
  NotFoundError,
  type ReadResult,
  ToolError,
} from '../../src/sdk'
import { ask, host, resultOf } from './harness'

const PRIVATE = 'password=hunter2 of nora'

const page = (uri: string, read: () => ReadResult | Promise<ReadResult>, mimeType?: string) =>
  defineResource({
    name: uri.replaceAll(/\W+/g, '-'),
    description: 'For tests.',
    uri,
    ...(mimeType && { mimeType }),
    read,
  })

const server = host({
  scopes: { 'lab:read': 'Read' },
  resources: [
    page('lab://text', () => 'text'),
    page('lab://markdown', () => '# text', 'text/markdown'),
    page('lab://bytes', () => new Uint8Array([0, 255, 62])),
    page('lab://folder', () => [
      { content: 'one', uri: 'lab://folder/1', _meta: { own: 1 } },
      { content: new Uint8Array([1]), uri: 'lab://folder/2', mimeType: 'image/png' },
    ]),
    page('lab://empty', () => []),
    page('lab://items/exact', () => 'the resource'),
    page('lab://gone', () => undefined),
    page('lab://throws', () => {
      throw new Error(PRIVATE)
    }),
    page('lab://explains', () => {
      throw new ToolError('upstream_failed', 'The archive is down.')
    }),
    page('lab://huge', () => 'x'.repeat(2 * 1024 * 1024)),
    page('lab://huge-bytes', () => new Uint8Array(1024 * 1024)),
    { ...page('lab://slow', () => new Promise(() => {})), timeoutMs: 20 },
    { ...page('lab://hidden', () => 'x'), roles: ['operator'] },
    { ...page('lab://scoped', () => 'x'), scopes: ['lab:read'] },
    { ...page('lab://stored', () => 'x'), uses: { db: true } },
    { ...page('lab://kept', () => 'x'), cacheSeconds: 60 },
  ],
  resourceTemplates: [
    defineResourceTemplate({
      name: 'item',
      description: 'For tests.',
      uriTemplate: 'lab://items/{id}',
      read({ id }) {
        if (id === 'none') throw new NotFoundError('unknown_item', 'There is no item "none".')
        return `item ${id}`
      },
    }),
    defineResourceTemplate({
      name: 'part',
      description: 'For tests.',
      uriTemplate: 'lab://items/{id}/{part}',
      read: ({ id, part }) => `${part} of ${id}`,
    }),
  ],
  uses: { db: true },
})

const read = (uri: string, caller = {}) => ask(server, { method: 'resources/read', uri }, caller)
const contentsOf = async (uri: string) => resultOf((await read(uri)).result).contents
const errorOf = async (uri: string, caller = {}) => {
  const { result, records } = await read(uri, caller)
  if (result.kind !== 'error') throw new Error(`the read ended as ${result.kind}`)
  const { kind, message, data } = result.error
  return { kind, message, data, record: records[0] }
}

describe('reading a resource', () => {
  it('gives its text', async () => {
    expect(await contentsOf('lab://text')).toEqual([
      { uri: 'lab://text', mimeType: 'text/plain', text: 'text' },
    ])
    expect(await contentsOf('lab://markdown')).toEqual([
      { uri: 'lab://markdown', mimeType: 'text/markdown', text: '# text' },
    ])
  })

  it('gives its bytes in base64', async () => {
    expect(await contentsOf('lab://bytes')).toEqual([
      { uri: 'lab://bytes', mimeType: 'application/octet-stream', blob: 'AP8+' },
    ])
  })

  it('gives several parts, each with its own address', async () => {
    expect(await contentsOf('lab://folder')).toEqual([
      { uri: 'lab://folder/1', mimeType: 'text/plain', text: 'one', _meta: { own: 1 } },
      { uri: 'lab://folder/2', mimeType: 'image/png', blob: 'AQ==' },
    ])
    expect(await contentsOf('lab://empty')).toEqual([])
  })

  it('says how long it may be kept', async () => {
    expect(resultOf((await read('lab://kept')).result).ttlMs).toBe(60_000)
    expect(resultOf((await read('lab://text')).result).ttlMs).toBe(0)
  })

  it.each([
    ['lab://items/7', 'item 7'],
    ['lab://items/a%2Fb', 'item a/b'],
    ['lab://items/exact', 'the resource'],
    ['lab://items/7/lid', 'lid of 7'],
    ['lab://items/7/lid/top', 'item 7/lid/top'],
  ])('finds what %s leads to', async (uri, text) => {
    expect(await contentsOf(uri)).toEqual([{ uri, mimeType: 'text/plain', text }])
  })

  it.each([
    ['lab://nowhere', 'unknown_resource'],
    ['lab://hidden', 'hidden_resource'],
  ])('tells nobody whether %s exists', async (uri, outcome) => {
    const { kind, message, data, record } = await errorOf(uri)
    expect({ kind, data }).toEqual({ kind: 'resource_not_found', data: { uri } })
    expect(message).toBe(
      'Module "lab" has no resource at this address. Ask resources/list and resources/templates/list for those it has.',
    )
    expect(record?.outcome).toBe(outcome)
  })

  it('shows what is limited to a role to those who have it', async () => {
    const { result } = await read('lab://hidden', { roles: new Set(['operator']) })
    expect(resultOf(result).contents).toHaveLength(1)
  })

  it('asks for every scope it needs, before anything runs', async () => {
    const { kind, data } = await errorOf('lab://scoped')
    expect({ kind, data }).toEqual({
      kind: 'insufficient_scope',
      data: { requiredScopes: ['lab:read'] },
    })
    const { result } = await read('lab://scoped', { scopes: new Set(['lab:read']) })
    expect(resultOf(result).contents).toHaveLength(1)
  })

  it('that its own code does not find is a resource that does not exist', async () => {
    expect(await errorOf('lab://gone')).toMatchObject({
      kind: 'resource_not_found',
      data: { uri: 'lab://gone' },
    })
    expect(await errorOf('lab://items/none')).toMatchObject({
      kind: 'resource_not_found',
      message: 'There is no item "none".',
      data: { uri: 'lab://items/none' },
    })
  })

  it.each([
    ['lab://throws', 'failed', 'Resource "lab-throws" failed unexpectedly. Trying again may help.'],
    ['lab://explains', 'tool_error', 'The archive is down.'],
    [
      'lab://slow',
      'timeout',
      'Resource "lab-slow" took longer than its limit of 0.02 s and was stopped.',
    ],
  ])('ends in an error where %s fails', async (uri, outcome, message) => {
    expect(await errorOf(uri)).toMatchObject({
      kind: 'item_failed',
      message,
      record: { outcome, method: 'resources/read', readOnly: true },
    })
  })

  it.each(['lab://huge', 'lab://huge-bytes'])('sends no more than a megabyte: %s', async (uri) => {
    const { message, record } = await errorOf(uri)
    expect(message).toContain('at most 1048576 are sent')
    expect(record?.outcome).toBe('too_large')
  })

  it('that uses a database which is not bound says what to do', async () => {
    expect(await errorOf('lab://stored')).toMatchObject({
      kind: 'not_configured',
      message: 'no database',
    })
  })

  it('is stopped when its caller goes away', async () => {
    const gone = AbortSignal.abort()
    const asked = { method: 'resources/read', uri: 'lab://text' } as const
    const { records } = await ask(server, asked, {}, { signal: gone })
    expect(records[0]?.outcome).toBe('cancelled')
  })

  it('records the name of what was read, and neither its address nor its content', async () => {
    const { records } = await read('lab://items/nora')
    expect(records).toEqual([
      {
        callId: expect.any(String),
        module: 'lab',
        method: 'resources/read',
        resource: 'item',
        argumentChars: 'lab://items/nora'.length,
        outcome: 'ok',
        readOnly: true,
        durationMs: 0,
        resultChars: 'item nora'.length,
      },
    ])
  })

  it('keeps parts of the address out of what it records of an error', async () => {
    const leaky = host({
      resourceTemplates: [
        defineResourceTemplate({
          name: 'leaky',
          description: 'For tests.',
          uriTemplate: 'lab://{who}',
          read({ who }) {
            throw new Error(`no row for ${who}`)
          },
        }),
      ],
    })
    const { records } = await ask(leaky, { method: 'resources/read', uri: 'lab://nora' })
    expect(records[0]?.detail).toBe('Error: no row for [hidden]')
  })
})
