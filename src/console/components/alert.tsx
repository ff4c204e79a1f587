import type { Child } from 'hono/jsx'

/**
 * Something that must not be read over. A warning is part of the page and read in its place. What
 * a form did (`status`), or why it failed (`error`), is also announced once the page is there: a
 * live region that comes with the page is silent, so the common script says it in the announcer.
 */
export const Alert = (props: {
  tone: 'error' | 'warning' | 'status'
  title?: string
  children: Child
}) => (
  <div class={`alert alert-${props.tone}`} data-announced={props.tone !== 'warning' || undefined}>
    {props.title && <p class="alert-title">{props.title}</p>}
    {props.children}
  </div>
)
