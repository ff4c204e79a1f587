import { describe, expect, it } from 'vitest'
import { withoutCredentials, withoutValues } from '../../src/lib'

describe('withoutCredentials', () => {
  it.each([
    ['sent Bearer abc.def-ghi', 'sent Bearer [hidden]'],
    ['GET /cb?code=abc&state=s', 'GET /cb?code=[hidden]&state=s'],
    ['{"refresh_token":"abc","scope":"x"}', '{"refresh_token":"[hidden]","scope":"x"}'],
    ['client_secret = abc', 'client_secret = [hidden]'],
    ['connect postgres password=hunter2 now', 'connect postgres password=[hidden] now'],
    ['key 7fGhK29sLmQ0zXcV8bNn4TyU end', 'key [hidden] end'],
    ['aQxZbTrPlMkNjHgFdSaWqErTyUiOpLkJ', '[hidden]'],
    ['sha d2a84f4b8b650937ec8f73cd8be2c74a', 'sha [hidden]'],
  ])('masks %j', (text, masked) => {
    expect(withoutCredentials(text)).toBe(masked)
  })

  it.each([
    'TypeError: x is not a function at verifyAuthenticationResponse (index.js:11224:34)',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0',
    '8c9e6679-7425-40de-944b-e07fc1f90ae7',
    'D1_ERROR: no such table: tickets: SQLITE_ERROR',
    'a sentence about a token and a code',
    'needs vault:read vault:write',
  ])('leaves %j as it is', (text) => {
    expect(withoutCredentials(text)).toBe(text)
  })

  it('takes no longer for text made to confuse it', () => {
    const startedAt = performance.now()
    for (const hostile of ['a'.repeat(200_000), 'token='.repeat(40_000), 'Bearer '.repeat(40_000)])
      withoutCredentials(hostile)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe('withoutValues', () => {
  it('masks strings and numbers wherever they stand in the value', () => {
    const value = { city: 'Zürich', deep: [{ id: 40_007 }] }
    expect(withoutValues('no hotel in Zürich for 40007', value)).toBe(
      'no hotel in [hidden] for [hidden]',
    )
  })

  it('masks a value as JSON would quote it', () => {
    const word = 'a "b"\n'
    expect(withoutValues(`got ${JSON.stringify({ word })}`, { word })).toBe(
      'got {"word":"[hidden]"}',
    )
  })

  it('masks the longer of two values that begin alike', () => {
    expect(withoutValues('abcdef abc', ['abc', 'abcdef'])).toBe('[hidden] [hidden]')
  })

  it('leaves what is too short to be told from ordinary text', () => {
    expect(withoutValues('a is 1', { a: 'a', one: 1 })).toBe('a is 1')
  })

  it('finds a value however deep it is', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}"needle"${']'.repeat(50_000)}`)
    expect(withoutValues('a needle here', deep)).toBe('a [hidden] here')
  })

  it.each([undefined, null, true, {}])('has nothing to mask in %j', (value) => {
    expect(withoutValues('true or null', value)).toBe('true or null')
  })
})
