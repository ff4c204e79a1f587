import { isObject, matchUri } from '../lib'
import type { Resource } from '../protocol'
import { type HostedTemplate, MAX_RESULT_LENGTH } from '../registry'
import type { Caller, ResourceList } from '../sdk'
import type { Call } from './call'
import { complete, type Ending } from './ending'
import type { DispatchPorts } from './record'
import { faulty, runItem, tooLarge } from './run-item'

const MAX_LISTED = 1000
/** It travels, sealed, with every request for a page. */
const MAX_CURSOR_LENGTH = 2048

/** A page of the resources of one template, from its own code. */
export async function listResources(
  { definition, template }: HostedTemplate,
  call: Call<'resources/list'>,
  caller: Caller,
  ports: DispatchPorts,
): Promise<Ending<'resources/list'>> {
  const name = `The list of "${definition.name}"`
  const ran = await runItem(name, definition, call, caller, ports, (context) =>
    definition.list?.(call.cursor, context),
  )
  if (!ran.ok) return ran.ending
  const page = ran.value as ResourceList | undefined // by the type of `list`
  if (!isObject(page) || !Array.isArray(page.resources) || page.resources.length > MAX_LISTED) {
    return faulty(name, `not a list of at most ${MAX_LISTED} resources`)
  }
  const { nextCursor } = page
  if (nextCursor !== undefined && nextCursor.length > MAX_CURSOR_LENGTH) {
    return faulty(name, `a cursor of more than ${MAX_CURSOR_LENGTH} characters`)
  }
  // What a list shows must be what can be read.
  const strange = page.resources.find(({ uri }) => !matchUri(template, uri))
  if (strange) return faulty(name, 'an address that its own template does not match')
  const { mimeType } = definition
  const resources = page.resources.map(
    (resource): Resource => ({ ...(mimeType !== undefined && { mimeType }), ...resource }),
  )
  const length = JSON.stringify(resources).length
  if (length > MAX_RESULT_LENGTH) return tooLarge(name, length)
  const result = { resources, ...(nextCursor !== undefined && { nextCursor }) }
  return { ...complete<'resources/list'>('ok', result), resultChars: length }
}
