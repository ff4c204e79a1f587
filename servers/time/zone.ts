import { NotFoundError } from '#sdk'
import { nearest } from './nearest'

/** An IANA zone in its canonical spelling. @throws {NotFoundError} `unknown_zone`, with near names. */
export function readZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    const near = nearest(name, Intl.supportedValuesOf('timeZone'))
    const hint = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''
    throw new NotFoundError(
      'unknown_zone',
      `"${name}" is not an IANA time zone.${hint} Zones look like "Europe/Berlin" or "UTC".`,
    )
  }
}

/** Zones that somebody typing this may mean: by their beginning, by that of the city, anywhere. */
export function zonesLike(typed: string): string[] {
  const wanted = typed.toLowerCase().replaceAll(' ', '_')
  const all = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
  const rankOf = (zone: string): number => {
    const name = zone.toLowerCase()
    const ranks = [name.startsWith(wanted), name.includes(`/${wanted}`), name.includes(wanted)]
    return ranks.indexOf(true)
  }
  const found = all.map((zone) => ({ zone, rank: rankOf(zone) })).filter(({ rank }) => rank >= 0)
  return found.sort((a, b) => a.rank - b.rank).map(({ zone }) => zone)
}

export interface ZonedTime {
  timezone: string
  /** ISO 8601 with the zone's offset at that moment. */
  iso: string
  /** As a person in that zone would write it. */
  local: string
  weekday: string
  utcOffset: string
}

/** One moment, `epochMs`, on the clocks of one zone. */
export function inZone(epochMs: number, timezone: string): ZonedTime {
  const parts = partsIn(epochMs, timezone)
  const utcOffset = offsetText(offsetSeconds(epochMs, timezone))
  const date = `${parts.year}-${parts.month}-${parts.day}`
  const time = `${parts.hour}:${parts.minute}:${parts.second}`
  return {
    timezone,
    iso: `${date}T${time}${utcOffset}`,
    local: `${date} ${time}`,
    weekday: parts.weekday,
    utcOffset,
  }
}

/**
 * The moment at which clocks in `timezone` show `local` (`YYYY-MM-DDTHH:MM[:SS]`); NaN when no
 * calendar has that date. In the hour a zone repeats, the first pass; in the hour it skips, the
 * time after the jump.
 */
export function momentOf(local: string, timezone: string): number {
  const asUtc = parseUtc(local)
  if (Number.isNaN(asUtc)) return asUtc
  // The offset a day before and after brackets any change, so one of the two is the right one.
  const offsets = [-1, 1].map((days) => offsetSeconds(asUtc + days * 86_400_000, timezone))
  const candidates = offsets.map((seconds) => asUtc - seconds * 1000)
  const exact = candidates.filter((at) => at + offsetSeconds(at, timezone) * 1000 === asUtc)
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)
}

/** `Date` takes February 30 for March 2, and years of other lengths are written otherwise. */
function parseUtc(local: string): number {
  const year = Number(local.slice(0, 4))
  const at = Date.parse(`${local}Z`)
  if (year <= FIRST_YEAR || year >= LAST_YEAR || Number.isNaN(at)) return Number.NaN
  return new Date(at).toISOString().startsWith(local) ? at : Number.NaN
}

// Those of four digits after Christ; the outermost two are the room that offsets need.
const FIRST_YEAR = 1
const LAST_YEAR = 9999

/** In seconds: before zones were agreed on, each city had a time of its own. */
function offsetSeconds(epochMs: number, timezone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(epochMs, timezone)
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Math.round(shown / 1000) - Math.floor(epochMs / 1000)
}

function offsetText(seconds: number): string {
  const size = Math.abs(seconds)
  const [hours, minutes, rest] = [size / 3600, (size / 60) % 60, size % 60].map((part) =>
    String(Math.floor(part)).padStart(2, '0'),
  )
  return `${seconds < 0 ? '-' : '+'}${hours}:${minutes}${rest === '00' ? '' : `:${rest}`}`
}

function partsIn(epochMs: number, timezone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return {
    year: part('year').padStart(4, '0'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    weekday: part('weekday'),
  }
}
