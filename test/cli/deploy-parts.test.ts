import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nextSteps } from '../../src/cli/deploy/next-steps.ts'
import {
  originOfTargets,
  savePublicOrigin,
  servesOrigin,
} from '../../src/cli/deploy/public-origin.ts'
import { assertNotElsewhere, reach } from '../../src/cli/deploy/reach.ts'
import {
  migrationsIn,
  newestMigrations,
  renderNewestMigrations,
} from '../../src/cli/newest-migrations.ts'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { readRawConfig } from '../../src/cli/read-config.ts'
import { temporaryFolder } from '../support/temporary.ts'

describe('the schema the Worker was built for', () => {
  it('is the newest migration of each folder', async () => {
    const text = await readFile(join(projectRoot, 'src/store/newest-migrations.ts'), 'utf8')
    expect(text).toBe(renderNewestMigrations(await newestMigrations(defaultConfigPath)))
  })

  it('goes by the numbers, as wrangler does, and by bindings of every environment', async () => {
    await using folder = await temporaryFolder()
    const config = join(folder.path, 'wrangler.toml')
    const table = (name: string, binding: string) =>
      `[[${name}]]\nbinding = "${binding}"\nmigrations_dir = "."\n`
    await writeFile(
      config,
      `name = "x"\n${table('d1_databases', 'A')}${table('env.e.d1_databases', 'B')}`,
    )
    for (const name of ['10_ten.sql', '9_nine.sql', '0002_two.sql', 'README.md']) {
      await writeFile(join(folder.path, name), '')
    }
    expect(await migrationsIn(folder.path)).toEqual(['0002_two.sql', '9_nine.sql', '10_ten.sql'])
    const newest = await newestMigrations(config)
    expect([...newest]).toEqual([
      ['A', '10_ten.sql'],
      ['B', '10_ten.sql'],
    ])
    expect(renderNewestMigrations(new Map([['A', "it's.sql"]]))).toContain("  A: 'it\\'s.sql',\n")
    expect(renderNewestMigrations(new Map())).toMatch(/= \{\}\n$/)
  })
})

describe('where a deployment is reached', () => {
  it.each([
    [['https://quayside.team.workers.dev', 'Producer for q'], 'https://quayside.team.workers.dev'],
    [['https://q.team.workers.dev', 'mcp.example.com (custom domain)'], 'https://mcp.example.com'],
    [['MCP.example.com (custom domain - zone name: example.com)'], 'https://mcp.example.com'],
    [['example.com/*', '*.example.com/mcp/*', 'schedule: 0 * * * *'], undefined],
    [[], undefined],
  ])('of %j is %s', (targets, origin) => {
    expect(originOfTargets(targets)).toBe(origin)
  })

  it.each([
    ['https://mcp.example.com', ['mcp.example.com (custom domain)'], true],
    ['https://mcp.example.com', ['mcp.example.com/*'], true],
    ['https://mcp.example.com', ['*.example.com/*'], true],
    ['https://mcp.example.com', ['https://quayside.team.workers.dev'], false],
    ['https://quayside.team.workers.dev', ['https://quayside.team.workers.dev'], true],
    ['https://example.com', ['mcp.example.com/*'], false],
  ])('serves %s through %j: %s', (origin, targets, serves) => {
    expect(servesOrigin(targets, origin)).toBe(serves)
  })
})

