/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * The platform with the modules of `modules.ts` inside the test's own isolate, as a site for
 * `oauth-flow.ts`, and ways to look behind it.
 *
 * @module
 */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../src/app'
import type { UserGrants } from '../../src/oauth'
import type { ServerDefinition } from '../../src/sdk'
import type { Site } from '../support/oauth-flow'
import { bell, desk, hall, office, vault } from './modules'

export const ORIGIN = 'http://localhost:8788'

export interface StartOptions {
  /** Settings and bindings over those of the test environment; undefined takes one away. */
  bindings?: Record<string, unknown>
  origin?: string
  servers?: readonly ServerDefinition[]
}

/** Another isolate, as far as the code can tell: nothing is shared but the bindings. */
export function startSite(options: StartOptions = {}): Site {
  const { bindings, origin = ORIGIN, servers = [desk, vault, bell, hall, office] } = options
  const app = createApp(servers)
  const all = { ...env, ...bindings } as Cloudflare.Env
  return {
    origin,
    send: async (url, init) =>
      app.fetch(new Request(new URL(url, origin), init), all, createExecutionContext()),
  }
}

export const site = startSite()

/** The object that keeps a person's grants. */
export const grantsOf = (userId: string): DurableObjectStub<UserGrants> =>
  env.USER_GRANTS.get(env.USER_GRANTS.idFromName(`default/grants/${userId}`))

/** A JSON answer. */
export async function answer(response: Response) {
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    // biome-ignore lint/suspicious/noExplicitAny: whatever the platform wrote; each test says what it expects
    body: (text.startsWith('{') ? JSON.parse(text) : text) as any,
  }
}
