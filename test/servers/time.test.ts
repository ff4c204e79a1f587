import { afterEach, describe, expect, it, vi } from 'vitest'
import time from '../../servers/time/index'
import { createRegistry } from '../../src/registry'
import { ask, callTool, host, resultOf } from '../dispatch/harness'

interface ZonedTime {
  timezone: string
  iso: string
  local: string
  weekday: string
  utcOffset: string
}

const toolNamed = (name: string) => {
  const tool = time.tools.find((it) => it.name === name)
  if (!tool) throw new Error(`the module has no tool ${name}`)
  return tool
}
const call = (name: string, args: unknown) => callTool(toolNamed(name), args)

const convert = async (moment: string, from: string, to = 'UTC') => {
  const { completed, text } = await call('convert_time', { time: moment, from, to })
  const { isError, structuredContent } = completed()
  if (isError) throw new Error(text())
  return structuredContent as { from: ZonedTime; to: ZonedTime } // the output schema holds it to that
}
const errorOf = async (name: string, args: unknown): Promise<string> => {
  const { completed, text } = await call(name, args)
  expect(completed().isError).toBe(true)
  return text()
}

describe('the time module', () => {
  it('is fit to be hosted, for everyone, and only reads', () => {
    expect(createRegistry([time]).size).toBe(1)
    expect(time.access).toBe('public')
    for (const { annotations } of time.tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false })
    }
  })
})

describe('get_current_time', () => {
  afterEach(() => vi.useRealTimers())

  const now = async (args: unknown, at: string) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(at) })
    return (await call('get_current_time', args)).completed().structuredContent
  }

  it('is the moment in UTC unless a zone is named', async () => {
    expect(await now({}, '2026-07-28T09:05:07.891Z')).toEqual({
      timezone: 'UTC',
      iso: '2026-07-28T09:05:07+00:00',
      local: '2026-07-28 09:05:07',
      weekday: 'Tuesday',
      utcOffset: '+00:00',
    })
  })

  it.each([
    ['Europe/Berlin', '2026-07-28T11:05:07+02:00'],
    ['America/New_York', '2026-07-28T05:05:07-04:00'],
    ['Asia/Kolkata', '2026-07-28T14:35:07+05:30'],
    ['Asia/Kathmandu', '2026-07-28T14:50:07+05:45'],
    ['Australia/Adelaide', '2026-07-28T18:35:07+09:30'],
    ['Pacific/Kiritimati', '2026-07-28T23:05:07+14:00'],
    ['Pacific/Pago_Pago', '2026-07-27T22:05:07-11:00'],
    ['America/St_Johns', '2026-07-28T06:35:07-02:30'],
  ])('is what clocks in %s show', async (timezone, iso) => {
    expect(await now({ timezone }, '2026-07-28T09:05:07Z')).toMatchObject({ iso })
  })

  it('shows midnight as hour 00', async () => {
    expect(await now({}, '2026-01-01T00:00:00Z')).toMatchObject({ local: '2026-01-01 00:00:00' })
  })

  it('does not mind how a zone is spelled', async () => {
    expect(await now({ timezone: 'europe/berlin' }, '2026-07-28T09:05:07Z')).toMatchObject({
      timezone: 'Europe/Berlin',
    })
  })

  it.each([
    ['Europe/Berlim', 'Europe/Berlin'],
    ['berlin', 'Europe/Berlin'],
    ['New York', 'America/New_York'],
    ['tokio', 'Asia/Tokyo'],
  ])('suggests for the unknown zone "%s" among others %s', async (timezone, near) => {
    const text = await errorOf('get_current_time', { timezone })
    expect(text).toContain(`"${timezone}" is not an IANA time zone.`)
    expect(text).toContain(near)
  })

  it('suggests nothing for what is like no zone', async () => {
    expect(await errorOf('get_current_time', { timezone: 'qqqqqqqqqqqqqqqq' })).not.toContain(
      'Did you mean',
    )
  })

  it.each(['', 'x'.repeat(65), 5, null])('refuses the zone %j as an argument', async (timezone) => {
    const { completed } = await call('get_current_time', { timezone })
    expect(completed().outcome).toBe('invalid_input')
  })
})

