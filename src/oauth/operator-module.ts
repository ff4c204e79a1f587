/**
 * What operators do, as a module of the platform itself: any MCP client an operator trusts can do
 * it, and scopes, roles and the record apply as to every other call. Scope: `operator:revoke`.
 *
 * @module
 */
import * as z from 'zod'
import { createRegistry, type HostedServer } from '../registry'
import { defineServer, defineTool, type ServerDefinition, ToolError } from '../sdk'
import { OPERATOR_MODULE } from './resources'
import {
  NotToldError,
  type Revoked,
  type RevokePorts,
  type RevokeTarget,
  revokeAccess,
} from './revoke-access'

/** @param portsOf What its tools work with, once one is called. */
export function operatorModule(portsOf: (operatorId: string) => RevokePorts): ServerDefinition {
  const revoke = defineTool({
    name: 'revoke_access',
    title: 'Take access away',
    description:
      'Ends one grant, or all grants of a person or of a client, with every token issued for them. ' +
      'Every part of the platform refuses them within 5 seconds. The person or client may connect ' +
      'again. With remaining above 0 there are more: call again with the same arguments.',
    scopes: ['operator:revoke'],
    roles: ['operator'],
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    input: z.object({
      kind: z.enum(['grant', 'person', 'client']),
      id: z.string().min(1).max(512).describe('As the audit record and the account page name it'),
    }),
    output: z.object({
      grants: z.int().describe('How many grants have ended'),
      people: z.int().describe('Whose they were'),
      remaining: z.int().describe('How many are left to be ended by calling again'),
    }),
    async run(target: RevokeTarget, { caller }): Promise<Revoked> {
      const revoked = await revokeAccess(target, portsOf(caller.principal.id)).catch((cause) => {
        if (cause instanceof NotToldError) throw new ToolError('not_told', cause.message)
        throw cause
      })
      if (!revoked) throw new ToolError('not_found', NOT_FOUND[target.kind](target.id))
      return revoked
    },
  })
  return defineServer({
    name: OPERATOR_MODULE,
    version: '1.0.0',
    title: 'Quayside operation',
    description: 'For operators of this platform: take access away from people and clients.',
    access: 'authenticated',
    scopes: { 'operator:revoke': 'End grants of any person and any client' },
    tools: [revoke],
  })
}

/** Operators find it by its address; it is in no list of what is hosted here. */
export function hostOperatorModule(
  portsOf = (_operatorId: string): RevokePorts => {
    throw new Error('the operator module was called outside a request')
  },
): HostedServer {
  const [[, server] = []] = createRegistry([operatorModule(portsOf)])
  if (!server) throw new Error('the operator module is not in its own registry')
  return server
}

const NOT_FOUND: Record<RevokeTarget['kind'], (id: string) => string> = {
  grant: (id) =>
    `There is no grant "${id}". It may have ended already. Its id is the middle part of an access ` +
    'token, and grantId in the audit record.',
  person: (id) =>
    `There is no person "${id}". The id is what follows "person:" in the audit record, or the first ` +
    'part of an access token; it is neither a name nor an address.',
  client: (id) =>
    `There is no client "${id}". The id is what it sends as client_id: clientId in the audit record, ` +
    'an https URL for clients known by a document.',
}
