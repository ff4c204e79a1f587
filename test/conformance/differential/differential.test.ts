/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/app'
import { compare, type Difference, type Facts, factsOf } from './compare'
import { CORPUS, type RawExchange } from './corpus'
import { matches, REVIEWED, type ReviewedDifference } from './differences'
import { gauge, shelf } from './module'
import { officialHandler } from './official'

const ORIGIN = 'http://127.0.0.1:8787'
type Server = (request: Request) => Promise<Response>

const app = createApp([gauge, shelf])
const ours: Server = async (request) => app.fetch(request, env, createExecutionContext())
const handlers = { gauge: officialHandler(gauge), shelf: officialHandler(shelf) }
const official: Server = (request) =>
  handlers[new URL(request.url).pathname.startsWith('/shelf') ? 'shelf' : 'gauge'](request)

const USUAL = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

async function openSession(server: Server, module: string, revision: string): Promise<string> {
  const send = (body: object, headers = {}) =>
    server(
      new Request(`${ORIGIN}/${module}/mcp`, {
        method: 'POST',
        headers: { ...USUAL, ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      }),
    )
  const opened = await send({
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: revision,
      capabilities: {},
      clientInfo: { name: 'referee', version: '1.0.0' },
    },
  })
  await opened.text()
  const id = opened.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session at ${revision}: ${opened.status}`)
  const taken = await send({ method: 'notifications/initialized' }, { 'mcp-session-id': id })
  await taken.text()
  return id
}

/** Asks one server, in a session of its own where one is needed. */
async function ask(server: Server, exchange: RawExchange): Promise<Facts> {
  const { module, session, verb, headers, body } = exchange
  const sent = new Headers(USUAL)
  if (session === 'forged') sent.set('mcp-session-id', 'made-up')
  else if (session !== undefined) {
    const id = await openSession(server, module, session === 'ended' ? '2025-11-25' : session)
    sent.set('mcp-session-id', id)
    if (session !== '2025-03-26' && session !== 'ended') sent.set('mcp-protocol-version', session)
    if (session === 'ended') {
      const over = await server(
        new Request(`${ORIGIN}/${module}/mcp`, { method: 'DELETE', headers: sent }),
      )
      await over.text()
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) sent.delete(name)
    else sent.set(name, value)
  }
  const takesBody = verb !== 'GET' && verb !== 'DELETE'
  // Bytes: a text would bring a content type of its own where none is sent.
  const bytes = takesBody && body !== undefined ? new TextEncoder().encode(body) : null
  return await factsOf(
    await server(
      new Request(`${ORIGIN}/${module}/mcp`, { method: verb, headers: sent, body: bytes }),
    ),
  )
}

/** Whether an entry accounts for a difference, by one of its patterns of each kind. */
const covers = (
  { where, differs }: ReviewedDifference,
  { exchange, path, official, ours }: Difference,
): boolean =>
  where.some((pattern) => matches(pattern, exchange)) &&
  ('answers' in differs
    ? path === 'answer' && official === differs.answers[0] && ours === differs.answers[1]
    : path !== 'answer' && differs.facts.some((pattern) => matches(pattern, path)))

/** An entry taken apart, so that none of its patterns outlives what it was written for. */
const partsOf = (entry: ReviewedDifference): ReviewedDifference[] => {
  const { where, differs } = entry
  const byPlace = where.map((pattern) => ({ ...entry, where: [pattern] as const }))
  if ('answers' in differs) return byPlace
  const byFact = differs.facts.map((fact) => ({ ...entry, differs: { facts: [fact] } }))
  return [...byPlace, ...byFact]
}

describe('beside the official SDK', () => {
  const found: Difference[] = []

  beforeAll(async () => {
    for (const exchange of CORPUS) {
      const [theirs, own] = [await ask(official, exchange), await ask(ours, exchange)]
      found.push(...compare(exchange.name, theirs, own))
    }
  }, 120_000)

  it('asks hundreds of things, each under a name of its own', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(300)
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length)
  })

  it('is told the same, but for what is reviewed', () => {
    const unlisted = found.filter((one) => !REVIEWED.some((entry) => covers(entry, one)))
    expect(unlisted).toEqual([])
  })

  it('differs in everything that the list says', () => {
    const stale = REVIEWED.flatMap(partsOf).filter(
      (part) => !found.some((one) => covers(part, one)),
    )
    expect(stale.map(({ where, differs }) => ({ where, differs }))).toEqual([])
  })
})
