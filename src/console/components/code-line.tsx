/**
 * Something to copy: a URL, a command, a configuration. It wraps instead of scrolling, so it can be
 * read in full on a phone and on paper. The button waits for the page's script to show it.
 */
export const CodeLine = (props: {
  /** Unique on the page; the button finds the text by it. */
  id: string
  text: string
  /** What the text is, for those who hear the button by itself: `connector URL of Time`. */
  label: string
}) => (
  <div class="code-line">
    <pre>
      <code id={props.id}>{props.text}</code>
    </pre>
    <button type="button" class="button button-small" data-copies={props.id} hidden>
      <span data-label>Copy</span>
      <span class="visually-hidden"> {props.label}</span>
    </button>
  </div>
)
