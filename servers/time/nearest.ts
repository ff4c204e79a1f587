/** Up to `count` of `known` spelled most like `wanted`, nearest first; none when nothing is near. */
export function nearest(wanted: string, known: readonly string[], count = 3): string[] {
  const target = fold(wanted)
  return known
    .map((name) => ({ name, distance: distanceTo(target, name) }))
    .filter(({ distance }) => distance <= Math.max(2, target.length / 3))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name, 'en'))
    .slice(0, count)
    .map(({ name }) => name)
}

/** People name a city, "berlin", or the whole zone, "europe/berlin": the better match counts. */
function distanceTo(target: string, name: string): number {
  const whole = fold(name)
  return Math.min(editDistance(target, whole), editDistance(target, whole.split('/').at(-1) ?? ''))
}

const fold = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted))
    }
    row = next
  }
  return row[b.length] ?? 0
}
