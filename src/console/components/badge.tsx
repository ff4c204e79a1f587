import type { Child } from 'hono/jsx'

export type BadgeTone = 'neutral' | 'read' | 'change' | 'delete'

/** A short fact. The words carry it; the colour only helps to find it again. */
export const Badge = ({ tone = 'neutral', children }: { tone?: BadgeTone; children: Child }) => (
  <span class={`badge badge-${tone}`}>{children}</span>
)
