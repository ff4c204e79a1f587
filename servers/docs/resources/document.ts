import { defineResourceTemplate, ToolError } from '#sdk'
import { listDocuments, pathsLike, readDocument } from '../documents'

const PAGE_SIZE = 100
const MAX_COMPLETIONS = 100

export const documentResource = defineResourceTemplate({
  name: 'document',
  title: 'Document',
  description: 'One document of the documentation in Markdown, by its path. The list has them all.',
  uriTemplate: 'docs://{+path}',
  mimeType: 'text/markdown',
  scopes: ['docs:read'],
  uses: { db: true },
  complete: {
    async path(typed, { db }) {
      const found = await pathsLike(db, typed, MAX_COMPLETIONS + 1)
      return { values: found, hasMore: found.length > MAX_COMPLETIONS }
    },
  },
  async list(cursor = '', { db }) {
    if (cursor.length > 300) throw new ToolError('bad_cursor', 'That is no cursor of this list.')
    const found = await listDocuments(db, cursor, PAGE_SIZE + 1)
    const page = found.slice(0, PAGE_SIZE)
    const last = page.at(-1)
    return {
      resources: page.map(({ path, title, size }) => ({
        uri: `docs://${path.split('/').map(encodeURIComponent).join('/')}`,
        name: path,
        title,
        size,
      })),
      ...(last && found.length > PAGE_SIZE && { nextCursor: last.path }),
    }
  },
  async read({ path }, { db }) {
    const { text } = await readDocument(db, path)
    return text
  },
})
