/** How one client behaves on the way to its first tool call, as data with its sources. @module */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

const Seconds = z.number().positive()

export const ClientProfile = z.strictObject({
  /** What `--client` takes. */
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  /** When somebody last held the data against the sources. */
  lastVerified: z.iso.date(),
  sources: z.array(z.strictObject({ says: z.string(), at: z.url() })).min(1),
  userAgent: z.string(),
  /** Set for clients that call from a web page. */
  browserOrigin: z.url().optional(),
  /** Each is tried; the first is what the client begins with. */
  eras: z.array(z.enum(['2026-07-28', '2025-11-25'])).min(1),
  accept: z.string(),
  /** Where it looks for the resource’s metadata, in order. */
  resourceMetadata: z.array(z.enum(['header', 'path', 'root'])).min(1),
  /** Where it looks for the authorization server’s, in order. */
  serverMetadata: z.array(z.enum(['oauth', 'openid'])).min(1),
  registration: z.strictObject({
    /** A Client ID Metadata Document, or a registration request (RFC 7591). */
    prefers: z.enum(['document', 'request']),
    documentUrl: z.url().optional(),
    body: z.looseObject({ redirect_uris: z.array(z.string()).min(1) }),
    /** Registers again for the same connection. */
    twice: z.boolean(),
  }),
  /** `{port}` is a random one, here and in `redirect_uris`. */
  redirectUri: z.string(),
  /** What it cannot do without. */
  needs: z.array(z.enum(['offline_access', 'iss'])),
  reconnectsWithoutScope: z.boolean().default(false),
  opensStream: z.boolean().default(false),
  /** Asks for more on a 403 challenge, on what a tool result carries, or never by itself. */
  stepUp: z.enum(['challenge', 'result', 'none']),
  /** Seconds until it gives up. */
  limits: z.strictObject({
    discovery: Seconds,
    registration: Seconds,
    token: Seconds,
    refresh: Seconds,
    call: Seconds,
  }),
})
export type ClientProfile = z.output<typeof ClientProfile>

const folder = join(import.meta.dirname, 'clients')

/** Every client of the folder `clients/`, by name. */
export async function loadClientProfiles(): Promise<ClientProfile[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const profiles = await Promise.all(
    files.map(async (file) =>
      ClientProfile.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))),
    ),
  )
  return profiles.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The same client with its callbacks on one port of this run. */
export function onPort(profile: ClientProfile, port: number): ClientProfile {
  const filled = (uri: string) => uri.replace('{port}', String(port))
  const { body } = profile.registration
  return {
    ...profile,
    redirectUri: filled(profile.redirectUri),
    registration: {
      ...profile.registration,
      body: { ...body, redirect_uris: body.redirect_uris.map(filled) },
    },
  }
}
