/** The knowledge base and the shop, as the official client meets them after its person signed in. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, siteAt } from '../support/oauth-flow.ts'
import { type Platform, start } from '../support/platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await start()
})
afterAll(() => platform?.stop())

async function open(module: string, mode: 'legacy' | { pin: string }): Promise<Client> {
  const { tokens } = await connect(siteAt(platform.origin), { module })
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  const client = new Client(
    { name: 'quayside-tests', version: '1.0.0' },
    { versionNegotiation: { mode } },
  )
  const url = new URL(`${platform.origin}/${module}/mcp`)
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
  return client
}

describe.each([
  ['at 2026-07-28', { pin: '2026-07-28' }],
  ['in a session', 'legacy'],
] as const)('the official client %s', (_, mode) => {
  it('searches the documentation, reads what it found, and reads a document as a resource', async () => {
    const client = await open('docs', mode)
    const found = await client.callTool({ name: 'search', arguments: { query: 'a database' } })
    const { results } = found.structuredContent as { results: { id: string }[] }
    expect(found.content).toEqual([{ type: 'text', text: JSON.stringify(found.structuredContent) }])
    const read = await client.callTool({ name: 'fetch', arguments: { id: results[0]?.id } })
    expect(read.structuredContent).toMatchObject({ id: results[0]?.id, url: '' })
    const { resources } = await client.listResources()
    const readme = resources.find(({ uri }) => uri === 'docs://README.md')
    expect(readme).toMatchObject({ title: 'Quayside', mimeType: 'text/markdown' })
    const { contents } = await client.readResource({ uri: 'docs://docs/modules.md' })
    expect(contents).toMatchObject([{ text: expect.stringMatching(/^# Writing a module\n/) }])
    await client.close()
  })

  it('reads the schema of the shop, asks it in SQL, and is told what is not allowed', async () => {
    const client = await open('sql', mode)
    const { contents } = await client.readResource({ uri: 'sql://schema' })
    expect(JSON.parse((contents[0] as { text: string }).text)).toHaveProperty('tables')
    const sql = 'SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY n DESC'
    const counted = await client.callTool({ name: 'query', arguments: { sql } })
    expect(counted.structuredContent).toMatchObject({
      columns: ['status', 'n'],
      rows: expect.arrayContaining([['pending', 12]]),
      redacted: [],
    })
    const refused = await client.callTool({
      name: 'query',
      arguments: { sql: 'DROP TABLE orders' },
    })
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Only SELECT is allowed') }],
    })
    await client.close()
  })
})
