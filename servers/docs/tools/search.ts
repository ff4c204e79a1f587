import * as z from 'zod'
import { defineTool } from '#sdk'
import { searchPage } from '../query'
import { config, Found, idOf, urlOf } from '../shapes'

const MAX_RESULTS = 10

export const search = defineTool({
  name: 'search',
  title: 'Search the documentation',
  description:
    `Finds sections of the documentation by words, the ${MAX_RESULTS} best first. Returns their id, ` +
    'title and url; read them with fetch. An empty list means that no section has any of the words: ' +
    'try others.',
  scopes: ['docs:read'],
  uses: { db: true, config },
  annotations: { readOnlyHint: true, openWorldHint: false },
  // Exactly this, without limits of its own: clients know the tool by the schema of its input.
  input: z.object({ query: z.string().describe('What to look for, in words') }),
  output: z.object({ results: z.array(Found) }),
  async run({ query }, { db, config }) {
    const { hits } = await searchPage(db, { query, limit: MAX_RESULTS })
    return {
      results: hits.map(({ path, anchor, title }) => ({
        id: idOf(path, anchor),
        title,
        url: urlOf(config.URL, path, anchor),
      })),
    }
  },
})
