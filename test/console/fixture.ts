import type { ModuleView, PlaygroundView, ToolView } from '../../src/console'

export const timeTool: ToolView = {
  name: 'current_time',
  title: 'Current time',
  description: 'Date and time in one time zone.',
  effect: 'read',
  openWorld: false,
  parameters: [
    {
      name: 'timeZone',
      type: 'text',
      required: false,
      description: 'IANA name such as `Europe/Lisbon`.',
      defaultValue: '"UTC"',
    },
  ],
}

export const timeModule: ModuleView = {
  name: 'time',
  title: 'Time',
  version: '1.2.3',
  description: 'The current time anywhere.',
  access: 'public',
  connectorUrl: 'https://mcp.example.com/time/mcp',
  isListed: true,
  tools: [timeTool],
  resources: [
    {
      name: 'clock',
      title: 'Clock',
      description: 'The time in one zone.',
      address: 'time://{zone}',
      isTemplate: true,
      mimeType: 'application/json',
    },
  ],
  prompts: [
    {
      name: 'plan_call',
      title: 'Plan a call',
      description: 'Finds an hour that suits two zones.',
      parameters: [],
    },
  ],
}

export const playground: PlaygroundView = {
  module: timeModule,
  visitor: { name: 'Ada Lovelace' },
  authorization: {
    clientId: 'playground',
    redirectUri: 'https://mcp.example.com/callback/playground',
    personId: 'p-ada',
    scopes: ['time:read'],
  },
}

/** Text that would leave its place if it were not escaped, in an element or in an attribute. */
export const HOSTILE_TEXTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</title></style></script><svg onload=alert(1)>',
  '<!-- <![CDATA[ ]]> -->',
  '`<b>code</b>`',
  '&lt;already&gt; &amp; &#39;escaped',
]

/** Every text an author can write into a module, set to the same text. */
export function moduleOf(text: string): ModuleView {
  return {
    ...timeModule,
    name: text,
    title: text,
    version: text,
    description: text,
    tools: [
      {
        name: text,
        title: text,
        description: text,
        effect: 'delete',
        openWorld: true,
        parameters: [
          { name: text, type: text, required: true, description: text, defaultValue: text },
        ],
      },
    ],
    resources: [
      {
        name: text,
        title: text,
        description: text,
        address: text,
        isTemplate: true,
        mimeType: text,
      },
    ],
    prompts: [
      {
        name: text,
        title: text,
        description: text,
        parameters: [{ name: text, type: text, required: true, description: text }],
      },
    ],
  }
}
