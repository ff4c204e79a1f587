import type { RevisionCodec } from '../codec'
import { ProtocolError } from '../protocol-error'
import type { ContentBlock } from '../wire'
import { codec20251125 } from './2025-11-25'

/** Without icons, and with wrong arguments answered as an error. */
export const codec20250618: RevisionCodec = {
  revision: '2025-06-18',
  primesStreams: false,
  tool(tool) {
    const { icons: _, ...rest } = codec20251125.tool(tool)
    return rest
  },
  callResult(result) {
    return codec20251125.callResult({ ...result, content: result.content.map(withoutIcons) })
  },
  invalidInput(message) {
    throw new ProtocolError('invalid_params', message)
  },
  serverInfo({ name, version, title }) {
    return { name, version, ...(title !== undefined && { title }) }
  },
}

function withoutIcons(block: ContentBlock): ContentBlock {
  if (block.type !== 'resource_link') return block
  const { icons: _, ...rest } = block
  return rest
}
