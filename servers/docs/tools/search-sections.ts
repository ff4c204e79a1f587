import * as z from 'zod'
import { defineTool } from '#sdk'
import { searchPage } from '../query'
import { config, Found, idOf, urlOf } from '../shapes'

const PAGE_SIZE = 20

export const searchSections = defineTool({
  name: 'search_sections',
  title: 'Search section by section',
  description:
    `Like search, but shows the words around what it found, has pages of ${PAGE_SIZE} and can stay ` +
    'within one document. Use it when search finds too much, or to skim. With next_cursor in the ' +
    'answer there are more: call again with the same arguments and that cursor.',
  scopes: ['docs:read'],
  uses: { db: true, config },
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({
    query: z.string().describe('What to look for, in words'),
    document: z.string().max(300).optional().describe('Path of the only document to look in'),
    cursor: z.string().max(64).optional().describe('next_cursor of the page before'),
  }),
  output: z.object({
    sections: z.array(
      Found.extend({ snippet: z.string().describe('Markdown; what was found is bold') }),
    ),
    next_cursor: z.string().optional().describe('Absent on the last page'),
  }),
  async run({ query, document, cursor }, { db, config }) {
    const page = await searchPage(db, { query, path: document, cursor, limit: PAGE_SIZE })
    return {
      sections: page.hits.map(({ path, anchor, title, snippet }) => ({
        id: idOf(path, anchor),
        title,
        url: urlOf(config.URL, path, anchor),
        snippet,
      })),
      ...(page.nextCursor !== undefined && { next_cursor: page.nextCursor }),
    }
  },
})
