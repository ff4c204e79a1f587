/**
 * How a page is divided: the coloured band with its depth contours, then sections, then rows with
 * a narrow side for what a thing is and a wide one for the rest. On a phone the sides stack.
 */
const CONTOURS = svgUrl(
  [
    'M560 0c-70 60-20 120-90 170s-190 40-250 150',
    'M620 0c-70 80-10 140-90 200s-170 40-220 120',
    'M690 0c-80 90 0 160-100 230s-140 40-180 90',
    'M770 0c-90 110 10 180-120 270-60 40-90 30-110 50',
    'M860 0c-90 140 20 210-140 320',
  ]
    .map((path) => `<path d="${path}"/>`)
    .join(''),
)

export const LAYOUT = `
@layer layout {
  .wrap {
    inline-size: 100%;
    max-inline-size: calc(var(--page) + 2 * var(--gutter));
    margin-inline: auto;
    padding-inline: var(--gutter);
  }

  .masthead, .hero { background: var(--surface-band); }
  .masthead .wrap {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-1) var(--space-5);
    padding-block: var(--space-3);
  }
  .brand {
    display: inline-flex;
    align-items: center;
    gap: var(--space-2);
    min-block-size: 2.75rem;
    color: var(--text);
    font: 700 1.1875rem / 1 var(--serif);
    text-decoration: none;
  }
  .brand:hover { text-decoration: underline; }
  .host { margin-inline-start: auto; color: var(--text-quiet); font: var(--size-small) / 1.4 var(--mono); }
  .account-link {
    max-inline-size: min(14rem, 45vw);
    overflow: hidden;
    padding-block: var(--space-2);
    color: var(--text);
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .account-link:hover { color: var(--accent); }
  /* Two fit on a line of a phone: the host has the next one to itself. */
  @media (max-width: 36rem) {
    .host:not(:last-child) { order: 1; inline-size: 100%; }
  }

  .hero { position: relative; isolation: isolate; border-block-end: 1px solid var(--contour); }
  .hero::before {
    position: absolute;
    z-index: -1;
    inset: 0;
    background: var(--contour);
    content: '';
    /* The lines fade out towards the masthead, which has none, and towards the text. */
    mask: ${CONTOURS} right top / auto max(100%, 20rem) no-repeat,
      linear-gradient(transparent, #000 9rem),
      linear-gradient(to right, transparent 40%, #000 70%);
    mask-composite: intersect;
  }
  .hero .wrap { padding-block: var(--space-5) var(--space-6); }
  .hero nav { margin-block-end: var(--space-3); }
  .hero nav a { display: inline-block; padding-block: var(--space-1); }
  .hero .lead { margin-block-start: var(--space-3); }
  .lead { color: var(--text); font-size: var(--size-lead); line-height: 1.5; text-wrap: balance; }

  section { margin-block-start: var(--space-6); }
  section > h2, section > p { margin-block-end: var(--space-3); }

  .ledger { padding: 0; list-style: none; }
  .ledger-row {
    display: grid;
    gap: var(--space-3) var(--space-6);
    padding-block: var(--space-5);
    border-block-start: 1px solid var(--line);
  }
  .ledger-side > * + * { margin-block-start: var(--space-2); }
  .ledger-body { min-inline-size: 0; }
  .ledger-action { justify-self: start; }
  .ledger-body > * + * { margin-block-start: var(--space-3); }
  /* Where text would run across all of them, the lines stay away. */
  @media (max-width: 60rem) {
    .hero::before { display: none; }
  }
  @media (min-width: 48rem) {
    .ledger-row { grid-template-columns: var(--side) minmax(0, 1fr); }
    .ledger-row-acting { grid-template-columns: var(--side) minmax(0, 1fr) auto; }
  }

  .footer { margin-block-start: var(--space-7); padding-block: var(--space-5); }
  .footer p { color: var(--text-quiet); font-size: var(--size-small); }

  .skip-link {
    position: absolute;
    z-index: 1;
    inset: var(--space-2) auto auto var(--space-2);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .skip-link:not(:focus) { translate: 0 -200%; }

  @media print {
    .skip-link, .footer { display: none; }
    .ledger-row { break-inside: avoid; }
  }
}
`

function svgUrl(paths: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 320" fill="none" stroke="#000" stroke-width="1.5">${paths}</svg>`
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`
}
