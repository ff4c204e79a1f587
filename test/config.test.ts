import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../src/config'

describe('readConfig()', () => {
  it('needs no setting at all', () => {
    expect(readConfig({})).toEqual({
      tenant: 'default',
      publicOrigin: undefined,
      allowedOrigins: new Set(),
      jurisdiction: undefined,
      local: false,
    })
  })

  it.each(['', '  ', undefined, null, 5, {}])('takes %j for a setting that is not set', (value) => {
    const names = ['TENANT', 'PUBLIC_ORIGIN', 'ALLOWED_ORIGINS', 'JURISDICTION', 'QUAYSIDE_LOCAL']
    expect(readConfig(Object.fromEntries(names.map((name) => [name, value])))).toEqual(
      readConfig({}),
    )
  })

  it('reads each of them, blanks around it aside', () => {
    const config = readConfig({
      TENANT: ' acme-2 ',
      PUBLIC_ORIGIN: 'https://mcp.example.com:8443/',
      ALLOWED_ORIGINS: ' https://a.example, http://localhost:3000/\n',
      JURISDICTION: 'eu',
      QUAYSIDE_LOCAL: '1',
    })
    expect(config.publicOrigin?.origin).toBe('https://mcp.example.com:8443')
    expect(config).toMatchObject({
      tenant: 'acme-2',
      allowedOrigins: new Set(['https://a.example', 'http://localhost:3000']),
      jurisdiction: 'eu',
      local: true,
    })
  })

  it.each(['true', '0', 'yes'])('is not local for "%s"', (QUAYSIDE_LOCAL) => {
    expect(readConfig({ QUAYSIDE_LOCAL }).local).toBe(false)
  })

  it.each([
    ['TENANT', 'Acme'],
    ['TENANT', '-acme'],
    ['TENANT', 'a/b'],
    ['TENANT', 'a'.repeat(64)],
    ['PUBLIC_ORIGIN', 'mcp.example.com'],
    ['PUBLIC_ORIGIN', 'http://mcp.example.com'],
    ['PUBLIC_ORIGIN', 'https://mcp.example.com/path'],
    ['PUBLIC_ORIGIN', 'https://mcp.example.com/?q'],
    ['PUBLIC_ORIGIN', 'https://mcp.example.com/?'],
    ['PUBLIC_ORIGIN', 'https://mcp.example.com/#a'],
    ['PUBLIC_ORIGIN', 'https://user@mcp.example.com'],
    ['PUBLIC_ORIGIN', 'https://:word@mcp.example.com'],
    ['PUBLIC_ORIGIN', 'https://a.example https://b.example'],
    ['ALLOWED_ORIGINS', 'a.example'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['ALLOWED_ORIGINS', 'https://*.example'],
    ['ALLOWED_ORIGINS', 'https://a.example/path'],
    ['ALLOWED_ORIGINS', 'https://a.example https://b.example/path'],
    ['JURISDICTION', 'EU'],
    ['JURISDICTION', 'de'],
    ['JURISDICTION', 'constructor'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError)
    expect(() => readConfig({ [name]: value })).toThrow(name)
  })
})
