/** A module where each caller has resources of their own, and says when one changes. @module */
import {
  defineResource,
  defineResourceTemplate,
  defineServer,
  defineTool,
  NotFoundError,
  type ServerDefinition,
} from '../../src/sdk'

export const LAMP = 'lighthouse://lamp'
export const logUri = (owner: string): string => `lighthouse://logs/${owner}`

const scopes = ['lighthouse:use']
const shared = { scopes, annotations: { readOnlyHint: true } }

export const lighthouse: ServerDefinition = defineServer({
  name: 'lighthouse',
  version: '1.0.0',
  scopes: { 'lighthouse:use': 'Use the lighthouse' },
  tools: [
    defineTool({
      ...shared,
      name: 'light',
      description: 'Lights the lamp of its caller.',
      run(_, { notify }) {
        notify.resourceUpdated(LAMP)
        return 'lit'
      },
    }),
    defineTool({
      ...shared,
      name: 'note',
      description: 'Writes into the log of its caller.',
      run(_, { notify, caller }) {
        notify.resourceUpdated(logUri(caller.principal.id))
        return 'noted'
      },
    }),
  ],
  resources: [
    defineResource({
      name: 'lamp',
      uri: LAMP,
      description: 'A lamp, to each their own.',
      scopes,
      perCaller: true,
      read: ({ caller }) => `the lamp of ${caller.principal.id}`,
    }),
  ],
  resourceTemplates: [
    defineResourceTemplate({
      name: 'log',
      uriTemplate: 'lighthouse://logs/{owner}',
      description: 'A log, at an address that has its owner.',
      scopes,
      read({ owner }, { caller }) {
        if (owner !== caller.principal.id)
          throw new NotFoundError('no_log', 'There is no such log.')
        return 'a log'
      },
    }),
  ],
})
