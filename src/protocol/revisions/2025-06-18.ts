import type { RevisionCodec } from '../codec'
import { ProtocolError } from '../protocol-error'
import type { ContentBlock, Icon } from '../wire'
import { codec20251125 } from './2025-11-25'

/** Without icons, and with wrong arguments answered as an error. */
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
}

const block20250618 = (block: ContentBlock): ContentBlock =>
  block.type === 'resource_link' ? withoutIcons(block) : block

function withoutIcons<T extends { icons?: Icon[] }>({ icons: _, ...rest }: T): Omit<T, 'icons'> {
  return rest
}
