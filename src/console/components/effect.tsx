import type { ToolView } from '../views'
import { Badge } from './badge'

const EFFECT_WORDS = {
  read: 'Only reads',
  change: 'Makes changes',
  delete: 'Can delete',
} satisfies Record<ToolView['effect'], string>

/** What a call may do to the world, the first thing a person wants to know of a tool. */
export const EffectBadge = ({ effect }: { effect: ToolView['effect'] }) => (
  <Badge tone={effect}>{EFFECT_WORDS[effect]}</Badge>
)

const COUNTED: readonly { effect: ToolView['effect']; one: string; many: string }[] = [
  { effect: 'read', one: 'only reads', many: 'only read' },
  { effect: 'change', one: 'makes changes', many: 'make changes' },
  { effect: 'delete', one: 'can delete', many: 'can delete' },
]

/** `4 tools: 2 only read, 1 makes changes, 1 can delete`, or `2 tools that only read`. */
export function toolSummary(tools: ToolView[]): string {
  if (tools.length === 0) return 'No tools yet'
  const parts = COUNTED.flatMap(({ effect, one, many }) => {
    const count = tools.filter((tool) => tool.effect === effect).length
    return count === 0 ? [] : [{ count, verb: count === 1 ? one : many }]
  })
  const total = `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`
  const [first] = parts
  if (first?.count === tools.length) return `${total} that ${first.verb}`
  return `${total}: ${parts.map(({ count, verb }) => `${count} ${verb}`).join(', ')}`
}
