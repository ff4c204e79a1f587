import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildWorker } from '../../src/cli/build-worker.ts'
import { defaultConfigPath } from '../../src/cli/project.ts'
import { conformanceEntry } from './referee.node.ts'

const FIXTURE_NAMES = ['test_simple_text', 'test_missing_capability', 'json_schema_2020_12_tool']

async function namesInBundle(entry?: string): Promise<string[]> {
  const modules = await buildWorker({ configPath: defaultConfigPath, ...(entry && { entry }) })
  const text = modules.map(({ contents }) => Buffer.from(contents).toString('utf8')).join('\n')
  return FIXTURE_NAMES.filter((name) => text.includes(name))
}

it('deploys nothing of the conformance fixture', async () => {
  expect(await namesInBundle(conformanceEntry)).toEqual(FIXTURE_NAMES) // they would be found
  expect(await namesInBundle()).toEqual([])
})

it('names nothing below test/ in the configuration that is deployed', async () => {
  expect(await readFile(defaultConfigPath, 'utf8')).not.toMatch(/\btest\//)
})
