/** Plain HTML, looking right before any class is added: text, links, forms, focus. */
export const BASE = `
@layer base {
  *, *::before, *::after { box-sizing: border-box; }
  [hidden] { display: none !important; }

  html {
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
    scroll-padding-block: var(--space-5);
  }
  body {
    display: flex;
    flex-direction: column;
    min-block-size: 100vh;
    min-block-size: 100dvh;
    margin: 0;
    background: var(--surface);
    color: var(--text);
    font: 1rem / var(--leading) var(--sans);
    /* Names, URLs and other people's text may hold no place to break. */
    overflow-wrap: anywhere;
  }
  main { flex: 1; }
  /* The target of the skip link, not a control: where the focus went is plain to see. */
  main:focus { outline: none; }

  h1, h2, h3, h4, p, ul, dl, dd, pre { margin: 0; }
  h1, h2, h3 { font-family: var(--serif); line-height: 1.2; text-wrap: balance; }
  h1 { font-size: var(--size-h1); letter-spacing: -0.015em; }
  h2 { font-size: var(--size-h2); letter-spacing: -0.005em; }
  h3 { font-size: var(--size-h3); }
  p { max-inline-size: var(--measure); text-wrap: pretty; }
  p + p { margin-block-start: var(--space-3); }

  a {
    color: var(--accent);
    text-decoration-thickness: 1px;
    text-underline-offset: 0.2em;
  }
  a:hover { text-decoration-thickness: 2px; }
  :focus-visible { outline: var(--focus); outline-offset: 2px; border-radius: 2px; }

  code { font-family: var(--mono); font-size: var(--size-code); font-variant-ligatures: none; }
  pre { font: inherit; white-space: pre-wrap; }

  label, legend { font-weight: 600; }
  input:not([type='checkbox'], [type='radio']), select, textarea {
    inline-size: 100%;
    min-block-size: 2.75rem;
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: inherit;
    font: inherit;
  }
  input[type='checkbox'], input[type='radio'] {
    inline-size: 1.25rem;
    block-size: 1.25rem;
    accent-color: var(--accent);
  }
  [aria-invalid='true'] { border-color: var(--delete); outline: 1px solid var(--delete); }
}
`
