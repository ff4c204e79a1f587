/** Tools that answer with each kind of content block. Names and texts are the referee's. @module */
import { defineTool, ToolError, toolResult } from '#sdk'
import { PNG_BASE64, WAV_BASE64 } from './samples'

const image = { type: 'image', data: PNG_BASE64, mimeType: 'image/png' } as const

const simpleText = defineTool({
  name: 'test_simple_text',
  description: 'One text block.',
  run: () => 'This is a simple text response for testing.',
})

const imageContent = defineTool({
  name: 'test_image_content',
  description: 'One PNG image of a single pixel.',
  run: () => toolResult({ content: [image] }),
})

const audioContent = defineTool({
  name: 'test_audio_content',
  description: 'One empty WAV file.',
  run: () => toolResult({ content: [{ type: 'audio', data: WAV_BASE64, mimeType: 'audio/wav' }] }),
})

const embeddedResource = defineTool({
  name: 'test_embedded_resource',
  description: 'One embedded text resource.',
  run: () =>
    toolResult({
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        },
      ],
    }),
})

const multipleContentTypes = defineTool({
  name: 'test_multiple_content_types',
  description: 'A text, an image and an embedded resource, in this order.',
  run: () =>
    toolResult({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: JSON.stringify({ test: 'data', value: 123 }),
          },
        },
      ],
    }),
})

const errorHandling = defineTool({
  name: 'test_error_handling',
  description: 'Always fails.',
  run() {
    throw new ToolError('intended', 'This tool intentionally returns an error for testing')
  },
})

export const contentTools = [
  simpleText,
  imageContent,
  audioContent,
  embeddedResource,
  multipleContentTypes,
  errorHandling,
]
