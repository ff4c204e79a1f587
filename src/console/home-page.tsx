import { AccessBadge } from './components/access-badge'
import { CodeLine } from './components/code-line'
import { toolSummary } from './components/effect'
import { renderDocument } from './components/page'
import { Inline, Prose } from './components/prose'
import type { HomeView, ModuleView } from './views'

/** The home page: what this platform hosts, and the URL to give to an assistant for each. */
export function renderHomePage({ origin, modules, visitor }: HomeView): string {
  const { host } = new URL(origin)
  return renderDocument({
    title: `Modules on ${host} · Quayside`,
    host,
    visitor,
    hero: (
      <>
        <h1>Tools for your assistant</h1>
        <p class="lead">
          Each module below gives an assistant a set of tools. Copy its connector URL and add it to
          Claude, ChatGPT, Cursor, VS&nbsp;Code or any other MCP client.
        </p>
      </>
    ),
    children: (
      <section aria-labelledby="modules">
        <h2 id="modules">Modules</h2>
        {modules.length === 0 ? <Empty /> : <ModuleList modules={modules} />}
      </section>
    ),
  })
}

const ModuleList = ({ modules }: { modules: ModuleView[] }) => (
  <ul class="ledger">
    {modules.map((module) => (
      <li class="ledger-row">
        <div class="ledger-side">
          <h3>
            <a href={`/${encodeURIComponent(module.name)}`}>{module.title}</a>
          </h3>
          <p class="quiet">{toolSummary(module.tools)}</p>
          <p>
            <AccessBadge access={module.access} />
          </p>
        </div>
        <div class="ledger-body">
          {module.description && <Prose text={module.description} />}
          <CodeLine
            id={`url-${module.name}`}
            text={module.connectorUrl}
            label={`connector URL of ${module.title}`}
          />
        </div>
      </li>
    ))}
  </ul>
)

const Empty = () => (
  <p class="card">
    <Inline text="No module is hosted here yet. Add one in `servers/`, list it in `servers/index.ts` and deploy again." />
  </p>
)
