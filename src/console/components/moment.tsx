const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** A point in time, in epoch seconds, as a day and a time of day in UTC. */
export const Moment = ({ at }: { at: number }) => {
  const iso = new Date(at * 1000).toISOString()
  return (
    <time datetime={iso.replace(/\.\d+Z$/, 'Z')}>
      {DAY.format(at * 1000)}, {iso.slice(11, 16)} UTC
    </time>
  )
}
