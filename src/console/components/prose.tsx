/** Plain text as written by an author: blank lines part paragraphs, backticks set code. */
export const Prose = ({ text, class: className }: { text: string; class?: string }) => (
  <>
    {text
      .split(/\n\s*\n/)
      .filter((paragraph) => paragraph.trim() !== '')
      .map((paragraph) => (
        <p class={className}>
          <Inline text={paragraph.trim()} />
        </p>
      ))}
  </>
)

/** The same within a line. A backtick without a partner stays a backtick. */
export const Inline = ({ text }: { text: string }) => (
  <>
    {text
      .split(/(`[^`\n]+`)/)
      .map((part) => (/^`[^`]+`$/.test(part) ? <code>{part.slice(1, -1)}</code> : part))}
  </>
)
