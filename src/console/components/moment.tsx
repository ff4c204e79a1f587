const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** The day of a point in time in UTC, in words. */
export const dayOf = (epochSeconds: number): string => DAY.format(epochSeconds * 1000)

/** A point in time, in epoch seconds, as a day and a time of day in UTC. */
export const Moment = ({ at }: { at: number }) => {
  const iso = new Date(at * 1000).toISOString()
  return (
    <time datetime={iso.replace(/\.\d+Z$/, 'Z')}>
      {dayOf(at)}, {iso.slice(11, 16)} UTC
    </time>
  )
}
