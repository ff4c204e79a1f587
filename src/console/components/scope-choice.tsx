import type { Child } from 'hono/jsx'
import type { ConsentScopeView } from '../oauth-views'
import type { ToolView } from '../views'
import { Badge } from './badge'
import { EffectBadge } from './effect'
import { Inline } from './prose'

const EFFECTS: readonly ToolView['effect'][] = ['read', 'change', 'delete']
const MAX_SUMMARY_CHARACTERS = 200

/**
 * One permission to give or to keep, and what a client can do with it. A required one is given by
 * a hidden field, because the browser does not send a checkbox that cannot be changed.
 */
export const ScopeChoice = ({ scope, id }: { scope: ConsentScopeView; id: string }) => {
  const { name, required = false, tools, resources, prompts } = scope
  return (
    <li class="scope">
      {required && <input type="hidden" name="scope" value={name} />}
      <input
        type="checkbox"
        id={id}
        name={required ? undefined : 'scope'}
        value={name}
        checked={required || scope.checked}
        disabled={required}
        aria-describedby={`${id}-facts`}
      />
      <div class="scope-body">
        <h3>
          <label for={id}>{scope.description}</label>
        </h3>
        <p class="facts" id={`${id}-facts`}>
          <code>{name}</code>
          {required && <Badge>Cannot be left out</Badge>}
          {scope.alreadyGranted && <Badge>Allowed before</Badge>}
        </p>
        {scope.includes && scope.includes.length > 0 && (
          <p class="includes">
            Includes {inWords(scope.includes.map((each) => `“${each}”`))}, ticked or not.
          </p>
        )}
        {EFFECTS.map((effect) => (
          <EffectGroup effect={effect} tools={tools.filter((tool) => tool.effect === effect)} />
        ))}
        <ItemGroup items={resources}>
          <Badge tone="read">Can be read</Badge>
        </ItemGroup>
        <ItemGroup items={prompts}>
          <Badge>Prompts to begin with</Badge>
        </ItemGroup>
        {tools.length + resources.length + prompts.length === 0 && (
          <p class="quiet">Nothing needs this one by itself.</p>
        )}
      </div>
    </li>
  )
}

const EffectGroup = ({
  effect,
  tools,
}: Pick<ConsentScopeView, 'tools'> & Pick<ToolView, 'effect'>) =>
  tools.length > 0 && (
    <ItemGroup items={tools}>
      <EffectBadge effect={effect} />{' '}
      {tools.some(({ openWorld }) => openWorld) && <Badge>Uses outside services</Badge>}
    </ItemGroup>
  )

/** Titles at a glance, and each with what it is once unfolded. `children` says what they are. */
const ItemGroup = (props: {
  items: { title: string; description: string; openWorld?: boolean }[]
  children: Child
}) =>
  props.items.length > 0 && (
    <details class="effect-group">
      <summary>
        {props.children} {inWords(props.items.map(({ title }) => title))}
      </summary>
      <dl>
        {props.items.map(({ title, description, openWorld }) => (
          <div>
            <dt>{title}</dt>
            <dd class="quiet">
              <Inline text={summaryOf(description)} />
              {openWorld && <span class="outside"> Uses outside services.</span>}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )

const inWords = (list: string[]): string => new Intl.ListFormat('en-GB').format(list)

/** The start of a description: it is written for models and may go on for pages. */
function summaryOf(description: string): string {
  const [first = ''] = description.trim().split(/\n\s*\n/)
  if (first.length <= MAX_SUMMARY_CHARACTERS) return first
  const start = first.slice(0, MAX_SUMMARY_CHARACTERS)
  // To the last whole word, unless the text has no spaces to cut at.
  return `${start.replace(/\s\S*$/, '')} …`
}
