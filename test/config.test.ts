import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../src/config'

const PROOF = `v=MCPv1; k=ed25519; p=${'A'.repeat(43)}=`

describe('readConfig()', () => {
  it('needs no setting at all', () => {
    expect(readConfig({})).toEqual({
      tenant: 'default',
      publicOrigin: undefined,
      allowedOrigins: new Set(),
      clientDomains: { allowed: undefined, denied: [] },
      openAiAppsChallenge: undefined,
      mcpRegistryAuth: undefined,
      jurisdiction: undefined,
      local: false,
    })
  })

  it.each(['', '  ', undefined, null, 5, {}])('takes %j for a setting that is not set', (value) => {
    const names = [
      'TENANT',
      'PUBLIC_ORIGIN',
      'ALLOWED_ORIGINS',
      'ALLOWED_CLIENT_DOMAINS',
      'DENIED_CLIENT_DOMAINS',
      'OPENAI_APPS_CHALLENGE',
      'MCP_REGISTRY_AUTH',
      'JURISDICTION',
      'QUAYSIDE_LOCAL',
    ]
    expect(readConfig(Object.fromEntries(names.map((name) => [name, value])))).toEqual(
      readConfig({}),
    )
  })

  it('reads each of them, blanks around it aside', () => {
    const config = readConfig({
      TENANT: ' acme-2 ',
      PUBLIC_ORIGIN: 'https://mcp.example.com:8443/',
      ALLOWED_ORIGINS: ' https://a.example, http://localhost:3000/\n',
      ALLOWED_CLIENT_DOMAINS: ' Claude.AI, chatgpt.com\n',
      DENIED_CLIENT_DOMAINS: 'bücher.example 203.0.113.7',
      OPENAI_APPS_CHALLENGE: ' a-token\n',
      MCP_REGISTRY_AUTH: ` ${PROOF}\n`,
      JURISDICTION: 'eu',
      QUAYSIDE_LOCAL: '1',
    })
    expect(config.publicOrigin?.origin).toBe('https://mcp.example.com:8443')
    expect(config).toMatchObject({
      tenant: 'acme-2',
      allowedOrigins: new Set(['https://a.example', 'http://localhost:3000']),
      clientDomains: {
        allowed: ['claude.ai', 'chatgpt.com'],
        denied: ['xn--bcher-kva.example', '203.0.113.7'],
      },
      openAiAppsChallenge: 'a-token',
      mcpRegistryAuth: PROOF,
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
    ['ALLOWED_CLIENT_DOMAINS', '*'],
    ['ALLOWED_CLIENT_DOMAINS', '*.example.com'],
    ['ALLOWED_CLIENT_DOMAINS', '.example.com'],
    ['ALLOWED_CLIENT_DOMAINS', 'example.com.'],
    ['ALLOWED_CLIENT_DOMAINS', 'https://example.com'],
    ['ALLOWED_CLIENT_DOMAINS', 'example.com/client.json'],
    ['ALLOWED_CLIENT_DOMAINS', 'example.com:8443'],
    ['ALLOWED_CLIENT_DOMAINS', 'user@example.com'],
    ['DENIED_CLIENT_DOMAINS', 'good.example evil.example/path'],
    ['DENIED_CLIENT_DOMAINS', '!evil.example'],
    ['OPENAI_APPS_CHALLENGE', 'two words'],
    ['OPENAI_APPS_CHALLENGE', 'tokén'],
    ['OPENAI_APPS_CHALLENGE', 'x'.repeat(1025)],
    ['MCP_REGISTRY_AUTH', PROOF.slice(0, 30)],
    ['MCP_REGISTRY_AUTH', PROOF.replace('ed25519', 'rsa')],
    ['MCP_REGISTRY_AUTH', PROOF.slice('v=MCPv1; '.length)],
    ['MCP_REGISTRY_AUTH', `${PROOF}; ${PROOF}`],
    ['JURISDICTION', 'EU'],
    ['JURISDICTION', 'de'],
    ['JURISDICTION', 'constructor'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError)
    expect(() => readConfig({ [name]: value })).toThrow(name)
  })
})
