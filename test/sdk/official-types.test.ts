import type {
  CallToolResult as OfficialCallToolResult,
  CompleteResult as OfficialCompleteResult,
  ContentBlock as OfficialContentBlock,
  GetPromptResult as OfficialGetPromptResult,
  Icon as OfficialIcon,
  Prompt as OfficialPrompt,
  ReadResourceResult as OfficialReadResourceResult,
  Resource as OfficialResource,
  ResourceTemplateType as OfficialResourceTemplate,
  Tool as OfficialTool,
} from '@modelcontextprotocol/server'
import { assertType, it } from 'vitest'
import type {
  CallToolResult,
  CompleteResult,
  ContentBlock,
  GetPromptResult,
  Icon,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
  ToolAnnotations,
} from '../../src/protocol'

/** The same fields as a type literal: an interface is never assignable to an index signature. */
type Literal<T> = { [Key in keyof T]: T[Key] }
/** Schemas are any JSON to us and a deep type to the SDK, so they are compared by their root. */
type Schemas = 'inputSchema' | 'outputSchema'

// Checked by the compiler: whatever the platform produces is what the official SDK expects.
it('produces the shapes that the official SDK declares', () => {
  const ours = <T>(): T => undefined as T
  assertType<Omit<OfficialTool, Schemas>>(ours<Omit<Tool, Schemas>>())
  assertType<Tool['inputSchema']>(ours<OfficialTool['inputSchema']>())
  assertType<OfficialCallToolResult>(ours<Literal<CallToolResult>>())
  assertType<OfficialContentBlock>(ours<ContentBlock>())
  assertType<OfficialIcon>(ours<Icon>())
  assertType<OfficialResource>(ours<Literal<Resource>>())
  assertType<OfficialResourceTemplate>(ours<Literal<ResourceTemplate>>())
  assertType<OfficialPrompt>(ours<Literal<Prompt>>())
  assertType<OfficialReadResourceResult>(ours<Literal<ReadResourceResult>>())
  assertType<OfficialGetPromptResult>(ours<Literal<GetPromptResult>>())
  assertType<OfficialCompleteResult>(ours<Literal<CompleteResult>>())
  assertType<NonNullable<OfficialTool['annotations']>>(ours<ToolAnnotations>())
  // @ts-expect-error the comparison would notice a field of another type
  assertType<OfficialIcon>(ours<Omit<Icon, 'src'> & { src: number }>())
})
