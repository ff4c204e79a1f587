/** Which operations of an API become tools, and what those are called. @module */
import { createHash } from 'node:crypto'
import { CliError } from '../cli-error.ts'
import type { ApiOperation } from './document.ts'

/** Above this a model loses its way, and clients cut the list. */
const MAX_TOOLS = 60
/** What the strictest clients allow for a tool's name with their own prefix before it. */
const MAX_NAME = 64

/** As people name it: its id, or method and path. */
export const operationName = ({ operationId, method, path }: ApiOperation): string =>
  operationId ?? `${method.toUpperCase()} ${path}`

/**
 * Those that one of the patterns means: an operation id or `GET /path`, with `*` for anything, or
 * `tag:NAME`. Deprecated ones only when they are named exactly. Without patterns, all.
 *
 * @throws {CliError} when a pattern means none, or they mean too many.
 */
export function chooseOperations(
  operations: readonly ApiOperation[],
  patterns: readonly string[],
): ApiOperation[] {
  const current = operations.filter(({ deprecated }) => !deprecated)
  const chosen = new Set(patterns.length === 0 ? current : [])
  for (const pattern of patterns) {
    const meant = operations.filter((operation) => means(pattern, operation))
    const usable =
      pattern.includes('*') || pattern.startsWith('tag:')
        ? meant.filter((it) => !it.deprecated)
        : meant
    if (usable.length === 0) {
      throw new CliError(`No operation is meant by "${pattern}". See them all with --list.`)
    }
    for (const operation of usable) chosen.add(operation)
  }
  if (chosen.size > MAX_TOOLS) {
    throw new CliError(
      `That is ${chosen.size} operations, and more than ${MAX_TOOLS} tools are too many for a model ` +
        'to choose from. Name those you need: --operations "issues/*,repos/get". See them with --list.',
    )
  }
  // In the order of the document, whatever the order of the patterns.
  return operations.filter((operation) => chosen.has(operation))
}

function means(pattern: string, operation: ApiOperation): boolean {
  if (pattern.startsWith('tag:')) return operation.tags.includes(pattern.slice(4))
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  const regex = new RegExp(`^${expression}$`, 'i')
  const { operationId, method, path } = operation
  return [operationId ?? '', `${method} ${path}`].some((name) => regex.test(name))
}

/**
 * A name for each: its id in snake case after `prefix`, within what is left of 64 characters once a
 * client has put `mcp__<module>__` before it. One that has to be shortened ends in a digest, so that
 * it does not depend on which others were chosen.
 */
export function toolNames(
  operations: readonly ApiOperation[],
  module: string,
  prefix: string,
): Map<ApiOperation, string> {
  const budget = MAX_NAME - `mcp__${module}__`.length
  const names = new Map<ApiOperation, string>()
  const taken = new Set<string>()
  for (const operation of operations) {
    const whole = prefix + snakeCase(operation.operationId ?? pathName(operation))
    const digest = createHash('sha256')
      .update(`${operation.method} ${operation.path}`)
      .digest('hex')
      .slice(0, 6)
    let name = whole
    if (whole.length > budget || taken.has(whole)) {
      const room = budget - digest.length - 1
      // At the end of a word, if that does not cost most of the name.
      const cut = whole.slice(0, room)
      const atWord = whole[room] === '_' ? cut : cut.replace(/_[^_]*$/, '')
      name = `${(atWord.length > room / 2 ? atWord : cut).replace(/_+$/, '')}_${digest}`
    }
    taken.add(name)
    names.set(operation, name)
  }
  return names
}

/** `getPetById`, `issues/list-for-repo` and `HTMLPage` as words. */
export function snakeCase(text: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return words === '' ? 'call' : words
}

/** Of an operation without an id: `get_pets_by_pet_id` for `GET /pets/{petId}`. */
const pathName = ({ method, path }: ApiOperation): string =>
  `${method}_${path.replace(/\{([^}]+)\}/g, 'by_$1')}`
