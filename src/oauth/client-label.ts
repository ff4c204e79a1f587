import { isObject } from '../lib'
import type { Clients } from '../store'
import { PLAYGROUND_CLIENT_ID, PLAYGROUND_CLIENT_NAME } from './playground-client'

/** A registered client's own name, or the domain its id is a document of; our own client's, ours. */
export async function clientLabel(
  clientId: string,
  clients: Clients,
): Promise<{ clientName: string; clientDomain?: string; isOurs?: boolean }> {
  if (clientId === PLAYGROUND_CLIENT_ID) {
    return { clientName: PLAYGROUND_CLIENT_NAME, isOurs: true }
  }
  const domain = URL.parse(clientId)?.hostname
  if (domain !== undefined && clientId.startsWith('https:')) {
    return { clientName: domain, clientDomain: domain }
  }
  const record = await clients.get(clientId)
  const client: unknown = record === undefined ? undefined : JSON.parse(record)
  const name = isObject(client) && typeof client.clientName === 'string' ? client.clientName : ''
  return { clientName: name === '' ? clientId : name }
}
