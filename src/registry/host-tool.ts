import { readHeaderParams } from '../protocol'
import type { ToolDefinition } from '../sdk'
import type { Report } from './checks'
import { describeItem } from './describe-item'
import { checkToolUi, describeToolUi } from './host-app'
import type { HostedTool } from './hosted'
import { wireSchema } from './wire-schema'

export function hostTool(tool: ToolDefinition, report: Report): HostedTool {
  const inputSchema = wireSchema('input', tool.input, report)
  if (inputSchema.type !== 'object') {
    report('input', 'must describe an object; its JSON Schema has another or no root type')
  }
  const { params, problems } = readHeaderParams(inputSchema)
  for (const problem of problems) report('input', `at ${problem}`)
  const outputSchema = tool.output && wireSchema('output', tool.output, report)
  checkToolUi(tool, report)
  const { _meta, ...described } = describeItem(tool)
  const meta = tool.ui ? { ..._meta, ui: describeToolUi(tool.ui) } : _meta
  return {
    definition: tool,
    description: {
      ...described,
      inputSchema,
      ...(outputSchema && { outputSchema }),
      annotations: tool.annotations,
      ...(meta && { _meta: meta }),
    },
    headerParams: params,
  }
}
