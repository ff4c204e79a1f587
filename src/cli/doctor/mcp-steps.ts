/** With a token, or without one on a public module: the tools, and asking for more. @module */
import { describe } from '../client/answer.ts'
import { readChallenge } from '../client/discovery.ts'
import { Fault } from '../client/fault.ts'
import { type Era, type ListedTool, type McpClient, ToolList } from '../client/mcp.ts'
import type { Patient } from './patient.ts'

const INVALID_PARAMS = -32602

/** The whole of MCP that a client needs for its first tool call, in one era. */
export async function examineEra(
  patient: Patient,
  era: Era,
  accessToken: string | undefined,
): Promise<ListedTool[] | undefined> {
  const { examination, profile } = patient
  const client = patient.mcp(era, accessToken)
  const id = (name: string) => `${name}-${era}`
  const opened = await examination.look(id('open'), `It opens in ${era}`, async () => {
    await client.open()
    return true
  })
  if (!opened) return undefined
  const tools = await examination.look(id('tools'), 'The tools are listed', async (say) => {
    const { reply, answer } = await client.request('tools/list')
    const list = ToolList.safeParse(reply.result)
    if (!list.success) throw new Fault(`That is no list of tools. ${describe(answer)}`)
    say(list.data.tools.map(({ name }) => name).join(', ') || 'none')
    return list.data.tools
  })
  if (tools) await examineCall(patient, client, tools, id('call'))
  if (era === '2025-11-25') await examineSession(patient, client, profile.opensStream)
  return tools
}

/** Calls a tool that only reads; without arguments, so that nothing has to be made up. */
async function examineCall(
  { examination }: Patient,
  client: McpClient,
  tools: ListedTool[],
  id: string,
): Promise<void> {
  const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint === true)
  const tool = reading.find(({ inputSchema }) => !inputSchema.required?.length) ?? reading[0]
  if (!tool) {
    const why = 'No tool is marked readOnlyHint, and this calls nothing that may change something.'
    examination.write('unchecked', id, 'A tool is called', why)
    return
  }
  await examination.look(id, `A tool is called: ${tool.name}`, async (say) => {
    const { answer, reply } = await client.request('tools/call', { name: tool.name, arguments: {} })
    if (reply.error && reply.error.code !== INVALID_PARAMS) {
      throw new Fault(`The call is refused: ${reply.error.message}`)
    }
    if (answer.status >= 400 && !reply.error) {
      throw new Fault(
        `The call is refused. ${describe(answer)}`,
        'The scopes the challenge asks for must be enough for a tool that only reads.',
      )
    }
    const incomplete = reply.error !== undefined || reply.result?.isError === true
    if (incomplete) say('without arguments; it says what it lacks')
  })
}

async function examineSession(
  { examination }: Patient,
  client: McpClient,
  opensStream: boolean,
): Promise<void> {
  await examination.look('ping', 'ping is answered', async () => {
    const { reply, answer } = await client.request('ping')
    if (!reply.result) throw new Fault(`It is not. ${describe(answer)}`)
  })
  if (opensStream) {
    await examination.look('stream', 'GET gives a stream or says there is none', async () => {
      const answer = await client.stream()
      const isStream = /text\/event-stream/.test(answer.headers.get('content-type') ?? '')
      if (answer.status === 405 || (answer.status === 200 && isStream)) return
      throw new Fault(
        `This client opens one and takes any other answer for a broken connection. ${describe(answer)}`,
        'Answer 405 when there is no stream.',
      )
    })
  }
  await examination.look('close', 'The session can be closed', async () => {
    const answer = await client.close()
    if (answer.status >= 500 || answer.status === 401) throw new Fault(describe(answer))
  })
  await examination.look(
    'unknown-session',
    'A session nobody opened is answered with 404',
    async () => {
      const { answer } = await client.request(
        'tools/list',
        {},
        { 'mcp-session-id': 'nobody-opened' },
      )
      if (answer.status !== 404) {
        throw new Fault(
          `It is not. ${describe(answer)}`,
          'Answer 404, and only for an id that is not yours: a client opens a new session on it.',
        )
      }
    },
  )
}

/** The scopes a tool asks for that the client lacks. */
export interface Shortfall {
  tool: string
  scopes: string[]
}

/**
 * Calls a tool beyond the grant. It must be one that needs arguments: without them even a platform
 * that forgets to check scopes runs nothing.
 */
export async function examineStepUp(
  patient: Patient,
  accessToken: string,
  tools: ListedTool[],
  granted: readonly string[],
): Promise<Shortfall | undefined> {
  const { profile, examination } = patient
  const title = 'A call beyond its permissions asks for more'
  if (profile.stepUp === 'none') return undefined
  const beyond = tools.find(
    ({ inputSchema, _meta }) =>
      (inputSchema.required?.length ?? 0) > 0 &&
      scopesOf(_meta).some((scope) => !granted.includes(scope)),
  )
  if (!beyond) {
    const why = 'No tool that needs arguments asks for a scope beyond those granted.'
    examination.write('unchecked', 'step-up', title, why)
    return undefined
  }
  return examination.look('step-up', `${title}: ${beyond.name}`, async (say) => {
    const answered = await callWithout(patient, accessToken, beyond.name)
    const { answer, reply } = answered
    const challenge = readChallenge(answer)
    const inResult = wwwAuthenticateOf(reply.result)
    if (profile.stepUp === 'result' && inResult === undefined) {
      throw new Fault(
        `The result has no _meta["mcp/www_authenticate"]. ${describe(answer)}`,
        'This client asks for more only when a tool result tells it to.',
      )
    }
    if (profile.stepUp === 'result' && answer.status !== 200) {
      say('as 403; a client known by its document gets 200, for it reads no other body')
    }
    if (profile.stepUp === 'challenge' && answer.status !== 403) {
      throw new Fault(
        `It is not answered with 403. ${describe(answer)}`,
        'Answer 403 with WWW-Authenticate: Bearer error="insufficient_scope", scope="…".',
      )
    }
    if (challenge?.error !== 'insufficient_scope' || !challenge.scope?.length) {
      throw new Fault(
        'The challenge does not say error="insufficient_scope" with the scopes.',
        'Name every scope the call needs: one missing at a time is one sign-in each.',
      )
    }
    return { tool: beyond.name, scopes: challenge.scope }
  })
}

/** The same call with the larger grant: whatever it says now, it is not about permissions. */
export async function examineAfterStepUp(
  patient: Patient,
  accessToken: string,
  tool: string,
): Promise<void> {
  await patient.examination.look(
    'stepped-up',
    'With the larger grant it gets through',
    async () => {
      const { answer } = await callWithout(patient, accessToken, tool)
      if (answer.status === 401 || answer.status === 403) {
        throw new Fault(
          `It still asks for more. ${describe(answer)}`,
          'The scopes of the challenge must be enough for the call it refused.',
        )
      }
    },
  )
}

async function callWithout({ profile, mcp }: Patient, accessToken: string, name: string) {
  const [era = '2025-11-25'] = profile.eras
  const client = mcp(era, accessToken)
  await client.open()
  return client.request('tools/call', { name, arguments: {} })
}

const scopesOf = (meta: ListedTool['_meta']): string[] =>
  (meta?.securitySchemes ?? []).flatMap(({ scopes }) => scopes ?? [])

function wwwAuthenticateOf(result: Record<string, unknown> | undefined): unknown {
  const meta = result?._meta
  return typeof meta === 'object' && meta !== null
    ? Reflect.get(meta, 'mcp/www_authenticate')
    : undefined
}