describe('convert_time', () => {
  it.each([
    ['2026-01-15T12:00', 'Europe/Berlin', 'America/New_York', '2026-01-15T06:00:00-05:00'],
    ['2026-07-15 12:00:30', 'Europe/Berlin', 'Asia/Kolkata', '2026-07-15T15:30:30+05:30'],
    ['2026-03-15T09:00', 'America/New_York', 'Europe/Berlin', '2026-03-15T14:00:00+01:00'],
    ['2026-12-31T23:30', 'Asia/Kathmandu', 'UTC', '2026-12-31T17:45:00+00:00'],
    ['2026-01-01T01:00', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', '2025-12-31T00:00:00-11:00'],
    ['2028-02-29T12:00', 'UTC', 'UTC', '2028-02-29T12:00:00+00:00'],
    ['2026-06-01T12:00', 'Australia/Lord_Howe', 'UTC', '2026-06-01T01:30:00+00:00'],
    ['2026-06-01T12:00', 'Etc/GMT+5', 'UTC', '2026-06-01T17:00:00+00:00'],
  ])('reads %s in %s as %s', async (moment, from, to, iso) => {
    expect((await convert(moment, from, to)).to.iso).toBe(iso)
  })

  it('shows the moment on both clocks', async () => {
    const { from, to } = await convert('2026-07-28T23:30', 'Europe/Berlin', 'Asia/Tokyo')
    expect(from).toEqual({
      timezone: 'Europe/Berlin',
      iso: '2026-07-28T23:30:00+02:00',
      local: '2026-07-28 23:30:00',
      weekday: 'Tuesday',
      utcOffset: '+02:00',
    })
    expect(to).toMatchObject({ local: '2026-07-29 06:30:00', weekday: 'Wednesday' })
  })

  it.each([
    // Clocks go from 02:00 to 03:00.
    ['before the gap', '2026-03-29T01:59', 'Europe/Berlin', '2026-03-29T01:59:00+01:00'],
    ['in the gap', '2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T03:30:00+02:00'],
    ['at its end', '2026-03-29T03:00', 'Europe/Berlin', '2026-03-29T03:00:00+02:00'],
    [
      'in a gap west of Greenwich',
      '2026-03-08T02:30',
      'America/New_York',
      '2026-03-08T03:30:00-04:00',
    ],
    [
      'in a gap of half an hour',
      '2026-10-04T02:15',
      'Australia/Lord_Howe',
      '2026-10-04T02:45:00+11:00',
    ],
    [
      'in a gap that takes midnight away',
      '2026-09-06T00:30',
      'America/Santiago',
      '2026-09-06T01:30:00-03:00',
    ],
    [
      'on a day that a zone left out',
      '2011-12-30T12:00',
      'Pacific/Apia',
      '2011-12-31T12:00:00+14:00',
    ],
  ])('takes a time %s for the one after the jump', async (_, moment, zone, iso) => {
    expect((await convert(moment, zone)).from.iso).toBe(iso)
  })

  it.each([
    // Clocks go from 03:00 back to 02:00.
    ['before the overlap', '2026-10-25T01:59', 'Europe/Berlin', '2026-10-25T01:59:00+02:00'],
    ['in the overlap', '2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T02:30:00+02:00'],
    ['after it', '2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T03:00:00+01:00'],
    [
      'in an overlap west of Greenwich',
      '2026-11-01T01:30',
      'America/New_York',
      '2026-11-01T01:30:00-04:00',
    ],
    [
      'in an overlap of half an hour',
      '2026-04-05T01:45',
      'Australia/Lord_Howe',
      '2026-04-05T01:45:00+11:00',
    ],
  ])('takes a time %s for the first pass', async (_, moment, zone, iso) => {
    expect((await convert(moment, zone)).from.iso).toBe(iso)
  })

  it.each([
    '2026-02-30T12:00',
    '2026-02-29T12:00',
    '2026-04-31T12:00',
    '2026-13-01T12:00',
    '2026-00-10T12:00',
    '2026-01-00T12:00',
    '2026-01-32T12:00',
    '2026-01-01T25:00',
    '2026-01-01T24:00',
    '2026-01-01T12:60',
    '2026-01-01T12:00:60',
    '2100-02-29T12:00',
    '0000-06-01T12:00',
    '0001-12-31T12:00',
    '9999-01-01T12:00',
  ])('refuses %s, which no calendar has', async (moment) => {
    expect(await errorOf('convert_time', { time: moment, from: 'UTC', to: 'UTC' })).toBe(
      `"${moment}" is not a real date of the years 2 to 9998.`,
    )
  })

  it.each([
    ['1900-01-01T00:00', 'UTC', '1900-01-01T00:00:00+00:00'],
    ['0002-01-01T00:00', 'Pacific/Apia', '0002-01-01T00:00:00+12:33:04'],
    ['0099-06-01T12:00', 'UTC', '0099-06-01T12:00:00+00:00'],
    ['9998-12-31T23:59', 'Pacific/Kiritimati', '9998-12-31T23:59:00+14:00'],
    ['1880-01-01T12:00', 'Europe/Berlin', '1880-01-01T12:00:00+00:53:28'],
    ['1970-01-01T00:00', 'Europe/Berlin', '1970-01-01T00:00:00+01:00'],
    ['2100-07-01T12:00', 'America/New_York', '2100-07-01T12:00:00-04:00'],
  ])('takes %s in %s for what it says, near or far', async (moment, zone, iso) => {
    expect((await convert(moment, zone)).from.iso).toBe(iso)
  })

  it('is the same moment there and back', async () => {
    const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham']
    for (const from of zones) {
      for (const to of zones) {
        const there = await convert('2026-07-15T12:34:56', from, to)
        const back = await convert(there.to.local, to, from)
        expect(back.to.local).toBe('2026-07-15 12:34:56')
      }
    }
  })

  it('names the zone it does not know', async () => {
    const args = { time: '2026-01-01T12:00', from: 'UTC', to: 'Mars/Olympus' }
    expect(await errorOf('convert_time', args)).toContain('"Mars/Olympus"')
  })

  it.each([
    'noon',
    '2026-01-01',
    '12:00',
    '2026-01-01T12:00Z',
    '2026-01-01T12:00+02:00',
    '26-1-1T1:00',
  ])('refuses "%s" as an argument', async (moment) => {
    const args = { time: moment, from: 'UTC', to: 'UTC' }
    expect((await call('convert_time', args)).completed().outcome).toBe('invalid_input')
  })
})

describe('time://{zone}', () => {
  const server = host(time)
  const read = (uri: string) => ask(server, { method: 'resources/read', uri })
  const complete = async (value: string) => {
    const of = { template: 'time://{zone}' }
    const asked = {
      method: 'completion/complete',
      of,
      argument: 'zone',
      value,
      chosen: {},
    } as const
    return resultOf((await ask(server, asked)).result).completion
  }
  afterEach(() => vi.useRealTimers())

  it.each(['time://Europe/Berlin', 'time://Europe%2FBerlin', 'time://europe/berlin'])(
    'shows the clock of a zone, however it is written: %s',
    async (uri) => {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-07-01T12:00:00Z') })
      const [part] = resultOf((await read(uri)).result).contents
      expect(part).toMatchObject({ uri, mimeType: 'application/json' })
      expect(JSON.parse((part as { text: string }).text)).toMatchObject({
        timezone: 'Europe/Berlin',
        iso: '2026-07-01T14:00:00+02:00',
      })
    },
  )

  it('does not exist for a zone that does not, with near names', async () => {
    expect((await read('time://Europe/Berlim')).result).toMatchObject({
      kind: 'error',
      error: {
        kind: 'resource_not_found',
        message: expect.stringContaining('Did you mean Europe/Berlin'),
        data: { uri: 'time://Europe/Berlim' },
      },
    })
  })

  it.each([
    ['berl', ['Europe/Berlin']],
    ['europe/ber', ['Europe/Berlin']],
    ['UT', 'UTC'],
    ['new y', ['America/New_York']],
    ['zzz', []],
  ])('completes %j', async (typed, zones) => {
    const { values } = await complete(typed)
    if (Array.isArray(zones)) expect(values).toEqual(zones)
    else expect(values[0]).toBe(zones)
  })

  it('offers the first hundred zones to who has typed nothing, and says that there are more', async () => {
    const completion = await complete('')
    expect(completion.values).toHaveLength(100)
    expect(completion.values[0]).toBe('UTC')
    expect(completion.hasMore).toBe(true)
    expect(completion.total).toBeGreaterThan(400)
  })
})
