/** Tools that say something on their way, take their time or ask something of the client. @module */
import * as z from 'zod'
import { defineTool, ToolError } from '#sdk'
import { sleep } from './samples'

const PAUSE_MS = 50

const toolWithProgress = defineTool({
  name: 'test_tool_with_progress',
  description: 'Reports progress 0, 50 and 100 of 100, 50 ms apart.',
  async run(_, { progress, signal }) {
    progress(0, 100)
    await sleep(PAUSE_MS, signal)
    progress(50, 100)
    await sleep(PAUSE_MS, signal)
    progress(100, 100)
    return 'Progress was reported.'
  },
})

const toolWithLogging = defineTool({
  name: 'test_tool_with_logging',
  description: 'Logs three messages at level info, 50 ms apart.',
  async run(_, { log, signal }) {
    log.info('Tool execution started')
    await sleep(PAUSE_MS, signal)
    log.info('Tool processing data')
    await sleep(PAUSE_MS, signal)
    log.info('Tool execution completed')
    return 'Three messages were logged.'
  },
})

const loggingTool = defineTool({
  name: 'test_logging_tool',
  description: 'Logs one message at level info for a caller who asked for it.',
  run(_, { log }) {
    log.info('This message was asked for.')
    return 'One message was logged.'
  },
})

const reconnection = defineTool({
  name: 'test_reconnection',
  description: 'Has its connection closed while it runs; the client comes back for the result.',
  annotations: { readOnlyHint: true },
  pollAfterMs: 100,
  async run(_, { signal }) {
    await sleep(500, signal)
    return 'Reconnection test completed.'
  },
})

const streamingElicitation = defineTool({
  name: 'test_streaming_elicitation',
  description: 'Reports progress twice and answers, without any question on the stream.',
  async run(_, { progress, signal }) {
    progress(1, 2)
    await sleep(PAUSE_MS, signal)
    progress(2, 2)
    return 'Nothing was asked.'
  },
})

const missingCapability = defineTool({
  name: 'test_missing_capability',
  description: 'Runs only for clients that declare sampling.',
  clientCapabilities: { sampling: {} },
  run: () => 'The client declared sampling.',
})

const greet = defineTool({
  name: 'greet',
  description: 'Greets by name, at once.',
  input: z.object({ name: z.string() }),
  run: ({ name }) => `Hello, ${name}!`,
})

const slowCompute = defineTool({
  name: 'slow_compute',
  description: 'Sleeps for some seconds and answers with its label; stops when cancelled.',
  // The referee asks for a minute to cancel in; while it is no task, that minute would be sat out.
  timeoutMs: 1_000,
  input: z.object({ seconds: z.number().min(0).max(90), label: z.string().default('') }),
  async run({ seconds, label }, { signal }) {
    await sleep(seconds * 1000, signal)
    return `Computed ${label} in ${seconds} s.`
  },
})

const failingJob = defineTool({
  name: 'failing_job',
  description: 'Fails after one second.',
  async run(_, { signal }) {
    await sleep(1000, signal)
    throw new ToolError('intended', 'This job always fails.')
  },
})

const triggerToolChange = defineTool({
  name: 'test_trigger_tool_change',
  description: 'Tells whoever listens that the tools have changed.',
  run(_, { notify }) {
    notify.toolsChanged()
    return 'Told.'
  },
})

const triggerPromptChange = defineTool({
  name: 'test_trigger_prompt_change',
  description: 'Tells whoever listens that the prompts have changed.',
  run(_, { notify }) {
    notify.promptsChanged()
    return 'Told.'
  },
})

/** Not the referee's: for clients that subscribe. */
const triggerResourceUpdate = defineTool({
  name: 'test_trigger_resource_update',
  description: 'Tells whoever subscribed to it that the watched resource has changed.',
  run(_, { notify }) {
    notify.resourceUpdated('test://watched-resource')
    return 'Told.'
  },
})

export const runningTools = [
  toolWithProgress,
  toolWithLogging,
  loggingTool,
  reconnection,
  streamingElicitation,
  missingCapability,
  greet,
  slowCompute,
  failingJob,
  triggerToolChange,
  triggerPromptChange,
  triggerResourceUpdate,
]
