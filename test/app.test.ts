import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { answerOf, call2026, openSession, type Platform } from './http/platform'

/** The Worker as it is deployed, with its own modules. */
const worker: Platform = {
  origin: 'http://127.0.0.1:8787',
  fetch: (path, init) => exports.default.fetch(`http://127.0.0.1:8787${path}`, init),
}
const time = { platform: worker, path: '/time/mcp' }

describe('the deployed Worker', () => {
  it('D-01 serves clients of both eras at one URL', async () => {
    const args = { time: '2026-07-28T12:00', from: 'Europe/Berlin', to: 'UTC' }
    const { body } = await answerOf(await call2026('convert_time', args, time))
    expect(body.result.structuredContent.to.local).toBe('2026-07-28 10:00:00')
    const session = await openSession('2025-06-18', {}, time)
    const params = { name: 'convert_time', arguments: args }
    const answer = await session.request('tools/call', params)
    expect(answer.body.result.structuredContent.to.local).toBe('2026-07-28 10:00:00')
  })

  it('H-02 refuses a foreign Origin and a foreign Host', async () => {
    const headers = { origin: 'https://evil.example' }
    expect((await worker.fetch('/time/mcp', { headers })).status).toBe(403)
    expect((await exports.default.fetch('http://evil.example/time/mcp')).status).toBe(403)
  })

  it('has a page for people at the root, and lists its modules for programs', async () => {
    const page = await worker.fetch('/')
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await page.text()).toContain('/time/mcp')
    const { modules } = await (await worker.fetch('/modules.json')).json<{ modules: object[] }>()
    expect(modules).toContainEqual(
      expect.objectContaining({ name: 'time', url: 'http://127.0.0.1:8787/time/mcp' }),
    )
  })

  it('answers a quick call with JSON, for there is nothing to stream', async () => {
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug' }
    const response = await call2026('get_current_time', {}, { ...time, meta })
    expect(response.headers.get('content-type')).toBe('application/json')
    await response.text()
  })
})
