/** The pieces a page is put together from; each is a file in `components/` or a single class. */
export const COMPONENTS = `
@layer components {
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .quiet { color: var(--text-quiet); }
  .label { font: 600 var(--size-small) / 1.4 var(--sans); letter-spacing: 0; }

  .mark {
    inline-size: 1.75rem;
    block-size: 1.75rem;
    fill: none;
    stroke: currentColor;
    stroke-width: 3;
    stroke-linecap: round;
  }
  .mark-rope { stroke: var(--accent); }

  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-block-size: 2.75rem;
    padding: var(--space-2) var(--space-4);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: 600 1rem / 1.2 var(--sans);
    text-decoration: none;
    cursor: pointer;
  }
  .button:hover { border-color: var(--text); background: var(--surface-sunk); }
  .button-primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
  .button-primary:hover { border-color: var(--text); background: var(--accent); }
  .button-danger { border-color: var(--delete); color: var(--delete); }
  .button-danger:hover { border-color: var(--delete); background: var(--delete-surface); }
  .button-small { min-block-size: 2.25rem; padding: var(--space-1) var(--space-3); font-size: var(--size-small); }

  .badge {
    display: inline-block;
    padding: 0.125rem var(--space-2);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text-quiet);
    font-size: var(--size-small);
    line-height: 1.4;
  }
  .badge-read { border-color: transparent; background: var(--read-surface); color: var(--read); }
  .badge-change { border-color: transparent; background: var(--change-surface); color: var(--change); }
  .badge-delete { border-color: transparent; background: var(--delete-surface); color: var(--delete); }
  .facts { display: flex; flex-wrap: wrap; gap: var(--space-2); }

  .card {
    max-inline-size: calc(var(--measure) + 2 * var(--space-5));
    padding: var(--space-5);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-sunk);
  }
  .card > :last-child { margin-block-end: 0; }
  .card > * + * { margin-block-start: var(--space-3); }
  .ledger + .card { margin-block-start: var(--space-5); }

  .code-line {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: end;
    gap: 0 var(--space-3);
    max-inline-size: 100%;
    padding: var(--space-2) var(--space-2) var(--space-2) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-sunk);
  }
  .code-line pre {
    /* On a phone the text takes the whole line and the button the next one. */
    flex: 1 1 min(100%, 16rem);
    min-inline-size: 0;
    padding-block: 0.375rem;
    line-height: 1.5;
  }
  .code-line .button { flex: none; min-inline-size: 4.75rem; }
  .code-line [data-done] { border-color: var(--read); background: var(--read-surface); color: var(--read); }
  .hero .code-line { max-inline-size: var(--measure); background: var(--surface); }
  .hero .facts { margin-block-start: var(--space-4); }
  .hero-action { margin-block-start: var(--space-4); }
  .hero .label { margin-block: var(--space-5) var(--space-2); }

  .fold { border-block-start: 1px solid var(--line); }
  .fold:last-of-type { border-block-end: 1px solid var(--line); }
  .fold summary {
    padding-block: var(--space-3);
    font-weight: 600;
    cursor: pointer;
  }
  .fold summary:hover { color: var(--accent); }
  .fold-plain, .fold-plain:last-of-type { border: 0; }
  .fold-plain summary { padding-block: var(--space-1); }
  .fold-body { padding-block: 0 var(--space-5); }
  .fold-body > * + * { margin-block-start: var(--space-3); }

  .steps { display: grid; gap: var(--space-2); max-inline-size: var(--measure); margin: 0; padding-inline-start: 1.5rem; }

  .parameters { display: grid; gap: var(--space-2); }
  .parameters dd { padding-inline-start: var(--space-4); }
  @media (min-width: 36rem) {
    .parameters > div { display: grid; grid-template-columns: 10rem minmax(0, 1fr); }
  }

  @media (prefers-reduced-motion: no-preference) {
    .button { transition: background-color 120ms, border-color 120ms; }
    .skip-link { transition: translate 120ms; }
  }
  @media print {
    .button { display: none; }
    .fold::details-content { block-size: auto; content-visibility: visible; }
  }
}
`
