import { AccessBadge } from './components/access-badge'
import { Badge } from './components/badge'
import { CodeLine } from './components/code-line'
import { EffectBadge, toolSummary } from './components/effect'
import { renderDocument } from './components/page'
import { Inline, Prose } from './components/prose'
import { type ConnectGuide, connectGuides } from './connect-guides'
import type { ModuleView, ParameterView, ToolView, VisitorView } from './views'

/** A module's page: its connector URL, how to add it to each client, and what every tool does. */
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
  </>
)

const Guide = ({ guide, open }: { guide: ConnectGuide; open: boolean }) => (
  <details class="fold" open={open}>
    <summary>{guide.client}</summary>
    <div class="fold-body">
      <Prose text={guide.steps} />
      {guide.install && (
        <p>
          <a class="button" href={guide.install.href}>
            {guide.install.label}
          </a>
        </p>
      )}
      {guide.snippet && (
        <CodeLine
          id={`connect-${guide.id}`}
          text={guide.snippet.text}
          label={guide.snippet.label}
        />
      )}
    </div>
  </details>
)

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
      </p>
    </div>
    <div class="ledger-body">
      <Prose text={tool.description} />
      {tool.parameters.length === 0 ? (
        <p class="quiet">Takes no parameters.</p>
      ) : (
        <>
          <h4 class="label">Parameters</h4>
          <dl class="parameters">
            {tool.parameters.map((parameter) => (
              <Parameter parameter={parameter} />
            ))}
          </dl>
        </>
      )}
    </div>
  </li>
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
