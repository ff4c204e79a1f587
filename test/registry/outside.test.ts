/** What start-up says of settings, secrets and hosts. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRegistry, RegistryError } from '../../src/registry'
import { defineServer, defineTool, type SecretPlace, type ServerOptions } from '../../src/sdk'

const server = (over: Partial<ServerOptions>) =>
  defineServer({ name: 'lab', version: '1.0.0', access: 'public', ...over })

function problemsOf(...servers: Partial<ServerOptions>[]): readonly string[] {
  try {
    createRegistry(servers.map(server))
    return []
  } catch (error) {
    if (error instanceof RegistryError) {
      return error.problems.map((it) => it.replace('servers/lab/index.ts: ', ''))
    }
    throw error
  }
}
const secret = (inject: SecretPlace, description = 'A token') =>
  problemsOf({
    egress: ['api.example.com', '*.b.com'],
    secrets: { TOKEN: { description, inject } },
  })

describe('a list of hosts', () => {
  it('takes names, and everything below a name', () => {
    const egress = ['api.example.com', '*.example.com', 'xn--bcher-kva.example.com']
    expect(problemsOf({ egress })).toEqual([])
  })

  it.each([
    ['https://api.example.com', 'must be a host name'],
    ['api.example.com/v1', 'must be a host name'],
    ['api.example.com:8443', 'must be a host name'],
    ['API.example.com', 'must be a host name'],
    ['bücher.example.com', 'must be a host name'],
    ['user@example.com', 'must be a host name'],
    ['', 'must be a host name'],
    ['2130706433', 'must be a host name'],
    ['0x7f.1', 'must be a host name'],
    ['127.0.0.1', 'is an address'],
    ['1.1.1.1', 'is an address'],
    ['[::1]', 'is an address'],
    ['localhost', 'is no name of the public internet'],
    ['metadata.google.internal', 'is no name of the public internet'],
    ['printer.local', 'is no name of the public internet'],
    ['api.example.com.', 'is no name of the public internet'],
    ['*.com', 'is no name of the public internet'],
    ['*', 'may have a "*" only as its whole first part'],
    ['*.*.example.com', 'may have a "*" only as its whole first part'],
    ['api-*.example.com', 'may have a "*" only as its whole first part'],
  ])('refuses "%s"', (entry, problem) => {
    expect(problemsOf({ egress: [entry] })).toEqual([
      expect.stringContaining(`egress[0] "${entry}" ${problem}`),
    ])
  })
})

describe('a secret', () => {
  it('goes into a header or the query of a host that is listed', () => {
    expect(secret({ host: 'api.example.com', header: 'authorization' })).toEqual([])
    expect(secret({ host: 'api.example.com', header: 'cookie', format: 'a={secret}' })).toEqual([])
    expect(secret({ host: 'a.b.com', query: 'api_key' })).toEqual([])
  })

  it.each<[SecretPlace, string]>([
    [
      { host: 'evil.example.org', header: 'x-key' },
      'inject.host "evil.example.org" is not covered',
    ],
    [{ host: '*.b.com', header: 'x-key' }, 'inject.host must be one host, not a pattern'],
    [{ host: 'b.com', header: 'x-key' }, 'inject.host "b.com" is not covered'],
    [{ host: 'a.b.com', header: 'x key' }, 'inject.header "x key" is no header for a secret'],
    [{ host: 'a.b.com', header: 'Host' }, 'inject.header "Host" is no header for a secret'],
    [{ host: 'a.b.com', header: 'x', format: 'Bearer' }, 'inject.format must hold {secret} once'],
    [{ host: 'a.b.com', header: 'x', format: '{secret}\r\nx: {secret}' }, 'inject.format must'],
    [{ host: 'a.b.com', query: '' }, 'inject.query is empty'],
  ])('is refused as %j', (inject, problem) => {
    expect(secret(inject)).toEqual([expect.stringContaining(`secrets.TOKEN.${problem}`)])
  })

  it('has a description, and a place of its own', () => {
    const inject = { host: 'api.example.com', header: 'x-key' }
    expect(secret(inject, ' ')).toEqual([expect.stringContaining('has no description')])
    const one = { description: 'A key', inject }
    const two = { description: 'A key', inject: { ...inject, header: 'X-Key' } }
    expect(problemsOf({ egress: ['api.example.com'], secrets: { A: one, B: two } })).toEqual([
      'secrets.B.inject is where another secret goes',
    ])
  })
})

describe('a setting', () => {
  it.each(['token', 'A-B', '1A', '', '_A'])('is not called "%s"', (name) => {
    expect(problemsOf({ config: { [name]: z.string() } })).toEqual([
      `config.${name} must be capitals, digits and "_", beginning with a capital`,
    ])
  })

  it.each([
    ['setup', 'CODE'],
    ['public', 'ORIGIN'],
    ['quayside', 'LOCAL'],
    ['db', 'SUPPORT'],
    ['key', 'RING'],
  ])('of the module "%s" is not %s, for that is the platform’s', (name, setting) => {
    const [problem] = problemsOf({ name, config: { [setting]: z.string() } })
    expect(problem).toContain("which is the platform's own")
  })

  it('is not that of another module by another name', () => {
    const problems = problemsOf(
      { name: 'a', config: { B_C: z.string() } },
      { name: 'a-b', config: { C: z.string() } },
    )
    expect(problems).toEqual([
      'servers/a-b/index.ts: A_B_C would be a setting of module "a" too; rename it',
    ])
  })

  it('is not a secret too', () => {
    const inject = { host: 'api.example.com', header: 'x-key' }
    const problems = problemsOf({
      egress: ['api.example.com'],
      config: { KEY: z.string() },
      secrets: { KEY: { description: 'A key', inject } },
    })
    expect(problems).toEqual(['secrets.KEY is the name of a setting too'])
  })

  it('is used by items of its own module only', () => {
    const config = { UNITS: z.string() }
    const tool = (uses: { config: typeof config }) =>
      defineTool({ name: 'probe', description: 'Probes.', uses, run: () => '' })
    expect(problemsOf({ config, tools: [tool({ config })] })).toEqual([])
    expect(problemsOf({ config, tools: [tool({ config: { UNITS: z.string() } })] })).toEqual([
      `tools[0].uses.config has "UNITS", which is not in the module's own config`,
    ])
  })
})
