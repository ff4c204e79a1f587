import { describe, expect, it } from 'vitest'
import { idOf, readMessage } from '../../src/protocol/json-rpc'

const message = (changes: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'ping',
  ...changes,
})

describe('reading a message', () => {
  it.each([
    ['a request', message({}), { kind: 'request', id: 1, method: 'ping', params: {} }],
    ['a string id', message({ id: '1' }), { kind: 'request', id: '1', method: 'ping', params: {} }],
    ['the id 0', message({ id: 0 }), { kind: 'request', id: 0, method: 'ping', params: {} }],
    ['an empty id', message({ id: '' }), { kind: 'request', id: '', method: 'ping', params: {} }],
    [
      'a notification',
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { kind: 'notification', method: 'notifications/initialized', params: {} },
    ],
    [
      'a result',
      { jsonrpc: '2.0', id: 'q', result: { a: 1 } },
      { kind: 'response', id: 'q', outcome: { result: { a: 1 } } },
    ],
    [
      'an error',
      { jsonrpc: '2.0', id: 'q', error: { code: 1, message: 'no' } },
      { kind: 'response', id: 'q', outcome: { error: { code: 1, message: 'no' } } },
    ],
    [
      'members nobody knows',
      message({ extra: true }),
      { kind: 'request', id: 1, method: 'ping', params: {} },
    ],
  ])('takes %s', (_, body, expected) => {
    expect(readMessage(body)).toEqual({ ok: true, message: expected })
  })

  it.each([
    ['null', null],
    ['a number', 1],
    ['a string', 'ping'],
    ['true', true],
    ['an empty object', {}],
    ['no version', { id: 1, method: 'ping' }],
    ['version 1.0', message({ jsonrpc: '1.0' })],
    ['version 2.0 as a number', message({ jsonrpc: 2 })],
    ['the id null', message({ id: null })],
    ['a fractional id', message({ id: 1.5 })],
    ['an id past the safe integers', message({ id: 2 ** 53 })],
    ['an id that is true', message({ id: true })],
    ['an id that is an object', message({ id: {} })],
    ['an id that is an array', message({ id: [1] })],
    ['a method that is a number', message({ method: 1 })],
    ['a method that is null', message({ method: null })],
    ['params that are an array', message({ params: [] })],
    ['params that are null', message({ params: null })],
    ['params that are text', message({ params: 'a' })],
    ['neither method nor id', { jsonrpc: '2.0' }],
    ['an id alone', { jsonrpc: '2.0', id: 1 }],
    ['a result without an id', { jsonrpc: '2.0', result: {} }],
    ['a result that is text', { jsonrpc: '2.0', id: 1, result: 'done' }],
    ['an error that is text', { jsonrpc: '2.0', id: 1, error: 'no' }],
    ['result and error at once', { jsonrpc: '2.0', id: 1, result: {}, error: {} }],
  ])('refuses %s', (_, body) => {
    const read = readMessage(body)
    expect(read.ok).toBe(false)
    expect('problem' in read && read.problem).toMatch(/\w/)
  })

  it.each([
    [{ id: 'a', jsonrpc: '1.0' }, 'a'],
    [{ id: 4, method: [] }, 4],
    [{ id: null }, null],
    [{ id: {} }, null],
    [{}, null],
    [[{ id: 1 }], null],
    ['text', null],
    [null, null],
  ])('finds the id of an unreadable message: %j', (body, id) => {
    expect(idOf(body)).toBe(id)
  })
})
