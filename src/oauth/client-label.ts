import { isObject } from '../lib'
import type { Clients } from '../store'

/** A registered client's own name, or the domain its id is a document of. */
export async function clientLabel(
  clientId: string,
  clients: Clients,
): Promise<{ clientName: string; clientDomain?: string }> {
  const domain = URL.parse(clientId)?.hostname
  if (domain !== undefined && clientId.startsWith('https:')) {
    return { clientName: domain, clientDomain: domain }
  }
  const record = await clients.get(clientId)
  const client: unknown = record === undefined ? undefined : JSON.parse(record)
  const name = isObject(client) && typeof client.clientName === 'string' ? client.clientName : ''
  return { clientName: name === '' ? clientId : name }
}
