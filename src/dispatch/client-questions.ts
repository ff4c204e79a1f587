/**
 * What a client can be asked. Only what it has declared on this very call (H-84, M-71), and modes of
 * elicitation are declared one by one: nothing said means forms (H-86).
 *
 * @module
 */
import type { OpenQuestion, QuestionRequest } from '../handler'
import { isObject } from '../lib'
import type { Item } from '../sdk'
import type { Circumstances } from './call'

export type ElicitMode = 'form' | 'url'

/** Whether a client takes questions of this mode. */
export function canBeAsked(capabilities: Record<string, unknown>, mode: ElicitMode): boolean {
  const { elicitation } = capabilities
  if (!isObject(elicitation)) return false
  if (elicitation[mode] !== undefined) return true
  return mode === 'form' && elicitation.url === undefined
}

/** What an item says that its client must declare, as far as this one does not; mostly undefined. */
export function undeclaredBy(
  { clientCapabilities: declared }: Pick<Circumstances, 'clientCapabilities'>,
  { clientCapabilities: needed }: Pick<Item, 'clientCapabilities'>,
): Record<string, unknown> | undefined {
  if (!needed) return undefined
  const lacking = Object.entries(needed).filter(([name, parts]) => {
    const has = declared[name]
    if (!isObject(has)) return true
    if (name !== 'elicitation') return Object.keys(parts).some((part) => has[part] === undefined)
    // To need it without a mode means forms, as to have it does (H-86).
    const modes = Object.keys(parts).length > 0 ? Object.keys(parts) : ['form']
    return modes.some((mode) => !canBeAsked(declared, mode === 'url' ? 'url' : 'form'))
  })
  return lacking.length > 0 ? Object.fromEntries(lacking) : undefined
}

/** What a client would have to declare for these questions, where it lacks something. */
export function lackingFor(
  questions: readonly OpenQuestion[],
  capabilities: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const lacking: Record<string, Record<string, unknown>> = {}
  for (const { request } of questions) {
    if (isDeclared(request, capabilities)) continue
    const { capability, part } = neededFor(request)
    lacking[capability] = { ...lacking[capability], ...(part !== undefined && { [part]: {} }) }
  }
  return Object.keys(lacking).length > 0 ? lacking : undefined
}

function isDeclared(request: QuestionRequest, capabilities: Record<string, unknown>): boolean {
  if (request.method === 'elicitation/create') {
    return canBeAsked(capabilities, request.params.mode)
  }
  const { capability, part } = neededFor(request)
  const declared = capabilities[capability]
  return isObject(declared) && (part === undefined || declared[part] !== undefined)
}

function neededFor(request: QuestionRequest): { capability: string; part?: string } {
  switch (request.method) {
    case 'elicitation/create':
      return { capability: 'elicitation', part: request.params.mode }
    case 'sampling/createMessage':
      return request.params.tools === undefined
        ? { capability: 'sampling' }
        : { capability: 'sampling', part: 'tools' }
    case 'roots/list':
      return { capability: 'roots' }
    default:
      return request satisfies never
  }
}
