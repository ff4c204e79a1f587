/** The playground: two columns where there is room, and text that is shown as it came. */
export const PLAYGROUND = `
@layer components {
  .try-connect { display: flex; flex-wrap: wrap; align-items: end; gap: var(--space-3) var(--space-4); }
  .try-connect .field { flex: 0 1 22rem; }
  .try-connect + .form-status, .try-form .form-status { margin-block-start: var(--space-4); }
  .try-connect ~ .facts-list { margin-block-start: var(--space-4); }
  .try-buttons { display: flex; flex-wrap: wrap; gap: var(--space-3); }
  .try-item { max-inline-size: 30rem; }

  .try-panel { min-inline-size: 0; margin-block-start: var(--space-4); }
  .try-panel > * + *, .try-form > * + *, .try-block > * + *, .try-exchange > * + * { margin-block-start: var(--space-3); }
  .try-panel > .alert { margin-block-start: 0; }
  .try-panel .alert > * + * { margin-block-start: var(--space-2); }
  .try-panel > .try-form { margin-block-start: var(--space-5); }
  .try-form > * + * { margin-block-start: var(--space-4); }
  .try-fields, .try-entries, .try-blocks { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-4); }
  .try-group {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    gap: var(--space-3);
    min-inline-size: 0;
    margin: 0;
    padding: var(--space-3) var(--space-4) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .try-group > .field, .try-group > .try-group, .try-group > .try-entries { inline-size: 100%; }
  .try-entries:empty { display: none; }
  .try-entry {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    gap: var(--space-2);
    padding-inline-start: var(--space-3);
    border-inline-start: 3px solid var(--line);
  }
  .try-entry > .field, .try-entry > .try-group { inline-size: 100%; }
  .try-required { color: var(--accent); font-size: var(--size-small); }
  .field label .quiet, .try-group legend .quiet { font-size: var(--size-small); font-weight: 400; }
  .field p { margin: 0; }
  .field-hint { font-size: var(--size-small); }
  .field-error { color: var(--delete); font-weight: 600; }
  .try-check { display: flex; align-items: center; gap: var(--space-3); min-block-size: 2.75rem; }
  .try-check label { font-weight: 400; }
  .try-code { font: var(--size-code) / 1.5 var(--mono); }
  .try-suggestions { display: flex; flex-wrap: wrap; gap: var(--space-2); }

  .try-text {
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-sunk);
    color: var(--text);
    line-height: 1.5;
  }
  .try-text:focus { outline: none; }
  .try-long { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: start; gap: var(--space-2); }
  .try-long > pre { inline-size: 100%; }
  .try-block { min-inline-size: 0; padding-inline-start: var(--space-3); border-inline-start: 3px solid var(--line); }
  .try-image { max-inline-size: 100%; block-size: auto; border: 1px solid var(--line); background: #ffffff; }
  .try-log { padding: 0; list-style: none; }
  .try-log .fold:last-of-type { border-block-end: 0; }
  .try-log > li:last-child { border-block-end: 1px solid var(--line); }
  .try-log summary { font-weight: 400; }
  .try-events { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-3); padding-inline-start: 1.5rem; }

  .try-dialog { inline-size: min(32rem, calc(100vw - 2rem)); color: var(--text); background: var(--surface); }
  .try-dialog::backdrop { background: rgb(0 0 0 / 50%); }
  .try-dialog .try-buttons { margin-block-start: var(--space-5); }
  .try-dialog p { margin-block-start: var(--space-3); }

  @media (min-width: 60rem) {
    .try-bench { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 var(--space-6); align-items: start; }
  }
}
`
