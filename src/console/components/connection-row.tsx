import type { ConnectionView } from '../oauth-views'
import { plainName } from '../plain-name'
import { Badge } from './badge'
import { ClientIdentity } from './client-identity'
import { Hidden } from './hidden'
import { Moment } from './moment'
import { Name } from './name'

/** One client with what it may do, and the button that ends it. */
export const ConnectionRow = (props: {
  connection: ConnectionView
  action: string
  csrf: string
}) => {
  const { connection, action, csrf } = props
  const { clientName } = connection
  return (
    <li class="ledger-row ledger-row-acting">
      <div class="ledger-side">
        <h3>
          <Name text={clientName} />
        </h3>
        <p>
          <ClientIdentity domain={connection.clientDomain} isOurs={connection.isOurs} />
        </p>
      </div>
      <div class="ledger-body">
        <Uses connection={connection} />
        <dl class="dates">
          <DateLine term="Connected" at={connection.createdAt} />
          <DateLine term="Last used" at={connection.lastUsedAt} otherwise="Not used yet" />
          <DateLine term="Ends" at={connection.expiresAt} otherwise="When you disconnect it" />
        </dl>
      </div>
      <form class="ledger-action" method="post" action={action}>
        <Hidden fields={{ csrf }} />
        <button type="submit" class="button button-small" name="grant" value={connection.grantId}>
          Disconnect
          <span class="visually-hidden">
            {' '}
            {plainName(clientName)} from {connection.module?.title ?? connection.resource}
          </span>
        </button>
      </form>
    </li>
  )
}

const Uses = ({ connection: { module, resource, scopes } }: { connection: ConnectionView }) => {
  if (!module) {
    return (
      <>
        <p>
          <code>{resource}</code> <Badge>No longer hosted</Badge>
        </p>
        <p>It can do nothing there any more.{scopes.length > 0 && ' Its permissions were:'}</p>
        <Permissions scopes={scopes} />
      </>
    )
  }
  const link = <a href={`/${encodeURIComponent(module.name)}`}>{module.title}</a>
  if (module.isOpen) return <p>Uses {link}, which is open to anyone by now.</p>
  return (
    <>
      <p>
        Uses {link}
        {scopes.length === 0 ? ' with no particular permission.' : ' and may:'}
      </p>
      <Permissions scopes={scopes} />
    </>
  )
}

const Permissions = ({ scopes }: Pick<ConnectionView, 'scopes'>) =>
  scopes.length > 0 && (
    <ul class="points">
      {scopes.map(({ name, description }) => (
        <li>
          {description} <code class="quiet">{name}</code>
        </li>
      ))}
    </ul>
  )

const DateLine = (props: { term: string; at: number | undefined; otherwise?: string }) => (
  <div>
    <dt>{props.term}</dt>
    <dd>{props.at === undefined ? props.otherwise : <Moment at={props.at} />}</dd>
  </div>
)
