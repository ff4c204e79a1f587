/** A knowledge base: documents in a database of its own, found by full-text search. @module */
import { defineServer } from '#sdk'
import { documentResource } from './resources/document'
import { config } from './shapes'
import { fetchDocument } from './tools/fetch'
import { search } from './tools/search'
import { searchSections } from './tools/search-sections'

export default defineServer({
  name: 'docs',
  version: '1.0.0',
  title: 'Documentation',
  description: 'The documentation of this platform: search it and read it.',
  instructions:
    'Find sections with search, then read the best ones with fetch before you answer. The id of a ' +
    'section up to "#" is that of its whole document. Cite url where there is one.',
  // Not public, though these documents are: whoever puts their own in their place starts from here,
  // and a knowledge base that is open until somebody thinks of it is a leak.
  access: 'authenticated',
  push: false,
  scopes: { 'docs:read': 'Search and read the documentation' },
  uses: { db: true },
  config,
  tools: [search, fetchDocument, searchSections],
  resourceTemplates: [documentResource],
})
