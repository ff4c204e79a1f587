import servers from '../../servers/index'
import { drawer } from './drawer'
import { LAMP, lighthouse, logUri } from './lighthouse'
import { isolates } from './matrix'
import { satchel } from './satchel'

// Every module that is hosted here, and two of our own.
for (const server of servers) isolates(server)

isolates(drawer('drawer'), {
  things: [
    {
      what: 'a letter',
      make: { tool: 'put', args: { text: 'Dear Ada' } },
      idOf: ({ id }) => id,
      use: [
        { tool: 'read', args: (id) => ({ id }) },
        { tool: 'burn', args: (id) => ({ id }) },
      ],
      unknownId: '00000000-0000-4000-8000-000000000000',
    },
  ],
})
isolates(drawer('chest', 'public'))
isolates(lighthouse, {
  resources: [
    { what: 'a lamp that each has at one address', uri: () => LAMP, change: 'light' },
    { what: 'a log at an address of its own', uri: logUri, change: 'note' },
  ],
})
isolates(satchel, {
  things: [
    {
      what: 'a state',
      make: { tool: 'write', args: { text: 'Only for me' } },
      idOf: ({ handle }) => handle,
      use: ['read', 'append', 'drop'].map((tool) => ({ tool, args: (handle) => ({ handle }) })),
      unknownId: 'A'.repeat(136),
    },
  ],
})
