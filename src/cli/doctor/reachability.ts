/** What concerns every client: the address, what stands in front, and the two spellings of the URL. @module */
import * as z from 'zod'
import { describe, isHtml, readJson, refuseForeign } from '../client/answer.ts'
import {
  checkResource,
  expectChallenge,
  fetchResourceMetadata,
  resourceMetadataUrls,
} from '../client/discovery.ts'
import { Fault } from '../client/fault.ts'
import { createMcpClient } from '../client/mcp.ts'
import type { Wire } from '../client/wire.ts'
import type { Examination } from './examination.ts'

const ModuleList = z.object({
  modules: z.array(z.object({ name: z.string(), access: z.string(), url: z.string() })),
})

export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

/** @returns whether the module is for everyone, without a sign-in. */
export async function examineReachability(
  wire: Wire,
  connector: URL,
  examination: Examination,
): Promise<{ isPublic: boolean }> {
  await examination.need('address', 'The address is one that clients take', () => {
    if (connector.protocol === 'http:' && !isLoopback(connector)) {
      throw new Fault(
        'Plain http: every client refuses it off this machine, for the tokens would be readable on the way.',
        `Use https://${connector.host}${connector.pathname}. Cloudflare serves it by itself.`,
      )
    }
    if (connector.search !== '' || connector.hash !== '') {
      throw new Fault('The URL has a query or fragment.', 'Leave it out: no resource has one.')
    }
  })
  const modules = await examination.need('platform', 'The platform answers', async (say) => {
    const what = 'list of modules'
    const answer = await wire.send('/modules.json', { headers: { accept: '*/*' }, what })
    refuseForeign(answer, what)
    if (answer.status !== 200 || isHtml(answer)) {
      say('It lists no modules, so it is no Quayside or an old one. Going on.')
      return undefined
    }
    return readJson(answer, ModuleList, { what }).modules
  })
  const own = await examination.need('module', 'A module is served there', (say) => {
    if (!modules) return undefined
    const found = modules.find(({ url }) => pathOf(url) === connector.pathname.replace(/\/$/, ''))
    if (!found) {
      const urls = modules.map(({ url }) => connector.origin + pathOf(url)).join(', ')
      throw new Fault(`No module is served at ${connector.pathname}.`, `There are: ${urls}.`)
    }
    say(`${found.name}, ${found.access}`)
    return found
  })
  if (own && new URL(own.url, connector).origin !== connector.origin) {
    examination.write(
      'noted',
      'own-address',
      'The platform goes by another address',
      `It calls this module ${own.url}.`,
      'Give clients that URL, or set PUBLIC_ORIGIN to the one you want.',
    )
  }
  const isPublic = own?.access === 'public'
  await examination.look('verbs', 'HEAD and GET are not answered with a page', async () => {
    for (const method of ['HEAD', 'GET']) {
      const what = `answer to ${method}`
      const answer = await wire.send(connector.href, { method, what, headers: { accept: '*/*' } })
      refuseForeign(answer, what)
      if (![400, 401, 404, 405, 406].includes(answer.status)) {
        throw new Fault(
          `Some clients look with ${method} first and take this for no MCP server. ${describe(answer)}`,
          'Answer 401 or 405, and put pages for people at another path.',
        )
      }
    }
  })
  if (!isPublic) await examineOtherSpelling(wire, connector, examination)
  return { isPublic }
}

/** People type the slash or leave it; both must lead to metadata that repeats what they typed. */
async function examineOtherSpelling(wire: Wire, connector: URL, examination: Examination) {
  const other = new URL(connector)
  other.pathname = connector.pathname.endsWith('/')
    ? connector.pathname.slice(0, -1)
    : `${connector.pathname}/`
  const how = other.pathname.endsWith('/') ? 'with' : 'without'
  await examination.look(
    'spelling',
    `The URL ${how} a slash at the end works as well`,
    async () => {
      const client = createMcpClient({
        wire,
        url: other.href,
        era: '2025-11-25',
        accept: 'application/json, text/event-stream',
        headers: {},
        clientName: 'quayside-doctor',
        limit: 10,
      })
      expectChallenge(await client.knock(), other)
      const { path } = resourceMetadataUrls(other)
      checkResource(await fetchResourceMetadata(wire, path, {}, 10), other)
    },
  )
}

const pathOf = (url: string): string => new URL(url, 'http://localhost').pathname
