/** The time of day anywhere, read-only. Public: nobody signs in. Reaches nothing outside. @module */
import * as z from 'zod'
import { defineResourceTemplate, defineServer, defineTool, ToolError } from '#sdk'
import { inZone, momentOf, readZone, zonesLike } from './zone'

const Zone = z.string().min(1).max(64).describe('IANA time zone, for example Europe/Berlin')
const ZonedTime = z.object({
  timezone: z.string(),
  iso: z.string().describe('ISO 8601 with UTC offset'),
  local: z.string().describe('Date and time as clocks in the zone show them'),
  weekday: z.string(),
  utcOffset: z.string().describe('For example +02:00'),
})
const READ_ONLY = { readOnlyHint: true, openWorldHint: false }

const getCurrentTime = defineTool({
  name: 'get_current_time',
  title: 'Current time',
  description:
    'The current date and time in one time zone, with weekday and UTC offset. ' +
    'An unknown zone is an error that suggests near names.',
  annotations: READ_ONLY,
  input: z.object({ timezone: Zone.default('UTC') }),
  output: ZonedTime,
  run: ({ timezone }) => inZone(Date.now(), readZone(timezone)),
})

const convertTime = defineTool({
  name: 'convert_time',
  title: 'Convert a time',
  description:
    'Converts a date and time from one time zone to another. `time` is read as the clocks in ' +
    '`from` show it; in an hour that a clock change repeats, as the first pass.',
  annotations: READ_ONLY,
  input: z.object({
    time: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$/)
      .describe('YYYY-MM-DDTHH:MM, without an offset'),
    from: Zone,
    to: Zone,
  }),
  output: z.object({ from: ZonedTime, to: ZonedTime }),
  run({ time, from, to }) {
    const [source, target] = [readZone(from), readZone(to)]
    const moment = momentOf(time.replace(' ', 'T'), source)
    if (Number.isNaN(moment)) {
      throw new ToolError('bad_time', `"${time}" is not a real date of the years 2 to 9998.`)
    }
    return { from: inZone(moment, source), to: inZone(moment, target) }
  },
})

const clock = defineResourceTemplate({
  name: 'clock',
  title: 'Clock of a time zone',
  description: 'The current date and time in one IANA time zone, as get_current_time has it.',
  uriTemplate: 'time://{zone}',
  mimeType: 'application/json',
  complete: { zone: zonesLike },
  read: ({ zone }) => JSON.stringify(inZone(Date.now(), readZone(zone))),
})

export default defineServer({
  name: 'time',
  version: '1.1.0',
  title: 'Time',
  description: 'The time of day in any time zone.',
  access: 'public',
  push: false,
  tools: [getCurrentTime, convertTime],
  resourceTemplates: [clock],
})
