import { renderDocument } from './components/page'
import { Inline, Prose } from './components/prose'
import type { NoticeView } from './views'

/**
 * A page that says one thing: what happened and what to do. It names no host, because it also
 * answers for hosts that are not this platform's.
 */
export function renderNoticePage(view: NoticeView): string {
  const { title, message, remedy, action, details = [] } = view
  return renderDocument({
    title: `${title} · Quayside`,
    hero: (
      <>
        <h1>{title}</h1>
        <p class="lead">
          <Inline text={message} />
        </p>
      </>
    ),
    children: (
      <>
        {remedy && (
          <section class="card" aria-labelledby="remedy">
            <h2 id="remedy" class="label">
              What to do
            </h2>
            <Prose text={remedy} />
          </section>
        )}
        {action && (
          <section>
            <a class="button" href={action.href}>
              {action.label}
            </a>
          </section>
        )}
        {details.length > 0 && (
          <section>
            <details class="fold">
              <summary>Technical details</summary>
              <dl class="fold-body parameters">
                {details.map(({ term, value }) => (
                  <div>
                    <dt>{term}</dt>
                    <dd>
                      <code>{value}</code>
                    </dd>
                  </div>
                ))}
              </dl>
            </details>
          </section>
        )}
      </>
    ),
  })
}
