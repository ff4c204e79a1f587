/**
 * What start-up asks of every definition alike. Problems are reported, not thrown: an author hears
 * of all of them at once.
 *
 * @module
 */
import { readForm } from '../handler'
import { ERAS, type Icon } from '../protocol'
import { type Item, ROLES, type ServerDefinition } from '../sdk'
import { checkItemConfig } from './check-outside'
import type { Report } from './report'

export type { Report }

const ITEM_NAME = /^[A-Za-z0-9_\-.]{1,64}$/
const MAX_TIMEOUT_MS = 15 * 60_000

/**
 * What tools, resources, templates and prompts are declared with alike.
 *
 * @param taken Names of the same kind that are taken.
 */
export function checkItem(
  item: Item,
  module: ServerDefinition,
  taken: ReadonlySet<string>,
  report: Report,
): void {
  if (!ITEM_NAME.test(item.name)) {
    report('name', `"${item.name}" must be 1 to 64 characters of A-Za-z0-9_-.`)
  } else if (taken.has(item.name)) {
    report('name', `"${item.name}" is already taken by an earlier one`)
  }
  if (typeof item.description !== 'string' || item.description.trim() === '') {
    report('description', 'is empty; it is what a model or a person picks by')
  }
  for (const scope of item.scopes) {
    if (!Object.hasOwn(module.scopes, scope)) {
      report('scopes', `names "${scope}", which the module's own scopes do not declare`)
    }
  }
  if (item.uses?.db && !module.uses.db) {
    report('uses.db', "is set, and the module's own uses do not have it")
  }
  checkItemConfig(item, module, report)
  if (!(item.timeoutMs > 0 && item.timeoutMs <= MAX_TIMEOUT_MS)) {
    report('timeoutMs', `must be above 0 and at most ${MAX_TIMEOUT_MS}`)
  }
  for (const [name, schema] of Object.entries(item.forms ?? {})) {
    const read = readForm(schema)
    for (const problem of read.ok ? [] : read.problems) report(`forms.${name}:`, problem)
  }
  checkIcons('icons', item.icons, report)
  checkRoles(item.roles, report)
}

/** A module that nobody can speak to is a mistake. */
export function checkEras({ eras }: ServerDefinition, report: Report): void {
  if (eras.length === 0) report('eras', 'is empty, so no client could connect')
  checkChoices('eras', eras, ERAS, report)
}

function checkRoles(roles: readonly string[] | undefined, report: Report): void {
  if (roles?.length === 0) report('roles', 'is empty, so nobody could use it')
  checkChoices('roles', roles ?? [], ROLES, report)
}

export function checkIcons(
  field: string,
  icons: readonly Icon[] | undefined,
  report: Report,
): void {
  for (const [index, { src }] of (icons ?? []).entries()) {
    if (!/^(https:\/\/|data:)/i.test(src)) {
      report(`${field}[${index}].src`, 'must be an https or data: URL')
    }
  }
}

/** Names for which something is declared that do not exist. */
export function checkNames(
  field: string,
  declared: object,
  known: readonly string[],
  report: Report,
): void {
  checkChoices(field, Object.keys(declared), known, report)
}

/** What was chosen and is not there to choose. */
export function checkChoices(
  field: string,
  chosen: readonly string[],
  known: readonly string[],
  report: Report,
): void {
  const there = known.length > 0 ? `are: ${known.join(', ')}` : 'is none'
  for (const choice of chosen) {
    if (!known.includes(choice)) report(field, `names "${choice}"; there ${there}`)
  }
}

/**
 * A scope's name tells its module to whoever sees it alone: a token request without a resource is
 * matched to its module by this prefix.
 */
export function checkScopes({ name, scopes }: ServerDefinition, report: Report): void {
  for (const [scope, { description, covers }] of Object.entries(scopes)) {
    const field = `scopes["${scope}"]`
    // The rest is what RFC 6749 §3.3 allows, less what would need quoting in a header.
    if (
      !scope.startsWith(`${name}:`) ||
      !/^[a-z][a-z0-9_.:-]*$/.test(scope.slice(name.length + 1))
    ) {
      report(field, `must be "${name}:" and a word of a-z0-9_.:-`)
    }
    if (description.trim() === '') report(field, 'has no description for the consent page')
    for (const covered of covers) {
      if (!Object.hasOwn(scopes, covered)) {
        report(`${field}.covers`, `names "${covered}", which the module's scopes do not declare`)
      }
    }
  }
  for (const cycle of scopeCycles(scopes)) {
    report('scopes', `cover each other in a circle: ${cycle.join(' → ')}`)
  }
}

/** Each circle of covering scopes, once, from its first member back to it. */
function scopeCycles(scopes: ServerDefinition['scopes']): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (scope: string, path: string[]): void => {
    const at = path.indexOf(scope)
    if (at >= 0) {
      cycles.push([...path.slice(at), scope])
      return
    }
    if (done.has(scope) || !Object.hasOwn(scopes, scope)) return
    for (const covered of scopes[scope]?.covers ?? []) visit(covered, [...path, scope])
    done.add(scope)
  }
  for (const scope of Object.keys(scopes)) visit(scope, [])
  return cycles
}
