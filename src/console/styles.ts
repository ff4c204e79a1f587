import { BASE } from './styles/base'
import { COMPONENTS } from './styles/components'
import { FORMS } from './styles/forms'
import { LAYOUT } from './styles/layout'
import { PLAYGROUND } from './styles/playground'
import { TOKENS } from './styles/tokens'

/** The whole style sheet, inlined in every page under its hash. Later layers win over earlier. */
export const STYLES = `@layer tokens, base, layout, components;
${TOKENS}${BASE}${LAYOUT}${COMPONENTS}${FORMS}${PLAYGROUND}`
