/** A mooring ring on the edge of a quay, with its rope: also a Q. */
const RING = 'M23 15a8 8 0 1 1-16 0a8 8 0 0 1 16 0'
const ROPE = 'M17.5 17.5c3 3 3.5 6.5 9.5 8.5'
const QUAY = 'M3 28.5h26'

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d={RING} />
    <path d={QUAY} />
    <path class="mark-rope" d={ROPE} />
  </svg>
)

/** The same as the icon of a tab, where the page's style does not reach. */
export function markDataUrl(): string {
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="3.5" stroke-linecap="round">',
    '<style>path{stroke:#12293a}.r{stroke:#a3155f}@media(prefers-color-scheme:dark){path{stroke:#e6eef2}.r{stroke:#f49ac8}}</style>',
    `<path d="${RING}"/><path d="${QUAY}"/><path class="r" d="${ROPE}"/></svg>`,
  ].join('')
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
