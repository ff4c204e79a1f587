/** `npm run import:openapi` on documents of others, and the modules it makes of them. */
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'

const fixtures = join(import.meta.dirname, '../fixtures/openapi')

const HOSTILE = {
  openapi: '3.1.0',
  info: {
    title: '*/ globalThis.pwned = 1 /*',
    version: "1'; process.exit(1) //",
    description: `A \`$${'{globalThis.pwned = 2}'}\` | table\n\n# heading`,
  },
  servers: [{ url: 'https://api.example.com' }],
  paths: {
    '/a\'"`': {
      get: {
        operationId: "rm -rf /; globalThis.pwned = 3 //'",
        summary: '`+(globalThis.pwned=4)+`',
        parameters: [{ name: '__proto__', in: 'query', schema: { type: 'string' } }],
        responses: {
          200: {
            description: '',
            content: { 'application/json': { schema: { type: 'object', title: '*/' } } },
          },
        },
      },
    },
  },
}

let project: ProjectCopy
beforeAll(async () => {
  project = await copyProject()
  await mkdir(join(project.path, 'apis'))
  const github = gunzipSync(await readFile(join(fixtures, 'github.json.gz')))
  await writeFile(join(project.path, 'apis/github.json'), github)
  await cp(join(fixtures, 'frankfurter.json'), join(project.path, 'apis/frankfurter.json'))
  await writeFile(join(project.path, 'apis/hostile.json'), JSON.stringify(HOSTILE))
})
afterAll(() => project?.[Symbol.asyncDispose]())

async function importing(...args: string[]) {
  await using command = project.quayside(['import-openapi', ...args])
  const finished = await command.finished
  expect(finished.stderr).not.toMatch(/^ +at /m)
  return finished
}
async function tool(name: string, ...args: string[]) {
  const program = join(project.path, 'node_modules/.bin', name)
  await using command = startCommand(program, args, { cwd: project.path })
  const { code, stdout, stderr } = await command.finished
  expect([name, code, code === 0 ? '' : stdout + stderr]).toEqual([name, 0, ''])
}
const text = (path: string) => readFile(join(project.path, path), 'utf8')

describe('npm run import:openapi', () => {
  it('refuses with a sentence, and changes nothing', async () => {
    const before = [await readdir(join(project.path, 'servers')), await text('servers/index.ts')]
    for (const [args, sentence] of [
      [
        ['apis/github.json', 'github'],
        /^That is 11\d\d operations, and more than 60 tools are too/,
      ],
      [
        ['apis/github.json', 'github', '--operations', 'nope/*'],
        /No operation is meant by "nope\/\*"/,
      ],
      [
        ['apis/github.json', 'github', '--operations', 'issues/create', '--public'],
        /--public lets anyone call, and issues_create changes something\./,
      ],
      [
        ['apis/frankfurter.json', 'rates', '--public', '--auth', 'bearer'],
        /these calls carry your credentials/,
      ],
      [
        ['apis/frankfurter.json', 'rates', '--server', 'http://localhost/'],
        /has to be an https address\. Name it: --server https/,
      ],
      [['apis/frankfurter.json', 'support'], /There is a folder servers\/support already\./],
      [['apis/frankfurter.json', 'Rates'], /How about "rates"\?/],
      [['apis/gone.json', 'rates'], /Could not read apis\/gone\.json\. There is no such file\./],
      [['wrangler.toml', 'rates'], /wrangler\.toml is /],
      [
        ['apis/frankfurter.json'],
        /Name a document and a module, or a document and --list\.\nUsage:/,
      ],
      [['apis/frankfurter.json', 'rates', '--prefix', 'a-b'], /--prefix takes up to 20 letters/],
    ] as [string[], RegExp][]) {
      const { code, stdout, stderr } = await importing(...args)
      expect([args, code, stdout]).toEqual([args, 1, ''])
      expect(stderr).toMatch(sentence)
    }
    expect([await readdir(join(project.path, 'servers')), await text('servers/index.ts')]).toEqual(
      before,
    )
  })

  it('lists what there is to choose from', async () => {
    const { code, stdout } = await importing('apis/github.json', '--list')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^GitHub.+: 1\d\d\d operations\n/)
    expect(stdout).toContain('issues/create\tPOST /repos/{owner}/{repo}/issues\tCreate an issue\n')
  })

  it('makes modules of a small, a large and a hostile document, which work', async () => {
    const rates = await importing('apis/frankfurter.json', 'rates', '--public')
    expect(rates).toMatchObject({ code: 0, stderr: '' })
    expect(rates.stdout).toContain('Review it before you serve it')

    const operations =
      'issues/get,issues/list-for-repo,issues/create,repos/delete,markdown/render,' +
      'repos/upload-release-asset,search/*'
    const options = ['--operations', operations, '--auth', 'bearer', '--prefix', 'gh_']
    const github = await importing('apis/github.json', 'github', '--title', 'GitHub', ...options)
    expect(github).toMatchObject({ code: 0, stderr: '' })
    expect(github.stdout).toContain('gh_issues_create, ')
    expect(github.stdout).toContain(
      'Left out:\n  repos/upload-release-asset: it is sent application/octet-stream',
    )
    expect(github.stdout).toContain('GITHUB_TOKEN in .dev.vars, or as a secret when deployed')
    expect(await text('servers/github/index.ts')).toMatch(
      /secrets: \{\n {4}TOKEN: \{\n {6}description: 'Access token of GitHub',\n {6}inject: \{ host: 'api\.github\.com', header: 'authorization', format: 'Bearer \{secret\}' \},/,
    )
    expect(await text('servers/github/index.ts')).toContain("egress: ['api.github.com'],")
    expect(await text('servers/github/README.md')).toContain(
      '| `gh_issues_get` | Get an issue | `GET /repos/{owner}/{repo}/issues/{issue_number}` | `github:read` |',
    )
    expect(await importing('apis/hostile.json', 'hostile', '--public')).toMatchObject({ code: 0 })
    expect(await text('servers/index.ts')).toContain(
      '[time, support, docs, sql, rates, github, hostile]',
    )

    await tool('biome', 'ci', '--colors=off', 'servers', 'test/servers')
    await cp(
      join(import.meta.dirname, '../fixtures/imported-modules.ts'),
      join(project.path, 'test/servers/imported.test.ts'),
    )
    // With the tests that were made beside the modules.
    await tool(
      'vitest',
      'run',
      '--project',
      'worker',
      'imported',
      'rates',
      'github.test',
      'hostile',
    )
    expect(existsSync(join(project.path, 'servers/github/schemas.ts'))).toBe(true)
  }, 180_000)

  it('makes modules that type-check', () => tool('tsc', '-p', 'tsconfig.json'), 180_000)
})
