/**
 * The lists of a module, page by page. What is declared is rendered once per isolate; the resources
 * that a template lists itself come after it, through the pipeline like any other call.
 *
 * A cursor is sealed: where to go on, for whom, in which list, until when. So it can neither be
 * made up nor passed on, and an author's own cursor inside it is the one that was given out.
 *
 * @module
 */
import { PURPOSES, type Sealer } from '../keys'
import { isVisible, missingScopes } from '../policy'
import { CODECS, ProtocolError, type Revision } from '../protocol'
import { type HostedServer, type ListName, PAGE_SIZE } from '../registry'
import type { Caller, Principal } from '../sdk'
import type { Circumstances, Dispatch } from './call'
import { invalid } from './errors'

export interface ListPorts {
  sealer: Sealer
  dispatch: Dispatch
  /** Seconds since the epoch. */
  now(): number
}

export interface ListRequest {
  list: ListName
  /** As the client sent it; `undefined` asks for the first page. */
  cursor: unknown
  revision: Revision
  circumstances: Circumstances
  caller: Caller
}

/** A page as it is sent. */
export interface SentPage {
  /** A JSON array. */
  json: string
  nextCursor?: string
}

const METHODS = {
  'tools/list': 'tools',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
  'prompts/list': 'prompts',
} as const satisfies Record<string, ListName>

/** The list that a method asks for, or undefined. */
export const listOf = (method: string): ListName | undefined =>
  Object.hasOwn(METHODS, method) ? METHODS[method as keyof typeof METHODS] : undefined

/**
 * The whole list, where it fits on one page and none of it comes from an author's code: what most
 * lists are, and without a promise. Undefined where it takes `listPage`.
 */
export function listAtOnce(
  list: ListName,
  cursor: unknown,
  revision: Revision,
  server: HostedServer,
  { roles }: Caller,
): string | undefined {
  if (cursor !== undefined || (list === 'resources' && server.listing.length > 0)) return undefined
  const page = server.page(list, revision, roles)
  return page?.last === undefined ? page?.json : undefined
}

/**
 * One page of a list.
 *
 * @throws {ProtocolError} `invalid_params` for a cursor that was not given to this caller for this
 *   list; whatever kept an author's code from listing.
 */
export async function listPage(request: ListRequest, ports: ListPorts): Promise<SentPage> {
  const { list, cursor, revision, circumstances, caller } = request
  const { server } = circumstances
  const place = cursor === undefined ? START : await openCursor(cursor, request, ports)
  const parts: string[] = []
  let count = 0
  let next: Place | undefined

  if ('after' in place) {
    const page = server.page(list, revision, caller.roles, place.after)
    if (!page) throw unknownCursor()
    parts.push(page.json)
    count = page.count
    if (page.last !== undefined) next = { after: page.last }
  }
  if (!next && list === 'resources') {
    for (const own of ownPlaces(place, request)) {
      // Clients that never ask for a second page should see something of every template.
      if (count >= PAGE_SIZE) {
        next = own
        break
      }
      const done = await ports.dispatch(
        { ...circumstances, method: 'resources/list', ...own },
        caller,
      )
      if (done.kind === 'error') throw done.error
      if (done.kind !== 'complete') throw new ProtocolError('internal_error', NO_QUESTIONS)
      const { nextCursor, resources } = done.result
      parts.push(JSON.stringify(resources.map((resource) => CODECS[revision].resource(resource))))
      count += resources.length
      if (nextCursor !== undefined) {
        next = { template: own.template, cursor: nextCursor }
        break
      }
    }
  }
  const items = parts.map((part) => part.slice(1, -1)).filter((part) => part !== '')
  const json = `[${items.join(',')}]`
  return next ? { json, nextCursor: await sealCursor(next, request, ports) } : { json }
}

/** Where a page begins: after a declared item, or in the own list of a template. */
type Place = { after: string | undefined } | OwnPlace
interface OwnPlace {
  template: string
  cursor: string | undefined
}

const START: Place = { after: undefined }
const NO_QUESTIONS = 'A list cannot ask for input.'

/**
 * The own lists that are still to come. Who lacks a scope sees the template, which names it, and
 * none of what is behind it.
 */
function ownPlaces(
  place: Place,
  { caller, circumstances: { server } }: ListRequest,
): readonly OwnPlace[] {
  const { scopes } = server.definition
  const places = server.listing
    .filter(
      ({ definition }) =>
        isVisible(definition, caller) &&
        missingScopes(scopes, definition.scopes, caller.scopes).length === 0,
    )
    .map(({ definition }): OwnPlace => ({ template: definition.uriTemplate, cursor: undefined }))
  if ('after' in place) return places
  const at = places.findIndex(({ template }) => template === place.template)
  // A scope was taken away, or a deploy took the template away.
  if (at < 0) throw unknownCursor()
  return [place, ...places.slice(at + 1)]
}

/** The parts of a cursor in the order in which they are sealed. */
type Sealed = [
  module: string,
  list: string,
  holder: string,
  expiresAt: number,
  template: string | null,
  position: string | null,
]

async function sealCursor(
  place: Place,
  { list, circumstances: { server }, caller }: ListRequest,
  { sealer, now }: ListPorts,
): Promise<string> {
  const [template, position] =
    'after' in place ? [null, place.after] : [place.template, place.cursor]
  const sealed: Sealed = [
    server.info.name,
    list,
    holderOf(caller.principal),
    now() + PURPOSES.cursor,
    template,
    position ?? null,
  ]
  return sealer.seal('cursor', sealed)
}

async function openCursor(
  cursor: unknown,
  { list, circumstances: { server }, caller }: ListRequest,
  { sealer, now }: ListPorts,
): Promise<Place> {
  const opened = typeof cursor === 'string' ? await sealer.open('cursor', cursor) : undefined
  if (!Array.isArray(opened)) throw unknownCursor()
  // What opens with this purpose is what `sealCursor` sealed.
  const [module, of, holder, expiresAt, template, position] = opened as Sealed
  const isOurs = module === server.info.name && of === list && holder === holderOf(caller.principal)
  if (!isOurs || expiresAt <= now()) throw unknownCursor()
  return template === null
    ? { after: position ?? undefined }
    : { template, cursor: position ?? undefined }
}

/** Nobody is known who is anonymous: their lists are the same, and so are their cursors. */
const holderOf = ({ kind, id }: Principal): string =>
  kind === 'anonymous' ? kind : `${kind}:${id}`

/** One sentence for all that can be wrong with a cursor: who probes learns nothing. */
const unknownCursor = (): ProtocolError =>
  invalid('Unknown cursor. Ask for the list from its beginning, without one.')
