/** How an API wants to be shown who calls, as secrets the platform adds to requests. @module */
import * as z from 'zod'
import { CliError } from '../cli-error.ts'
import { snakeCase } from './choose-operations.ts'
import type { ApiDocument, ApiOperation } from './document.ts'

/** One secret of a module; tool code never holds it. */
export interface SecretSlot {
  /** In capitals; the setting is `<MODULE>_<NAME>`. */
  name: string
  description: string
  /** Where it goes: a header, written as `format` says, or a parameter of the query. */
  inject: { header: string; format: string } | { query: string }
}

const Scheme = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('apiKey'),
    in: z.enum(['header', 'query', 'cookie']),
    name: z.string(),
  }),
  z.object({ type: z.literal('http'), scheme: z.string() }),
  z.object({ type: z.enum(['oauth2', 'openIdConnect']) }),
])

const USAGE = '--auth takes bearer, basic, header:NAME, query:NAME or none.'

/** What `--auth` says, in place of what the document says. @throws {CliError} */
export function secretsFromOption(option: string, title: string): SecretSlot[] {
  const [kind = '', name = ''] = option.split(/:(.*)/s)
  if (option === 'none') return []
  if (option === 'bearer') return [bearer(title)]
  if (option === 'basic') return [basic(title)]
  if (kind === 'header' && /^[\w-]+$/.test(name)) return [apiKey('header', name, 'API_KEY', title)]
  if (kind === 'query' && /^[\w.[\]-]+$/.test(name))
    return [apiKey('query', name, 'API_KEY', title)]
  throw new CliError(`${USAGE} Not "${option}".`)
}

/**
 * What all chosen operations need. Each may name several ways; the first that the platform can go
 * counts, and the same way for all where there is one.
 *
 * @throws {CliError} when an operation can be called in no way the platform knows.
 */
export function secretsOf(
  document: ApiDocument,
  operations: readonly ApiOperation[],
  title = document.title,
): SecretSlot[] {
  const slots = new Map<string, SecretSlot>()
  for (const operation of operations) {
    const ways = operation.security ?? document.security ?? []
    if (ways.length === 0) continue
    const usable = ways
      .map((way) => slotsFor(document, Object.keys(way), title))
      .filter((it) => it !== undefined)
    // One that is there already needs no further secret.
    const way = usable.find((it) => it.every(({ name }) => slots.has(name))) ?? usable[0]
    if (!way) {
      const names = ways.flatMap((it) => Object.keys(it)).join(', ')
      throw new CliError(
        `${operation.method.toUpperCase()} ${operation.path} wants ${names}, which the platform ` +
          `cannot send. Say what to send instead: ${USAGE}`,
      )
    }
    for (const slot of way) slots.set(slot.name, slot)
  }
  return [...slots.values()]
}

/** Undefined when one of them is nothing the platform can send. */
function slotsFor(document: ApiDocument, names: string[], title: string): SecretSlot[] | undefined {
  const slots: SecretSlot[] = []
  for (const name of names) {
    const reference = {
      $ref: `#/components/securitySchemes/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    }
    const scheme = Scheme.safeParse(document.resolve(reference))
    if (!scheme.success) return undefined
    const slot = slotFor(scheme.data, name, title)
    if (!slot) return undefined
    slots.push(slot)
  }
  return slots
}

function slotFor(
  scheme: z.output<typeof Scheme>,
  name: string,
  title: string,
): SecretSlot | undefined {
  switch (scheme.type) {
    case 'apiKey': {
      // A setting's name begins with a letter.
      const slot = snakeCase(name)
        .toUpperCase()
        .replace(/^(?=\d)/, 'KEY_')
        .slice(0, 64)
      if (scheme.in === 'cookie') {
        const inject = { header: 'cookie', format: `${scheme.name}={secret}` }
        return { name: slot, description: `Value of the cookie ${scheme.name} of ${title}`, inject }
      }
      return apiKey(scheme.in, scheme.name, slot, title)
    }
    case 'http':
      if (/^bearer$/i.test(scheme.scheme)) return bearer(title)
      return /^basic$/i.test(scheme.scheme) ? basic(title) : undefined
    default:
      // One token for everybody who may call the module, made and renewed by its operator.
      return bearer(title)
  }
}

const bearer = (title: string): SecretSlot => ({
  name: 'TOKEN',
  description: `Access token of ${title}`,
  inject: { header: 'authorization', format: 'Bearer {secret}' },
})

const basic = (title: string): SecretSlot => ({
  name: 'BASIC_CREDENTIALS',
  description: `"user:password" for ${title}, in base64`,
  inject: { header: 'authorization', format: 'Basic {secret}' },
})

function apiKey(place: 'header' | 'query', name: string, slot: string, title: string): SecretSlot {
  const description = `API key of ${title}`
  return place === 'header'
    ? { name: slot, description, inject: { header: name.toLowerCase(), format: '{secret}' } }
    : { name: slot, description, inject: { query: name } }
}
