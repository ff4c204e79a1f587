/**
 * Colour, type, space and shape, named by use. The colours are those of a nautical chart: white
 * depths, pale blue shallows, buff land, and magenta for what a chart wants to be noticed; at
 * night the same chart under a dim lamp. Every text colour keeps 7:1 on every surface it is used
 * on (WCAG 2.2 AAA) and 4.5:1 on the contour lines; the browser suite measures it.
 */
export const TOKENS = `
@layer tokens {
  :root {
    color-scheme: light dark;

    --surface: #ffffff;
    --surface-sunk: #f1f6f9;
    --surface-band: #dfedf4;
    --contour: #b4d1e0;
    --line: #bccdd7;
    --line-strong: #557084;
    --text: #102536;
    --text-quiet: #34495a;
    --accent: #870f50;
    --on-accent: #ffffff;
    --read: #083f5f;
    --read-surface: #dceef8;
    --change: #5a3a00;
    --change-surface: #fbedc6;
    --delete: #7f160d;
    --delete-surface: #fce4df;

    --serif: Charter, 'Bitstream Charter', 'Sitka Text', Cambria, 'Noto Serif', Georgia, serif;
    --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
    --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Noto Sans Mono',
      'Liberation Mono', monospace;
    --size-small: 0.875rem;
    --size-code: 0.9375em;
    --size-lead: clamp(1.0625rem, 1rem + 0.4vw, 1.25rem);
    --size-h3: 1.1875rem;
    --size-h2: 1.625rem;
    --size-h1: clamp(2.125rem, 1.6rem + 2.4vw, 3.25rem);
    --leading: 1.6;
    --measure: 38rem;

    --space-1: 0.25rem;
    --space-2: 0.5rem;
    --space-3: 0.75rem;
    --space-4: 1rem;
    --space-5: 1.5rem;
    --space-6: 2.5rem;
    --space-7: 4rem;
    --gutter: clamp(1rem, 4vw, 2.5rem);
    --page: 66rem;
    --side: 15rem;

    --radius: 0.375rem;
    --focus: 3px solid var(--accent);
  }

  @media (prefers-color-scheme: dark) {
    :root {
      --surface: #0b1720;
      --surface-sunk: #12222d;
      --surface-band: #122a37;
      --contour: #234758;
      --line: #2f4857;
      --line-strong: #86a2b3;
      --text: #e8f0f4;
      --text-quiet: #b9cad4;
      --accent: #f7a6d0;
      --on-accent: #34051f;
      --read: #b5ddf5;
      --read-surface: #10374c;
      --change: #f5d891;
      --change-surface: #3f300b;
      --delete: #ffc4ba;
      --delete-surface: #4d1912;
    }
  }

  @media print {
    :root {
      color-scheme: light;
      --surface: #ffffff;
      --surface-sunk: #ffffff;
      --surface-band: #ffffff;
      --contour: transparent;
      --line: #999999;
      --line-strong: #555555;
      --text: #000000;
      --text-quiet: #222222;
      --accent: #000000;
    }
  }
}
`
