import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { NOT_YET } from './not-yet.ts'
import { type ConformanceServer, runSuite, startConformance } from './referee.node.ts'
import { SUITES } from './suites.ts'

describe('the official conformance suite', () => {
  let server: ConformanceServer

  beforeAll(async () => {
    server = await startConformance()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(SUITES)('passes at $name but for what is known not to be served', async (suite) => {
    const checks = await runSuite(suite, server.url)
    expect(judge(suite.name, checks, NOT_YET).problems).toEqual([])
  })
})
