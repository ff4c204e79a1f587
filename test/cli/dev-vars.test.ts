import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Command } from '../support/command.ts'
import { callTool, openSession } from '../support/mcp.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'
import { freePort } from '../support/temporary.ts'

const CANARY = 'canary-of-a-token-4711'

const WEATHER = `
import * as z from 'zod'
import { defineServer, defineTool } from '#sdk'

const config = { UNITS: z.enum(['metric', 'imperial']), DAYS: z.coerce.number().int().default(3) }
const settings = defineTool({
  name: 'settings',
  description: 'Its settings.',
  annotations: { readOnlyHint: true },
  uses: { config },
  run: (_, { config }) => JSON.stringify(config),
})
export default defineServer({
  name: 'weather',
  version: '1.0.0',
  access: 'public',
  config,
  secrets: {
    TOKEN: {
      description: 'Token of the weather service',
      inject: { host: 'api.example.com', header: 'authorization', format: 'Bearer {secret}' },
    },
  },
  egress: ['api.example.com'],
  tools: [settings],
})
`

describe('npm start, with a module that needs a setting and a secret', () => {
  let project: ProjectCopy
  let port: number
  beforeAll(async () => {
    project = await copyProject()
    port = await freePort()
    const path = (name: string) => join(project.path, name)
    await mkdir(path('servers/weather'))
    await writeFile(path('servers/weather/index.ts'), WEATHER)
    const list = await readFile(path('servers/index.ts'), 'utf8')
    const listed = list.replace('= [', '= [weather, ')
    await writeFile(path('servers/index.ts'), `import weather from './weather/index'\n${listed}`)
  })
  afterAll(() => project?.[Symbol.asyncDispose]())

  const start = (...args: string[]): Command =>
    project.quayside(['start', '--port', String(port), ...args], {
      env: { QUAYSIDE_STATE_DIR: join(project.path, 'state'), PORT: undefined },
    })

  it('names both when .dev.vars has neither, and does not start', async () => {
    await using command = start()
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stdout).not.toContain('Quayside is running')
    expect(stderr).toContain(
      'The Worker refused to start:\n' +
        'servers/weather/index.ts: config.UNITS: Module "weather" needs the setting WEATHER_UNITS, which is missing. Set it in .dev.vars, as WEATHER_UNITS=…, and start again.\n' +
        'servers/weather/index.ts: secrets.TOKEN: Module "weather" needs the secret WEATHER_TOKEN, which is missing (Token of the weather service). Set it in .dev.vars, as WEATHER_TOKEN=…, and start again.\n',
    )
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('names the setting that makes no sense, and repeats nothing of it or of the secret', async () => {
    const vars = `WEATHER_UNITS=${CANARY}\nWEATHER_TOKEN=${CANARY}\n`
    await writeFile(join(project.path, '.dev.vars'), vars)
    await using command = start()
    const { code, stdout, stderr } = await command.finished
    expect(code).toBe(1)
    expect(stderr).toContain('the setting WEATHER_UNITS, which is not what its schema takes.')
    expect(stderr).not.toContain('WEATHER_TOKEN')
    expect(stdout + stderr).not.toContain(CANARY)
  })

  it('serves the module with what .dev.vars says, and prints nothing of the secret', async () => {
    const vars = `WEATHER_UNITS="metric"\nWEATHER_TOKEN=${CANARY}\nWEATHER_DAYS=7\n`
    await writeFile(join(project.path, '.dev.vars'), vars)
    await using command = start('--verbose')
    await command.printed(/Press Ctrl-C to stop/)
    const url = `http://localhost:${port}/weather/mcp`
    const answer = await callTool(url, await openSession(url), 'settings')
    expect(await answer.json()).toMatchObject({
      result: { content: [{ text: '{"UNITS":"metric","DAYS":7}' }] },
    })
    await command.printed(/"event":"call"/)
    expect(command.stdout + command.stderr).not.toContain(CANARY)
  })
})
