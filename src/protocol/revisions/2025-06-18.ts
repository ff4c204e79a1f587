import { isObject } from '../../lib'
import type { RevisionCodec } from '../codec'
import { ProtocolError } from '../protocol-error'
import type { ContentBlock, Icon } from '../wire'
import { codec20251125 } from './2025-11-25'

/** Without icons, with wrong arguments answered as an error, and with the simplest forms only. */
export const codec20250618: RevisionCodec = {
  ...codec20251125,
  revision: '2025-06-18',
  primesStreams: false,
  tool: (tool) => codec20251125.tool(withoutIcons(tool)),
  resource: withoutIcons,
  resourceTemplate: withoutIcons,
  prompt: withoutIcons,
  callResult(result) {
    return codec20251125.callResult({ ...result, content: result.content.map(block20250618) })
  },
  promptResult: ({ messages, ...result }) => ({
    ...result,
    messages: messages.map(({ role, content }) => ({ role, content: block20250618(content) })),
  }),
  invalidInput(message) {
    throw new ProtocolError('invalid_params', message)
  },
  serverInfo({ name, version, title }) {
    return { name, version, ...(title !== undefined && { title }) }
  },
  clientCapabilities: ({ roots, sampling, elicitation }) => ({
    roots,
    sampling: isObject(sampling) ? {} : sampling,
    elicitation: isObject(elicitation) ? {} : elicitation,
  }),
  question({ method, params }) {
    if (method !== 'elicitation/create') return params
    const { mode, requestedSchema, ...rest } = params ?? {}
    if (mode === 'url' || !isObject(requestedSchema)) throw cannotShow('a page')
    const { properties } = requestedSchema
    const fields = isObject(properties) ? Object.entries(properties) : []
    return {
      ...rest,
      requestedSchema: {
        ...requestedSchema,
        properties: Object.fromEntries(fields.map(([name, field]) => [name, field20250618(field)])),
      },
    }
  },
}

/** Titles of choices had a list of their own; only a yes or no had a default. */
function field20250618(field: unknown): unknown {
  if (!isObject(field)) return field
  if (field.type === 'array') throw cannotShow('several choices at once')
  const { default: preset, oneOf, ...rest } = field
  if (!Array.isArray(oneOf)) return field.type === 'boolean' ? field : rest
  return {
    ...rest,
    enum: oneOf.map((choice) => choice.const),
    enumNames: oneOf.map((choice) => choice.title),
  }
}

const cannotShow = (what: string): ProtocolError =>
  new ProtocolError(
    'missing_client_capability',
    `This call has to ask for ${what}, which clients of revision 2025-06-18 cannot show.`,
    { requiredCapabilities: { elicitation: {} } },
  )

const block20250618 = (block: ContentBlock): ContentBlock =>
  block.type === 'resource_link' ? withoutIcons(block) : block

function withoutIcons<T extends { icons?: Icon[] }>({ icons: _, ...rest }: T): Omit<T, 'icons'> {
  return rest
}
