/** Prompts with each kind of content. Names and texts are the referee's. @module */
import * as z from 'zod'
import { definePrompt } from '#sdk'
import { PNG_BASE64 } from './samples'

const simple = definePrompt({
  name: 'test_simple_prompt',
  description: 'One message without arguments.',
  run: () => 'This is a simple prompt for testing.',
})

const WORDS = ['test', 'testValue1', 'testing', 'party', 'park', 'paris']

const withArguments = definePrompt({
  name: 'test_prompt_with_arguments',
  description: 'One message with two arguments in it.',
  input: z.object({
    arg1: z.string().describe('First test argument'),
    arg2: z.string().describe('Second test argument'),
  }),
  complete: { arg1: (value) => WORDS.filter((word) => word.startsWith(value)) },
  run: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
})

const withEmbeddedResource = definePrompt({
  name: 'test_prompt_with_embedded_resource',
  description: 'An embedded resource, and what to do with it.',
  input: z.object({ resourceUri: z.string().describe('URI of the resource to embed') }),
  run: ({ resourceUri }) => [
    {
      role: 'user',
      content: {
        type: 'resource',
        resource: {
          uri: resourceUri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      },
    },
    { role: 'user', content: 'Please process the embedded resource above.' },
  ],
})

const withImage = definePrompt({
  name: 'test_prompt_with_image',
  description: 'An image, and what to do with it.',
  run: () => [
    { role: 'user', content: { type: 'image', data: PNG_BASE64, mimeType: 'image/png' } },
    { role: 'user', content: 'Please analyze the image above.' },
  ],
})

export const prompts = [simple, withArguments, withEmbeddedResource, withImage]
