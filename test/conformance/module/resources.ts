/** Resources of each kind. Addresses and contents are the referee's. @module */
import { defineResource, defineResourceTemplate } from '#sdk'
import { PNG_BASE64 } from './samples'

const staticText = defineResource({
  name: 'static-text',
  title: 'Static text',
  description: 'One line of text.',
  uri: 'test://static-text',
  mimeType: 'text/plain',
  cacheSeconds: 60,
  read: () => 'This is the content of the static text resource.',
})

const staticBinary = defineResource({
  name: 'static-binary',
  title: 'Static image',
  description: 'One PNG image of a single pixel.',
  uri: 'test://static-binary',
  mimeType: 'image/png',
  read: () => Uint8Array.from(atob(PNG_BASE64), (character) => character.charCodeAt(0)),
})

const templateData = defineResourceTemplate({
  name: 'template-data',
  title: 'Data by id',
  description: 'What there is for one id; there is something for each.',
  uriTemplate: 'test://template/{id}/data',
  mimeType: 'application/json',
  complete: { id: (value) => ['1', '12', '123'].filter((id) => id.startsWith(value)) },
  read: ({ id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
})

const watched = defineResource({
  name: 'watched-resource',
  title: 'Watched resource',
  description: 'One line of text that can be subscribed to.',
  uri: 'test://watched-resource',
  mimeType: 'text/plain',
  read: () => 'Watched resource content.',
})

export const resources = [staticText, staticBinary, watched]
export const resourceTemplates = [templateData]
