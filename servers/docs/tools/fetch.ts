import * as z from 'zod'
import { defineTool } from '#sdk'
import { readDocument, readSection } from '../documents'
import { config, Fetched, urlOf } from '../shapes'

export const fetchDocument = defineTool({
  name: 'fetch',
  title: 'Read a document',
  description:
    'The text of one section, by its id from search, or of a whole document, by its path such as ' +
    'README.md. metadata names the document and the ids of the sections before and after.',
  scopes: ['docs:read'],
  uses: { db: true, config },
  annotations: { readOnlyHint: true, openWorldHint: false },
  // Exactly this: see search.
  input: z.object({ id: z.string().describe('Of a section or a document') }),
  output: Fetched,
  async run({ id }, { db, config }) {
    const [path = '', anchor = ''] = id.split(/#(.*)/s)
    if (anchor === '') {
      const { title, text, sections } = await readDocument(db, path)
      const metadata = { document: title, path, sections: String(sections.length) }
      return { id, title, text, url: urlOf(config.URL, path, ''), metadata }
    }
    const section = await readSection(db, path, anchor)
    const { title, text, document, previous, next } = section
    return {
      id,
      title,
      text,
      url: urlOf(config.URL, path, anchor),
      metadata: { document, path, ...(previous && { previous }), ...(next && { next }) },
    }
  },
})
