import type { CompleteResult } from '../protocol'
import type { HostedPrompt, HostedTemplate } from '../registry'
import type { Caller, Completions } from '../sdk'
import type { Call } from './call'
import { complete, type Ending, named, refuse } from './ending'
import { invalid } from './errors'
import type { DispatchPorts } from './record'
import { faulty, runItem } from './run-item'

/** What the protocol sends at most (H-73). */
const MAX_VALUES = 100
/** Of a value: as much as a client could send back. */
const MAX_VALUE_LENGTH = 1024
/** Whoever types goes on typing. */
const TIMEOUT_MS = 5_000

/** Completes one argument of a prompt, or one variable of a template. */
export async function completeArgument(
  hosted: HostedPrompt | HostedTemplate,
  call: Call<'completion/complete'>,
  caller: Caller,
  ports: DispatchPorts,
): Promise<Ending<'completion/complete'>> {
  const { definition } = hosted
  const { argument, value, chosen } = call
  const known = argumentsOf(hosted)
  if (!known.includes(argument)) {
    const those = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
    const text = `"${definition.name}" has no argument ${named(argument)}; ${those}.`
    return refuse('invalid_input', invalid(text))
  }
  const completer = Object.hasOwn(definition.complete, argument)
    ? definition.complete[argument]
    : undefined
  if (!completer) return ended(choicesOf(hosted, argument, value))

  const name = `Completing ${named(argument)} of "${definition.name}"`
  const ran = await runItem(
    ...([name, definition, call, caller, ports] as const),
    (context) => completer(value, context, chosen),
    undefined,
    Math.min(definition.timeoutMs, TIMEOUT_MS),
  )
  if (!ran.ok) return ran.ending
  const completions = ran.value as Completions // by the type of `complete`
  const { values } = isList(completions) ? { values: completions } : completions
  return Array.isArray(values) && values.every((each) => typeof each === 'string')
    ? ended(completions)
    : faulty(name, 'not a list of texts')
}

function ended(completions: Completions): Ending<'completion/complete'> {
  const given: Exclude<Completions, readonly string[]> = isList(completions)
    ? { values: completions }
    : completions
  const distinct = [...new Set(given.values)].filter((value) => value.length <= MAX_VALUE_LENGTH)
  const values = distinct.slice(0, MAX_VALUES)
  const hasMore = given.hasMore ?? (given.total ?? distinct.length) > values.length
  // Where there are more than the author looked for, nobody has counted them.
  const total = given.total ?? (given.hasMore ? undefined : distinct.length)
  const completion: CompleteResult['completion'] = {
    values,
    ...(total !== undefined && { total }),
    hasMore,
  }
  const resultChars = values.reduce((sum, value) => sum + value.length, 0)
  return { ...complete<'completion/complete'>('ok', { completion }), resultChars }
}

const isList = (completions: Completions): completions is readonly string[] =>
  Array.isArray(completions)

const argumentsOf = (hosted: HostedPrompt | HostedTemplate): string[] =>
  'template' in hosted
    ? hosted.template.variables.map(({ name }) => name)
    : (hosted.description.arguments ?? []).map(({ name }) => name)

/** Of a fixed choice of values, those that begin like this. */
function choicesOf(
  hosted: HostedPrompt | HostedTemplate,
  argument: string,
  typed: string,
): string[] {
  const choices = 'choices' in hosted ? (hosted.choices.get(argument) ?? []) : []
  return choices.filter((choice) => choice.toLowerCase().startsWith(typed.toLowerCase()))
}
