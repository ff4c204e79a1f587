import type { Child } from 'hono/jsx'

/**
 * Something that must not be read over. `status` is what has just been done; a failure or a
 * warning is part of the page and not announced by itself, so that it is read in its place.
 */
export const Alert = (props: {
  tone: 'error' | 'warning' | 'status'
  title?: string
  children: Child
}) => (
  <div class={`alert alert-${props.tone}`} role={props.tone === 'status' ? 'status' : undefined}>
    {props.title && <p class="alert-title">{props.title}</p>}
    {props.children}
  </div>
)
