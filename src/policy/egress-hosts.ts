/**
 * Whether one entry of a module's `egress` covers a host: the name itself, or `*.` and what it is
 * under. A wildcard stands for one label or more and never for none.
 */
export const coversHost = (entry: string, host: string): boolean =>
  entry.startsWith('*.') ? host.endsWith(entry.slice(1)) && !host.startsWith('.') : host === entry
