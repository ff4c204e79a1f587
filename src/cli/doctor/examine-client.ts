/** One client, from its first 401 to its first tool call and a little beyond. @module */

import { describe, refuseForeign } from '../client/answer.ts'
import { createDeveloperBrowser, type DeveloperBrowser } from '../client/developer-browser.ts'
import { Fault } from '../client/fault.ts'
import { createMcpClient, type ListedTool } from '../client/mcp.ts'
import { createWire, type WireOptions } from '../client/wire.ts'
import { type ClientProfile, onPort } from './client-profile.ts'
import { discover, identify } from './discovery-steps.ts'
import { beginExamination, type Finding, Stopped } from './examination.ts'
import { examineAfterStepUp, examineEra, examineStepUp } from './mcp-steps.ts'
import type { Patient } from './patient.ts'
import {
  type Connection,
  connect,
  examineInvalidToken,
  examineRefresh,
  examineRefusal,
  examineResourceSpellings,
  giveBack,
} from './token-steps.ts'

export interface ExamineOptions extends WireOptions {
  connector: URL
  isLocal: boolean
  isPublic: boolean
  /** Whom the developer sign-in signs in. */
  as?: string | undefined
  /** Stands in for a sign-in. */
  accessToken?: string | undefined
}

/** Never throws for what a platform does; that is in the findings. */
export async function examineClient(
  profile: ClientProfile,
  options: ExamineOptions,
): Promise<Finding[]> {
  const { connector, isPublic, accessToken } = options
  const examination = beginExamination()
  let patient = admit(profile, options, examination)
  try {
    if (profile.browserOrigin !== undefined && !(await examineCors(patient))) {
      const { browserOrigin: _, ...elsewhere } = profile
      patient = admit(elsewhere, options, examination)
    }
    if (isPublic) {
      for (const era of profile.eras) await examineEra(patient, era, undefined)
      return examination.findings
    }
    const { server, scopes } = await discover(patient)
    const clientId = await identify(patient, server)
    await examineResourceSpellings(patient, server, clientId, scopes)
    const browser = createDeveloperBrowser(
      createWire(connector.origin, { ...options, userAgent: 'Mozilla/5.0 (quayside doctor)' }),
      options.as,
    )
    const connection =
      accessToken === undefined
        ? await connect(patient, browser, server, clientId, scopes)
        : undefined
    const token = connection?.tokens.access_token ?? accessToken
    if (token === undefined) return examination.findings
    let tools: ListedTool[] | undefined
    for (const era of profile.eras) tools = (await examineEra(patient, era, token)) ?? tools
    await examineInvalidToken(patient)
    if (connection) await examineLife(patient, browser, connection, scopes, tools ?? [])
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause
  }
  return examination.findings
}

/** What happens to a connection later: refresh, asking for more, reconnecting, its end. */
async function examineLife(
  patient: Patient,
  browser: DeveloperBrowser,
  connection: Connection,
  scopes: string[] | undefined,
  tools: ListedTool[],
): Promise<void> {
  const { profile } = patient
  const { server, clientId } = connection
  if (profile.needs.includes('iss')) await examineRefusal(patient, browser, connection, scopes)
  const tokens = (await examineRefresh(patient, connection)) ?? connection.tokens
  const granted = tokens.scope?.split(' ') ?? scopes ?? []
  const shortfall = await examineStepUp(patient, tokens.access_token, tools, granted)
  if (shortfall) {
    const more = [...new Set([...granted, ...shortfall.scopes])]
    const larger = await again(patient, 'step-up-sign-in', 'Signing in for more works', () =>
      connect(quiet(patient), browser, server, clientId, more),
    )
    if (larger) {
      await examineAfterStepUp(patient, larger.tokens.access_token, shortfall.tool)
      await giveBack(quiet(patient), larger, larger.tokens)
    }
  }
  if (profile.reconnectsWithoutScope) {
    const title = 'Connecting again without naming scopes works'
    const reconnected = await again(patient, 'reconnect', title, () =>
      connect(quiet(patient), browser, server, clientId, undefined),
    )
    if (reconnected) await giveBack(quiet(patient), reconnected, reconnected.tokens)
  }
  await giveBack(patient, connection, tokens)
}

