/**
 * What start-up asks of the kinds of state that items use.
 *
 * @module
 */
import type { Item, StateDefinition } from '../sdk'
import type { Report } from './report'

const STATE_NAME = /^[a-z][a-z0-9_]{0,31}$/
const SHORTEST_SECONDS = 60
const LONGEST_SECONDS = 30 * 86_400

/** @param known The module's kinds of state so far, by name. */
export function checkItemStates(
  item: Item,
  known: Map<string, StateDefinition>,
  report: Report,
): void {
  for (const [key, definition] of Object.entries(item.uses?.state ?? {})) {
    const of: Report = (field, problem) => report(`uses.state.${key}.${field}`, problem)
    const { name } = definition
    const earlier = known.get(name)
    if (earlier === definition) continue
    if (earlier) of('name', `"${name}" is that of another definition; use one for both`)
    else known.set(name, definition)
    checkState(definition, of)
  }
}

function checkState({ name, schema, initial, ttlSeconds }: StateDefinition, report: Report): void {
  if (!STATE_NAME.test(name)) report('name', `"${name}" must match [a-z][a-z0-9_]{0,31}`)
  if (!(ttlSeconds >= SHORTEST_SECONDS && ttlSeconds <= LONGEST_SECONDS)) {
    report('ttlSeconds', `must be ${SHORTEST_SECONDS} to ${LONGEST_SECONDS}`)
  }
  const checked = schema['~standard'].validate(JSON.parse(JSON.stringify(initial) ?? 'null'))
  // One that answers later is asked when a state is opened.
  if (!(checked instanceof Promise) && checked.issues) {
    report('initial', 'is not what its schema takes')
  }
}
