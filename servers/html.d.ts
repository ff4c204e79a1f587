/** A file beside the code, as text. */
declare module '*.html' {
  const html: string
  export default html
}
