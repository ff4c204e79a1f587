import { describe, expect, it } from 'vitest'
import { type CallToolResult, CODECS, type ServerInfo, type Tool } from '../../src/protocol'

const REVISIONS = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const

const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}
const icons = [{ src: 'https://example.com/i.png' }]
const inputSchema = { type: 'object', properties: {}, additionalProperties: false }

const tool: Tool = {
  name: 'look_up',
  title: 'Look up',
  description: 'Looks it up.',
  icons,
  inputSchema,
  outputSchema: { type: 'object', properties: { found: { type: 'boolean' } } },
  annotations,
  _meta: { 'com.example/own': 1 },
}
const listTool: Tool = { ...tool, outputSchema: { type: 'array', items: { type: 'integer' } } }

const result: CallToolResult = {
  content: [
    {
      type: 'text',
      text: 'found',
      annotations: { priority: 1, lastModified: '2026-01-01T00:00:00Z' },
      _meta: { a: 1 },
    },
    {
      type: 'resource_link',
      uri: 'https://example.com/a',
      name: 'a',
      title: 'A',
      description: 'The first letter.',
      icons,
    },
  ],
  structuredContent: { found: true },
  _meta: { trace: 'x' },
}

const text = result.content[0]
const link = { type: 'resource_link', uri: 'https://example.com/a', name: 'a', title: 'A' }
const described = { ...link, description: 'The first letter.' }

const info: ServerInfo = {
  name: 'letters',
  version: '1.0.0',
  title: 'Letters',
  description: 'All of them.',
  websiteUrl: 'https://example.com',
  icons,
}

const GOLDEN = {
  '2025-03-26': {
    tool: {
      name: 'look_up',
      description: 'Looks it up.',
      inputSchema,
      annotations: { title: 'Look up', ...annotations },
    },
    listTool: {
      name: 'look_up',
      description: 'Looks it up.',
      inputSchema,
      annotations: { title: 'Look up', ...annotations },
    },
    result: {
      content: [
        { type: 'text', text: 'found', annotations: { priority: 1 } },
        { type: 'text', text: 'A: https://example.com/a\nThe first letter.' },
      ],
      _meta: { trace: 'x' },
    },
    info: { name: 'letters', version: '1.0.0' },
  },
  '2025-06-18': {
    tool: {
      name: 'look_up',
      title: 'Look up',
      description: 'Looks it up.',
      inputSchema,
      outputSchema: tool.outputSchema,
      annotations,
      _meta: { 'com.example/own': 1 },
    },
    listTool: {
      name: 'look_up',
      title: 'Look up',
      description: 'Looks it up.',
      inputSchema,
      annotations,
      _meta: { 'com.example/own': 1 },
    },
    result: {
      content: [text, described],
      structuredContent: { found: true },
      _meta: { trace: 'x' },
    },
    info: { name: 'letters', version: '1.0.0', title: 'Letters' },
  },
  '2025-11-25': {
    tool,
    listTool: {
      name: 'look_up',
      title: 'Look up',
      description: 'Looks it up.',
      icons,
      inputSchema,
      annotations,
      _meta: { 'com.example/own': 1 },
    },
    result: {
      content: [text, { ...described, icons }],
      structuredContent: { found: true },
      _meta: { trace: 'x' },
    },
    info,
  },
  '2026-07-28': {
    tool,
    listTool,
    result: {
      resultType: 'complete',
      content: [text, { ...described, icons }],
      structuredContent: { found: true },
      _meta: { trace: 'x' },
    },
    info,
  },
}

describe.each(REVISIONS)('the codec of %s', (revision) => {
  const codec = CODECS[revision]
  const golden = GOLDEN[revision]

  it('D-12 spells a tool as its clients know it', () => {
    expect(codec.revision).toBe(revision)
    expect(codec.tool(tool)).toEqual(golden.tool)
  })

  it('D-12, H-79 shows an output schema only where it may be what it is', () => {
    expect(codec.tool(listTool)).toEqual(golden.listTool)
  })

  it('D-12 spells a result as its clients know it', () => {
    expect(codec.callResult(result)).toEqual(golden.result)
  })

  it('H-21 spells the server as its clients know it', () => {
    expect(codec.serverInfo(info)).toEqual(golden.info)
  })

  it('D-12 leaves what it was given as it was', () => {
    const before = structuredClone({ tool, result, info })
    codec.tool(tool)
    codec.callResult(result)
    codec.serverInfo(info)
    expect({ tool, result, info }).toEqual(before)
  })
})

describe('structured content', () => {
  const structured = (structuredContent: unknown): CallToolResult => ({
    content: [{ type: 'text', text: '[1]' }],
    structuredContent,
  })

  it.each([[[1]], ['text'], [1], [true], [null]])(
    'M-38, H-79 may be %j at 2026-07-28 and is left to its text before',
    (value) => {
      const { content } = structured(value)
      expect(CODECS['2026-07-28'].callResult(structured(value))).toEqual({
        resultType: 'complete',
        content,
        structuredContent: value,
      })
      for (const revision of ['2025-03-26', '2025-06-18', '2025-11-25'] as const) {
        expect(CODECS[revision].callResult(structured(value))).toEqual({ content })
      }
    },
  )
})

describe('a failure', () => {
  it.each(REVISIONS)('D-12, H-77 is marked as one at %s', (revision) => {
    const failed: CallToolResult = { content: [{ type: 'text', text: 'no' }], isError: true }
    expect(CODECS[revision].callResult(failed)).toMatchObject(failed)
  })

  it.each(['2025-11-25', '2026-07-28'] as const)('H-78 of the arguments is a result at %s', (r) => {
    expect(CODECS[r].invalidInput('no')).toEqual({
      content: [{ type: 'text', text: 'no' }],
      isError: true,
    })
  })

  it.each(['2025-03-26', '2025-06-18'] as const)('H-77 of the arguments is -32602 at %s', (r) => {
    expect(() => CODECS[r].invalidInput('no')).toThrow(
      expect.objectContaining({ code: -32602, message: 'no' }),
    )
  })
})
