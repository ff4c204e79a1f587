/**
 * A name that an outsider chose, such as a client's, fit to stand in a sentence of ours. Leaves
 * out control characters and those that turn the direction of the text around it, by which a name
 * could rewrite what a person reads; shortens what would push the rest off the page.
 */
export function plainName(name: string, maxCharacters = 80): string {
  const plain = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const characters = [...plain]
  if (characters.length > maxCharacters) {
    return `${characters.slice(0, maxCharacters).join('').trimEnd()}…`
  }
  // Also of characters that show nothing, such as a zero-width space.
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(plain) ? plain : 'Unnamed'
}
