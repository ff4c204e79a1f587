import type { RevisionCodec } from '../codec'
import type { ContentBlock } from '../wire'
import { codec20250618 } from './2025-06-18'

/** The oldest: no structured output, no titles but the annotation's, no `_meta` on content. */
export const codec20250326: RevisionCodec = {
  ...codec20250618,
  revision: '2025-03-26',
  primesStreams: false,
  tool({ name, title, description, inputSchema, annotations }) {
    // The display name lived in the annotations before it had a field of its own.
    const named = title === undefined ? annotations : { title, ...annotations }
    return { name, description, inputSchema, annotations: named }
  },
  callResult({ content, isError, _meta }) {
    return {
      content: content.map(block20250326),
      ...(isError && { isError }),
      ...(_meta && { _meta }),
    }
  },
  serverInfo: ({ name, version }) => ({ name, version }),
}

function block20250326({ _meta: _, ...block }: ContentBlock): Record<string, unknown> {
  // A link has no block type yet; its address is still of use to the model as text.
  if (block.type === 'resource_link') {
    const label = block.title ?? block.name
    const text = `${label}: ${block.uri}${block.description ? `\n${block.description}` : ''}`
    return { type: 'text', text }
  }
  if (!block.annotations) return block
  const { lastModified: _later, ...annotations } = block.annotations
  return { ...block, annotations }
}