/** A whole sign-in as one finding. */
async function again(
  { examination }: Patient,
  id: string,
  title: string,
  run: () => Promise<Connection | undefined>,
): Promise<Connection | undefined> {
  return examination.look(id, title, async () => {
    try {
      return await run()
    } catch (cause) {
      // The steps of the inner sign-in were written down where nobody looks: tell of the first fault.
      if (cause instanceof Stopped && cause.cause instanceof Fault) throw cause.cause
      throw cause
    }
  })
}

const quiet = (patient: Patient): Patient => ({ ...patient, examination: beginExamination() })

function admit(
  profile: ClientProfile,
  options: ExamineOptions,
  examination: Patient['examination'],
): Patient {
  const { connector, isLocal } = options
  const onOnePort = onPort(profile, 49_152 + Math.floor(Math.random() * 16_000))
  const { userAgent, accept, browserOrigin, limits, title } = onOnePort
  const wire = createWire(connector.origin, { ...options, userAgent })
  const headers: Record<string, string> = browserOrigin ? { origin: browserOrigin } : {}
  return {
    profile: onOnePort,
    examination,
    wire,
    connector,
    isLocal,
    headers,
    mcp: (era, accessToken) =>
      createMcpClient({
        wire,
        url: connector.href,
        era,
        accept,
        headers,
        clientName: title,
        accessToken,
        limit: accessToken === undefined ? limits.discovery : limits.call,
      }),
  }
}

const NEEDED_HEADERS = [
  'authorization',
  'content-type',
  'mcp-protocol-version',
  'mcp-session-id',
  'mcp-method',
  'mcp-name',
]
const READ_HEADERS = ['www-authenticate', 'mcp-session-id']

/**
 * A page may only do what the platform allows its origin. False when the client goes on without
 * one: a deployed platform does not let pages of every developer's machine in, and such a client
 * can also be run from a terminal.
 */
async function examineCors(patient: Patient): Promise<boolean> {
  const { examination, wire, connector, headers, isLocal } = patient
  const title = `A page at ${headers.origin} may call`
  const answer = await wire.send(connector.href, {
    method: 'OPTIONS',
    headers: {
      ...headers,
      'access-control-request-method': 'POST',
      'access-control-request-headers': NEEDED_HEADERS.join(', '),
    },
    what: 'answer to the preflight',
  })
  const isRefused = answer.headers.get('access-control-allow-origin') !== headers.origin
  if (isRefused && !isLocal) {
    const advice = `Add ${headers.origin} to ALLOWED_ORIGINS, if people are to use it from there.`
    examination.write('noted', 'cors', title, `It may not. ${describe(answer)}`, advice)
    return false
  }
  await examination.need('cors', title, () => {
    refuseForeign(answer, 'answer to the preflight')
    if (isRefused) throw new Fault(`The preflight is refused. ${describe(answer)}`)
    const allowed = listOf(answer.headers.get('access-control-allow-headers'))
    const missing = NEEDED_HEADERS.filter((name) => !allowed.includes(name))
    const exposed = listOf(answer.headers.get('access-control-expose-headers'))
    const hidden = READ_HEADERS.filter((name) => !exposed.includes(name))
    if (missing.length > 0 || hidden.length > 0) {
      throw new Fault(
        `The page may not send ${missing.join(', ') || 'nothing'} and cannot read ${hidden.join(', ') || 'nothing'}.`,
        'List them in Access-Control-Allow-Headers and -Expose-Headers; a wildcard does not cover Authorization.',
      )
    }
  })
  return true
}

const listOf = (header: string | null): string[] =>
  (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
