import type { RevisionCodec } from '../codec'
import type { Annotations, ContentBlock, ResourceContents, Tool } from '../wire'
import { codec20250618 } from './2025-06-18'

/**
 * The oldest: no structured output, no titles but the annotation's, no forms, and of `_meta` only what
 * MCP Apps says: hosts look for it whatever they have negotiated.
 */
export const codec20250326: RevisionCodec = {
  ...codec20250618,
  revision: '2025-03-26',
  primesStreams: false,
  tool({ name, title, description, inputSchema, annotations, _meta }) {
    // The display name lived in the annotations before it had a field of its own.
    const named = title === undefined ? annotations : { title, ...annotations }
    return { name, description, inputSchema, annotations: named, ...appsOnly(_meta) }
  },
  resource: itemToRead,
  resourceTemplate: itemToRead,
  prompt({ name, description, arguments: asked }) {
    const described = asked?.map(({ title: _, ...argument }) => argument)
    return { name, description, ...(described && { arguments: described }) }
  },
  callResult({ content, isError, _meta }) {
    return {
      content: content.map(block20250326),
      ...(isError && { isError }),
      ...(_meta && { _meta }),
    }
  },
  readResult: ({ contents, ttlMs: _, ...result }) => ({
    ...result,
    contents: contents.map(contents20250326),
  }),
  promptResult: ({ messages, ...result }) => ({
    ...result,
    messages: messages.map(({ role, content }) => ({ role, content: block20250326(content) })),
  }),
  serverInfo: ({ name, version }) => ({ name, version }),
  // There were no forms yet, so that nobody is asked to fill one in.
  clientCapabilities: ({ elicitation: _, ...declared }) =>
    codec20250618.clientCapabilities(declared),
}

interface Listed {
  name: string
  title?: string
  icons?: unknown
  annotations?: Annotations
  _meta?: unknown
}

/** What is read by its address shows people its name, so the title takes the name's place. */
function itemToRead({ icons: _i, _meta: _m, title, annotations, ...item }: Listed) {
  return {
    ...item,
    ...(title !== undefined && { name: title }),
    ...(annotations && { annotations: annotations20250326(annotations) }),
  }
}

function block20250326({ _meta: _, ...block }: ContentBlock): Record<string, unknown> {
  // A link has no block type yet; its address is still of use to the model as text.
  if (block.type === 'resource_link') {
    const label = block.title ?? block.name
    const text = `${label}: ${block.uri}${block.description ? `\n${block.description}` : ''}`
    return { type: 'text', text }
  }
  return {
    ...block,
    ...(block.type === 'resource' && { resource: contents20250326(block.resource) }),
    ...(block.annotations && { annotations: annotations20250326(block.annotations) }),
  }
}

const contents20250326 = ({ _meta, ...contents }: ResourceContents): Record<string, unknown> => ({
  ...contents,
  ...appsOnly(_meta),
})

const appsOnly = (meta: Tool['_meta']): Pick<Tool, '_meta'> =>
  meta?.ui === undefined ? {} : { _meta: { ui: meta.ui } }

const annotations20250326 = ({ lastModified: _, ...annotations }: Annotations): Annotations =>
  annotations