describe('savePublicOrigin', () => {
  const ORIGIN = 'https://mcp.example.com'
  async function saved(text: string, env?: string) {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'wrangler.toml')
    await writeFile(path, text)
    const failure = await savePublicOrigin(path, env, ORIGIN).then(
      () => undefined,
      (error: Error) => error.message,
    )
    return { config: readRawConfig(path), text: await readFile(path, 'utf8'), failure }
  }

  it('adds it to what is there, and leaves the rest alone', async () => {
    const { text } = await saved('name = "x" # mine\n\n[vars] # settings\nTENANT = "t"\n')
    expect(text).toBe(
      `name = "x" # mine\n\n[vars] # settings\nPUBLIC_ORIGIN = "${ORIGIN}"\nTENANT = "t"\n`,
    )
  })

  it('makes the table where there is none, for the environment that was deployed', async () => {
    expect((await saved('name = "x"\n')).config.vars).toEqual({ PUBLIC_ORIGIN: ORIGIN })
    const { config } = await saved('name = "x"\n[env.staging]\nname = "y"\n', 'staging')
    expect(config.vars).toBeUndefined()
    expect(config.env?.staging).toEqual({ name: 'y', vars: { PUBLIC_ORIGIN: ORIGIN } })
  })

  it.each(['vars = { TENANT = "t" }\n', '[vars]\nPUBLIC_ORIGIN = ""\n'])(
    'says what to write where it cannot: %j',
    async (text) => {
      const { failure, text: after } = await saved(text)
      expect(failure).toContain(`:\nPUBLIC_ORIGIN = "${ORIGIN}"`)
      expect(after).toBe(text)
    },
  )
})

describe('reach', () => {
  const MODULES = {
    modules: [{ name: 'time', title: 'Time', access: 'public', url: '/time/mcp', tools: [] }],
  }
  const answering = (make: () => Response | Promise<Response>) => {
    const urls: string[] = []
    const ask = async (url: string | URL | Request) => {
      urls.push(String(url))
      return make()
    }
    return { urls, options: { fetch: ask as typeof fetch, patienceMs: [0, 0] } }
  }
  const page = (status: number, headers: Record<string, string> = {}) =>
    new Response('<html>', { status, headers: { 'content-type': 'text/html', ...headers } })

  it('finds the modules', async () => {
    const { urls, options } = answering(() => Response.json(MODULES))
    expect(await reach('https://mcp.example.com', options)).toEqual({ ok: true, ...MODULES })
    expect(urls).toEqual(['https://mcp.example.com/modules.json'])
  })

  it('is patient with an address nobody knows yet', async () => {
    let asked = 0
    const { options } = answering(() => {
      asked += 1
      if (asked === 1) throw new TypeError('fetch failed')
      return Response.json(MODULES)
    })
    expect((await reach('https://mcp.example.com', options)).ok).toBe(true)
  })

  it.each([
    [
      'nothing',
      () => Promise.reject(new TypeError('fetch failed')),
      'nothing answers there yet',
      2,
    ],
    ['no Worker', () => page(522), 'finds no Worker there yet (522)', 2],
    ['a challenge', () => page(503, { 'cf-mitigated': 'challenge' }), 'bot protection answers', 1],
    ['a block page', () => page(403), 'bot protection answers', 1],
    ['somebody else', () => page(200), 'is not this platform (200)', 1],
    ['other JSON', () => Response.json({ modules: 5 }), 'is not this platform (200)', 1],
  ])('tells %s from the others', async (_, answer, reason, times) => {
    const { urls, options } = answering(answer)
    const reached = await reach('https://mcp.example.com', options)
    expect(reached).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
    expect(urls).toHaveLength(times)
  })

  it('refuses to make a second platform beside one that answers at its address', async () => {
    const account = { id: 'a'.repeat(32), name: 'Team' }
    const origin = 'https://mcp.example.com'
    const there = answering(() => Response.json(MODULES)).options
    await expect(assertNotElsewhere(origin, account, there)).rejects.toThrow(
      /^Wrong account\? A Quayside answers at https:\/\/mcp\.example\.com already, and the account Team/,
    )
    const gone = answering(() => Promise.reject(new TypeError('fetch failed'))).options
    await assertNotElsewhere(origin, account, gone)
    await assertNotElsewhere(undefined, account, there)
  })
})

describe('nextSteps', () => {
  it('names every connector and says what to do with it in Claude and ChatGPT', () => {
    const text = nextSteps('https://mcp.example.com', [
      { name: 'time', title: 'Time', access: 'public', url: '/time/mcp', tools: [] },
      'support',
    ])
    expect(text).toContain('  Time (public)  https://mcp.example.com/time/mcp\n')
    expect(text).toContain('  support        https://mcp.example.com/support/mcp\n')
    expect(text).toContain('npm run doctor -- https://mcp.example.com/time/mcp')
    for (const client of ['Claude, on the web', 'ChatGPT, on the web'])
      expect(text).toContain(client)
  })
})
