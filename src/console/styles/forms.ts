/** What a person decides with: forms, alerts, permissions to give, the two buttons of consent. */
export const FORMS = `
@layer components {
  .form { display: grid; gap: var(--space-4); justify-items: start; max-inline-size: 30rem; }
  .form > .choice, .form > .field { inline-size: 100%; }
  .field { display: grid; gap: var(--space-2); }
  .field .quiet { font-weight: 400; }
  .form-status:empty { display: none; }
  .form-status { padding-inline-start: var(--space-3); border-inline-start: 3px solid var(--line-strong); }
  .form-status[data-failed] { border-color: var(--delete); color: var(--delete); }

  .columns { display: grid; gap: var(--space-6); margin-block-start: var(--space-5); }
  .columns > .form { align-content: start; }
  @media (min-width: 48rem) {
    .columns { grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
    .columns > .form { max-inline-size: 28rem; }
  }

  .choice {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3);
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .choice:hover { border-color: var(--text); background: var(--surface-sunk); }
  .choice .badge { flex: none; }
  .choice-note { display: block; font-size: var(--size-small); }

  .alert {
    max-inline-size: calc(var(--measure) + 2 * var(--space-5));
    margin-block-start: var(--space-6);
    padding: var(--space-4) var(--space-5);
    border-inline-start: 4px solid currentColor;
    border-radius: var(--radius);
  }
  .alert + section { margin-block-start: var(--space-5); }
  .alert-title { font-weight: 700; }
  .alert p + p { margin-block-start: var(--space-1); }
  .alert-error { background: var(--delete-surface); color: var(--delete); }
  .alert-warning { background: var(--change-surface); color: var(--change); }
  .alert-status { background: var(--read-surface); color: var(--read); }

  .signed-in {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-4);
    margin-block-start: var(--space-4);
  }

  .facts-list { display: grid; gap: var(--space-2); max-inline-size: calc(var(--measure) + 2 * var(--space-5)); }
  .facts-list dt { color: var(--text-quiet); }
  @media (min-width: 36rem) {
    .facts-list > div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); }
  }
  .dates { display: grid; gap: var(--space-1); font-size: var(--size-small); }
  .dates > div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); }
  .dates dt { color: var(--text-quiet); }
  @media (min-width: 60rem) {
    .dates { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-5); }
    .dates > div { display: block; }
    .dates time { white-space: nowrap; }
  }

  .inline-form { display: flex; flex-wrap: wrap; align-items: end; gap: var(--space-3); }
  .inline-form .field { flex: 1 1 12rem; max-inline-size: 20rem; }
  .fold-body > * + .form, .inline-form + .quiet { margin-block-start: var(--space-5); }

  .facts-inline { display: inline-flex; align-items: center; }
  .domain { font-family: var(--mono); font-size: var(--size-code); }

  .points {
    display: grid;
    gap: var(--space-2);
    max-inline-size: var(--measure);
    padding-inline-start: 1.25rem;
    list-style: disc;
    text-wrap: pretty;
  }
  /* Kept on one line where it fits on one. */
  .points time { display: inline-block; }
  .points ::marker { color: var(--line-strong); }

  .scopes { padding: 0; list-style: none; }
  .scope {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 0 var(--space-4);
    padding-block: var(--space-5);
    border-block-start: 1px solid var(--line);
  }
  .scope:last-child { border-block-end: 1px solid var(--line); }
  .scope input[type='checkbox'] { margin: 0.125rem 0 0; }
  /* The target is the line, not the little box. */
  .scope h3 label { display: block; font-weight: inherit; cursor: pointer; }
  .scope :disabled + .scope-body label { cursor: default; }
  .scope-body > .facts { align-items: center; margin-block-start: var(--space-1); }
  .scope-body > .quiet { margin-block-start: var(--space-3); }
  .scopes + p { margin-block-start: var(--space-4); }
  .includes { margin-block-start: var(--space-1); color: var(--text-quiet); }
  .effect-group { margin-block-start: var(--space-2); }
  .effect-group summary { padding-block: var(--space-1); cursor: pointer; }
  .effect-group summary:hover { color: var(--accent); }
  .effect-group dl { display: grid; gap: var(--space-3); padding: var(--space-2) 0 var(--space-3) var(--space-5); }
  .effect-group dt { font-weight: 600; }
  .effect-group dd { max-inline-size: var(--measure); }
  .outside { color: var(--text); }

  .decision-buttons {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 11rem));
    gap: var(--space-4);
    margin-block-start: var(--space-5);
  }
  @media (min-width: 64rem) {
    .consent {
      display: grid;
      grid-template-columns: minmax(0, 1fr) 21rem;
      align-items: start;
      column-gap: var(--space-7);
    }
    .decision {
      position: sticky;
      inset-block-start: var(--space-5);
      padding: var(--space-5);
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--surface-sunk);
    }
  }
  /*
   * Against a double click whose first half closed a window lying over this one: for half a second
   * after a mouse arrives on the page, Allow does not take it. Keys and touch are not affected.
   */
  @media (hover: hover) and (pointer: fine) {
    .button-guarded { pointer-events: none; }
    html:hover .button-guarded {
      pointer-events: auto;
      transition: pointer-events 0s 500ms, background-color 120ms, border-color 120ms;
      transition-behavior: allow-discrete;
    }
  }
  @media print {
    .choice { display: none; }
  }
}
`
