import { AccessBadge } from './components/access-badge'
import { Badge } from './components/badge'
import { CodeLine } from './components/code-line'
import { EffectBadge, toolSummary } from './components/effect'
import { renderDocument } from './components/page'
import { Inline, Prose } from './components/prose'
import { type ConnectGuide, connectGuides } from './connect-guides'
import type {
  ModuleView,
  ParameterView,
  PromptView,
  ResourceView,
  ToolView,
  VisitorView,
} from './views'

/** A module's page: its connector URL, how to add it to each client, and all that it offers. */
export function renderModulePage(module: ModuleView, visitor?: VisitorView): string {
  const { host } = new URL(module.connectorUrl)
  return renderDocument({
    title: `${module.title} · ${host}`,
    host,
    visitor,
    hero: <Hero module={module} />,
    children: (
      <>
        <section aria-labelledby="connect">
          <h2 id="connect">Connect</h2>
          {connectGuides(module).map((guide, index) => (
            <Guide guide={guide} open={index === 0} />
          ))}
          {!module.connectorUrl.startsWith('https:') && (
            <p class="quiet">
              Claude and ChatGPT connect from the internet, so they need a deployed copy.
            </p>
          )}
        </section>
        <section aria-labelledby="tools">
          <h2 id="tools">Tools</h2>
          <p class="quiet">{toolSummary(module.tools)}.</p>
          <ul class="ledger">
            {module.tools.map((tool) => (
              <Tool tool={tool} />
            ))}
          </ul>
        </section>
        {module.resources.length > 0 && (
          <section aria-labelledby="resources">
            <h2 id="resources">Resources</h2>
            <p class="quiet">What a client can read without calling a tool.</p>
            <ul class="ledger">
              {module.resources.map((resource) => (
                <Resource resource={resource} />
              ))}
            </ul>
          </section>
        )}
        {module.prompts.length > 0 && (
          <section aria-labelledby="prompts">
            <h2 id="prompts">Prompts</h2>
            <p class="quiet">Texts to begin a conversation with, for whoever types.</p>
            <ul class="ledger">
              {module.prompts.map((prompt) => (
                <Prompt prompt={prompt} />
              ))}
            </ul>
          </section>
        )}
        {module.isListed && <Documents module={module} />}
      </>
    ),
  })
}

const Hero = ({ module }: { module: ModuleView }) => (
  <>
    <nav aria-label="Breadcrumb">
      <a href="/">All modules</a>
    </nav>
    <h1>{module.title}</h1>
    {module.description && <Prose class="lead" text={module.description} />}
    <p class="facts">
      <AccessBadge access={module.access} />
      <Badge>Version {module.version}</Badge>
    </p>
    <h2 class="label">Connector URL</h2>
    <CodeLine
      id="connector-url"
      text={module.connectorUrl}
      label={`connector URL of ${module.title}`}
    />
    <p class="hero-action">
      <a class="button" href={`/${encodeURIComponent(module.name)}/try`}>
        Try {module.title} here
      </a>
    </p>
  </>
)

const Guide = ({ guide, open }: { guide: ConnectGuide; open: boolean }) => (
  <details class="fold" open={open}>
    <summary>{guide.client}</summary>
    <div class="fold-body">
      <Steps steps={guide.steps} />
      {guide.install && (
        <p>
          <a class="button" href={guide.install.href}>
            {guide.install.label}
          </a>
        </p>
      )}
      {guide.snippets.map(({ text, label }, index) => (
        <CodeLine id={`connect-${guide.id}-${index}`} text={text} label={label} />
      ))}
    </div>
  </details>
)

const Steps = ({ steps }: Pick<ConnectGuide, 'steps'>) =>
  steps.length === 1 ? (
    <Prose text={steps[0] ?? ''} />
  ) : (
    <ol class="steps">
      {steps.map((step) => (
        <li>
          <Inline text={step} />
        </li>
      ))}
    </ol>
  )

/** What programs read before they connect; where its format is not settled yet, it says so. */
const Documents = ({ module }: { module: ModuleView }) => {
  const { host } = new URL(module.connectorUrl)
  return (
    <section aria-labelledby="documents">
      <h2 id="documents">For directories</h2>
      <dl class="facts-list">
        <div>
          <dt>
            <a href={`/${encodeURIComponent(module.name)}/mcp/server-card`}>Server card</a>
          </dt>
          <dd>
            <Badge>Experimental</Badge> How to connect, for clients that look for it.
          </dd>
        </div>
        <div>
          <dt>
            <a href="/.well-known/ai-catalog.json">Catalogue</a>
          </dt>
          <dd>
            <Badge>Experimental</Badge> The cards of all modules on <code>{host}</code>.
          </dd>
        </div>
        <div>
          <dt>
            <a href={`/${encodeURIComponent(module.name)}/server.json`}>
              <code>server.json</code>
            </a>
          </dt>
          <dd>
            <Badge>Preview</Badge> What its operator publishes in the MCP registry.
          </dd>
        </div>
      </dl>
    </section>
  )
}

const Tool = ({ tool }: { tool: ToolView }) => (
  <li class="ledger-row">
    <div class="ledger-side">
      <h3>{tool.title}</h3>
      <p>
        <code>{tool.name}</code>
      </p>
      <p class="facts">
        <EffectBadge effect={tool.effect} />
        {tool.openWorld && <Badge>Uses outside services</Badge>}
        {tool.app && <Badge>{tool.app === 'shows' ? 'Shows an app' : 'For its app'}</Badge>}
      </p>
    </div>
    <div class="ledger-body">
      <Prose text={tool.description} />
      <Parameters of={tool} />
    </div>
  </li>
)

const Resource = ({ resource }: { resource: ResourceView }) => (
  <li class="ledger-row">
    <div class="ledger-side">
      <h3>{resource.title}</h3>
      <p>
        <code>{resource.name}</code>
      </p>
      {resource.mimeType && (
        <p class="facts">
          <Badge>{resource.mimeType}</Badge>
        </p>
      )}
    </div>
    <div class="ledger-body">
      <Prose text={resource.description} />
      <h4 class="label">
        {resource.isTemplate ? 'Address, with what is to be filled in' : 'Address'}
      </h4>
      <p>
        <code>{resource.address}</code>
      </p>
    </div>
  </li>
)

const Prompt = ({ prompt }: { prompt: PromptView }) => (
  <li class="ledger-row">
    <div class="ledger-side">
      <h3>{prompt.title}</h3>
      <p>
        <code>{prompt.name}</code>
      </p>
    </div>
    <div class="ledger-body">
      <Prose text={prompt.description} />
      <Parameters of={prompt} />
    </div>
  </li>
)

const Parameters = ({ of: { parameters } }: { of: Pick<ToolView, 'parameters'> }) =>
  parameters.length === 0 ? (
    <p class="quiet">Takes no parameters.</p>
  ) : (
    <>
      <h4 class="label">Parameters</h4>
      <dl class="parameters">
        {parameters.map((parameter) => (
          <Parameter parameter={parameter} />
        ))}
      </dl>
    </>
  )

const Parameter = ({ parameter }: { parameter: ParameterView }) => (
  <div>
    <dt>
      <code>{parameter.name}</code>
    </dt>
    <dd>
      <span class="quiet">
        {parameter.type}, {parameter.required ? 'required' : 'optional'}
        {parameter.defaultValue !== undefined && (
          <>
            , <code>{parameter.defaultValue}</code> if left out
          </>
        )}
      </span>
      {parameter.description && (
        <p>
          <Inline text={parameter.description} />
        </p>
      )}
    </dd>
  </div>
)
