import { describe, expect, it } from 'vitest'
import {
  CODECS,
  type ContentBlock,
  type GetPromptResult,
  type Prompt,
  ProtocolError,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplate,
} from '../../src/protocol'

const REVISIONS = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const

const icons = [{ src: 'https://example.com/i.png' }]
const annotations = { audience: ['user' as const], lastModified: '2026-01-01T00:00:00Z' }
const _meta = { 'com.example/own': 1 }
const shared = { title: 'Note', description: 'A note.', mimeType: 'text/plain' }

const resource: Resource = {
  uri: 'lab://note',
  name: 'note',
  ...shared,
  size: 3,
  icons,
  annotations,
  _meta,
}
const template: ResourceTemplate = {
  uriTemplate: 'lab://{id}',
  name: 'note',
  ...shared,
  icons,
  annotations,
  _meta,
}
const prompt: Prompt = {
  name: 'greet',
  title: 'Greet',
  description: 'Greets.',
  arguments: [{ name: 'who', title: 'Who', description: 'A name', required: true }],
  icons,
  _meta,
}
const read: ReadResourceResult = {
  contents: [
    { uri: 'lab://note', mimeType: 'text/plain', text: 'one', _meta },
    { uri: 'lab://note/2', mimeType: 'image/png', blob: 'aGk=' },
  ],
  ttlMs: 5000,
  _meta,
}
const blocks: ContentBlock[] = [
  { type: 'text', text: 'Hello', annotations, _meta },
  { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
  { type: 'resource_link', uri: 'lab://note', name: 'note', icons },
  { type: 'resource', resource: { uri: 'lab://note', text: 'one', _meta }, _meta },
]
const filled: GetPromptResult = {
  description: 'Greets.',
  messages: blocks.map((content) => ({ role: 'user', content })),
  _meta,
}

const early = { audience: ['user'] }
const GOLDEN = {
  '2025-03-26': {
    resource: {
      uri: 'lab://note',
      name: 'Note',
      description: 'A note.',
      mimeType: 'text/plain',
      size: 3,
      annotations: early,
    },
    template: {
      uriTemplate: 'lab://{id}',
      name: 'Note',
      description: 'A note.',
      mimeType: 'text/plain',
      annotations: early,
    },
    prompt: {
      name: 'greet',
      description: 'Greets.',
      arguments: [{ name: 'who', description: 'A name', required: true }],
    },
    contents: [
      { uri: 'lab://note', mimeType: 'text/plain', text: 'one' },
      { uri: 'lab://note/2', mimeType: 'image/png', blob: 'aGk=' },
    ],
    blocks: [
      { type: 'text', text: 'Hello', annotations: early },
      { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
      { type: 'text', text: 'note: lab://note' },
      { type: 'resource', resource: { uri: 'lab://note', text: 'one' } },
    ],
    notFound: -32002,
  },
  '2025-06-18': {
    resource: { uri: 'lab://note', name: 'note', ...shared, size: 3, annotations, _meta },
    template: { uriTemplate: 'lab://{id}', name: 'note', ...shared, annotations, _meta },
    prompt: {
      name: 'greet',
      title: 'Greet',
      description: 'Greets.',
      arguments: prompt.arguments,
      _meta,
    },
    contents: read.contents,
    blocks: [
      blocks[0],
      blocks[1],
      { type: 'resource_link', uri: 'lab://note', name: 'note' },
      blocks[3],
    ],
    notFound: -32002,
  },
  '2025-11-25': {
    resource,
    template,
    prompt,
    contents: read.contents,
    blocks,
    notFound: -32002,
  },
  '2026-07-28': {
    resource,
    template,
    prompt,
    contents: read.contents,
    blocks,
    notFound: -32602,
  },
}

describe.each(REVISIONS)('the codec of %s', (revision) => {
  const codec = CODECS[revision]
  const golden = GOLDEN[revision]
  const whole = revision === '2026-07-28' ? { resultType: 'complete' } : {}

  it('D-12 spells resources, templates and prompts as its clients know them', () => {
    expect(codec.resource(resource)).toEqual(golden.resource)
    expect(codec.resourceTemplate(template)).toEqual(golden.template)
    expect(codec.prompt(prompt)).toEqual(golden.prompt)
  })

  it('D-12 spells what was read', () => {
    const hint = revision === '2026-07-28' ? { ttlMs: 5000 } : {}
    expect(codec.readResult(read)).toEqual({ ...whole, ...hint, contents: golden.contents, _meta })
  })

  it('D-12 spells a prompt filled in', () => {
    expect(codec.promptResult(filled)).toEqual({
      ...whole,
      description: 'Greets.',
      messages: golden.blocks.map((content) => ({ role: 'user', content })),
      _meta,
    })
  })

  it('D-12 spells completions', () => {
    const completion = { values: ['a'], total: 1, hasMore: false }
    expect(codec.completeResult({ completion })).toEqual({ ...whole, completion })
  })

  it('H-76, M-37 has its own code for a resource that does not exist', () => {
    expect(codec.errorCode(new ProtocolError('resource_not_found', 'no'))).toBe(golden.notFound)
    expect(codec.errorCode(new ProtocolError('invalid_params', 'no'))).toBe(-32602)
  })

  it('D-12 leaves what it was given as it was', () => {
    const all = { resource, template, prompt, read, filled }
    const before = structuredClone(all)
    codec.resource(resource)
    codec.resourceTemplate(template)
    codec.prompt(prompt)
    codec.readResult(read)
    codec.promptResult(filled)
    expect(all).toEqual(before)
  })
})
