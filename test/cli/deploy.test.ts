import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultConfigPath, projectRoot } from '../../src/cli/project.ts'
import { quayside } from '../support/command.ts'
import { loopbackOnly } from '../support/loopback-only.ts'
import { temporaryFolder } from '../support/temporary.ts'

async function dryRun(config: string, extra: string[] = []) {
  await using command = quayside(['deploy', '--dry-run', '--config', config, ...extra], {
    env: loopbackOnly,
  })
  return await command.finished
}

/** The project's own configuration with something appended, in another folder. */
async function configured(folder: string, addition: string): Promise<string> {
  const original = await readFile(defaultConfigPath, 'utf8')
  const main = JSON.stringify(join(projectRoot, 'src/index.ts'))
  const path = join(folder, 'wrangler.toml')
  await writeFile(path, `${original.replace('main = "src/index.ts"', `main = ${main}`)}${addition}`)
  return path
}

describe('npm run deploy -- --dry-run', () => {
  it('prints the size of the Worker, offline, and uploads nothing', async () => {
    const { code, stdout, stderr } = await dryRun(defaultConfigPath)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Worker: \d+ KB gzip\nDry run: nothing was uploaded\.\n$/)
    expect(Number(/\d+/.exec(stdout)?.[0])).toBeLessThanOrEqual(300)
  })

  it.each(['--dry-run=true', '--dryRun'])('is one too when it is spelt %s', async (flag) => {
    await using command = quayside(['deploy', '--config', defaultConfigPath, flag], {
      env: loopbackOnly,
    })
    const { code, stdout } = await command.finished
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nDry run: nothing was uploaded\.\n$/)
  })

  it('is one too when npm was given the flag and kept it', async () => {
    await using command = quayside(['deploy', '--config', defaultConfigPath], {
      env: { ...loopbackOnly, npm_config_dry_run: 'true' },
    })
    const { code, stdout } = await command.finished
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nDry run: nothing was uploaded\.\n$/)
  })

  it('refuses a Worker above 300 KB gzip', async () => {
    await using folder = await temporaryFolder()
    // Does not compress: every character is drawn from a generator.
    let seed = 1
    const noise = Array.from({ length: 500_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647
      return String.fromCharCode(97 + (seed % 26))
    }).join('')
    const entry = join(folder.path, 'entry.js')
    await writeFile(entry, `export default { fetch: () => new Response(${JSON.stringify(noise)}) }`)
    const config = join(folder.path, 'wrangler.toml')
    await writeFile(config, 'name = "big"\nmain = "entry.js"\ncompatibility_date = "2026-11-01"\n')

    const { code, stdout, stderr } = await dryRun(config)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Worker: \d+ KB gzip\n$/)
    expect(stderr).toMatch(/^The Worker is too large: \d+ KB gzip, and 300 KB is the limit\. /)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it.each([
    [
      'vars',
      '\n[env.other]\n',
      (toml: string) => toml.replace('[vars]', '[vars]\nQUAYSIDE_LOCAL = "1"'),
    ],
    ['env.staging.vars', '\n[env.staging.vars]\nQUAYSIDE_LOCAL = "1"\n', (toml: string) => toml],
    ['env.staging.vars', '\n[env.staging.vars]\nQUAYSIDE_LOCAL = ""\n', (toml: string) => toml],
  ])('refuses QUAYSIDE_LOCAL in [%s]', async (place, addition, change) => {
    await using folder = await temporaryFolder()
    const config = await configured(folder.path, addition)
    await writeFile(config, change(await readFile(config, 'utf8')))
    const { code, stdout, stderr } = await dryRun(config)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(`${config} sets QUAYSIDE_LOCAL in [${place}]. Remove it`)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('refuses QUAYSIDE_LOCAL as an argument', async () => {
    const { code, stderr } = await dryRun(defaultConfigPath, ['--var', 'QUAYSIDE_LOCAL:1'])
    expect(code).toBe(1)
    expect(stderr).toBe('QUAYSIDE_LOCAL must not be deployed. Remove it from the arguments.\n')
  })

  it('says what is wrong with a configuration that cannot be read', async () => {
    const { code, stderr } = await dryRun(join(projectRoot, 'no-such-file.toml'))
    expect(code).toBe(1)
    expect(stderr).toContain('no-such-file.toml')
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
