import type { GetPromptResult } from '../protocol'
import { type HostedPrompt, MAX_RESULT_LENGTH } from '../registry'
import { type Caller, NotFoundError, type PromptMessage, type PromptResult } from '../sdk'
import type { Call } from './call'
import { complete, type Ending, listed, refuse } from './ending'
import { invalid } from './errors'
import type { CallStart, DispatchPorts } from './record'
import { runItem, threw, tooLarge } from './run-item'
import { validate } from './validate'

/** Fills a prompt in. */
export async function getPrompt(
  { definition, description, inputSchema }: HostedPrompt,
  call: Call<'prompts/get'>,
  caller: Caller,
  start: CallStart,
  ports: DispatchPorts,
): Promise<Ending<'prompts/get'>> {
  const name = `Prompt "${definition.name}"`
  const args = call.args === undefined ? {} : call.args
  let input: Awaited<ReturnType<typeof validate>>
  try {
    input = await validate(definition.input, inputSchema, args)
  } catch (error) {
    return threw(name, error) // schemas run an author's code too
  }
  if (!input.ok) {
    const problems = listed(input.problems)
    return refuse('invalid_input', invalid(`${name} cannot be filled in with this:\n${problems}`))
  }
  const { value } = input
  const run = (context: Parameters<typeof definition.run>[1]) => definition.run(value, context)
  // What a prompt does not find was named by its arguments.
  const ran = await runItem(
    ...([name, definition, call, caller, ports, run] as const),
    (error) => (error instanceof NotFoundError ? invalid(error.message) : undefined),
    undefined,
    { start, description },
  )
  if (!ran.ok) return ran.ending
  // What `run` may return, by its type.
  const result = resultOf(ran.value as PromptResult, definition.description)
  const length = JSON.stringify(result.messages).length
  if (length > MAX_RESULT_LENGTH) return tooLarge(name, length)
  return { ...complete<'prompts/get'>('ok', result), resultChars: length }
}

function resultOf(value: PromptResult, usual: string): GetPromptResult {
  if (typeof value === 'string') return resultOf([{ role: 'user', content: value }], usual)
  if (isMessages(value)) return { description: usual, messages: value.map(messageOf) }
  const { messages, description = usual, _meta } = value
  return { description, messages: messages.map(messageOf), ...(_meta && { _meta }) }
}

const isMessages = (value: PromptResult): value is readonly PromptMessage[] => Array.isArray(value)

const messageOf = ({ role, content }: PromptMessage): GetPromptResult['messages'][number] => ({
  role,
  content: typeof content === 'string' ? { type: 'text', text: content } : content,
})
