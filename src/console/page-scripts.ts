import { PASSKEY_SCRIPT } from './passkey-script'
import { PLAYGROUND_RETURN_SCRIPT, PLAYGROUND_SCRIPT } from './playground'

/** Scripts that only some pages carry. A page that names one needs its hash in the headers too. */
export const PAGE_SCRIPTS = {
  passkey: PASSKEY_SCRIPT,
  playground: PLAYGROUND_SCRIPT,
  playgroundReturn: PLAYGROUND_RETURN_SCRIPT,
}

export type PageScript = keyof typeof PAGE_SCRIPTS
