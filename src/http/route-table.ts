/**
 * Which route answers what. `app.ts` fixes what a request passes before it gets here; the endpoints
 * of modules are not among these.
 *
 * @module
 */
import type { Context, Hono } from 'hono'
import { isServerMetadataPath, oauthError, PLAYGROUND_CALLBACK } from '../oauth'
import { ProtocolError } from '../protocol'
import type { Registry } from '../registry'
import type { AppEnv } from './app-env'
import { mcpErrorResponse } from './error-response'
import { readForm } from './form'
import { noticeResponse } from './page-response'
import { disconnect, showAccount } from './routes/account'
import { decide, showConsent } from './routes/authorize'
import { domainProof, showCatalogue, showRegistryEntry, showServerCard } from './routes/listing'
import {
  authorizationServerMetadata,
  publicKeys,
  register,
  resourceMetadata,
  token,
} from './routes/oauth'
import { homePage, moduleList, modulePage } from './routes/pages'
import { addPasskey, removePasskey, renamePasskey } from './routes/passkeys'
import { playground, playgroundReturn } from './routes/playground'
import { openQuestionPage } from './routes/question-page'
import { setUp, showSetup, showSignIn, signIn, signOut } from './routes/sign-in'
import { showConformance } from './routes/status'
import type { Services } from './services'

export interface RoutePorts {
  /** What is listed here: all modules but the platform's own. */
  hosted: Registry
  servicesOf(c: Context<AppEnv>): Services
}

/** Documents for programs, which need no database. */
export function addDocumentRoutes(app: Hono<AppEnv>, { hosted, servicesOf }: RoutePorts): void {
  app.get('/.well-known/*', async (c) => {
    const services = servicesOf(c)
    if (isServerMetadataPath(c.req.path)) {
      return authorizationServerMetadata(c.req.raw, c.req.path, services)
    }
    if (c.req.path === '/.well-known/jwks.json') return publicKeys(c.req.raw)
    if (c.req.path === '/.well-known/ai-catalog.json') {
      return showCatalogue(c.req.raw, hosted, services.origin)
    }
    // Not the page: whoever asks here is a program.
    return (
      resourceMetadata(c.req.raw, c.req.path, services) ??
      domainProof(c.req.path, services) ??
      oauthError('not_found', 'There is no such document; a module has its own.', 404)
    )
  })
  app.get('/:module/mcp/.well-known/openid-configuration', (c) =>
    authorizationServerMetadata(c.req.raw, c.req.path, servicesOf(c)),
  )
  app.get('/:module/mcp/server-card', (c) =>
    showServerCard(c.req.raw, c.req.param('module'), hosted, c.get('admission').ownOrigin),
  )
  app.get('/:module/server.json', (c) =>
    showRegistryEntry(c.req.raw, c.req.param('module'), hosted, c.get('admission').ownOrigin),
  )
  app.get('/status/conformance', (c) => showConformance(c.req.raw))
}

/** Everything about people: tokens, consent, signing in, accounts. */
export function addPersonalRoutes(app: Hono<AppEnv>, { servicesOf }: RoutePorts): void {
  app.all('/token', (c) => token(c.req.raw, servicesOf(c)))
  app.all('/register', (c) => register(c.req.raw, servicesOf(c)))
  app.get('/authorize', (c) => showConsent(c.req.raw, servicesOf(c)))
  app.post('/authorize', (c) => withForm(c, (form) => decide(c.req.raw, form, servicesOf(c))))
  app.get('/sign-in', (c) => showSignIn(c.req.raw, servicesOf(c)))
  app.post('/sign-in', (c) => withForm(c, (form) => signIn(c.req.raw, form, servicesOf(c))))
  app.post('/sign-out', (c) => withForm(c, (form) => signOut(c.req.raw, form, servicesOf(c))))
  app.get('/setup', (c) => showSetup(url(c), servicesOf(c)))
  app.post('/setup', (c) => withForm(c, (form) => setUp(url(c), form, servicesOf(c))))
  app.get('/account/open', (c) => openQuestionPage(c.req.raw, servicesOf(c)))
  app.get('/account', (c) => showAccount(c.req.raw, servicesOf(c)))
  app.post('/account/disconnect', (c) =>
    withForm(c, (form) => disconnect(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys', (c) =>
    withForm(c, (form) => addPasskey(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys/rename', (c) =>
    withForm(c, (form) => renamePasskey(c.req.raw, form, servicesOf(c))),
  )
  app.post('/account/passkeys/remove', (c) =>
    withForm(c, (form) => removePasskey(c.req.raw, form, servicesOf(c))),
  )
}

/** The pages about what is hosted here. Last: their addresses begin with any name. */
export function addPageRoutes(app: Hono<AppEnv>, { hosted, servicesOf }: RoutePorts): void {
  app.get('/', (c) => homePage(c.req.raw, hosted, servicesOf(c)))
  app.get('/modules.json', (c) => moduleList(c.get('admission').ownOrigin, hosted))
  app.get(PLAYGROUND_CALLBACK, () => playgroundReturn())
  app.get('/:module/try', (c) => playground(c.req.raw, c.req.param('module'), servicesOf(c)))
  app.get('/:module', (c) => modulePage(c.req.raw, c.req.param('module'), servicesOf(c)))
  // As people type it. Of a module only: what else stands in a path must not lead anywhere.
  app.get('/:module/', (c, next) =>
    hosted.has(c.req.param('module')) ? c.redirect(`/${c.req.param('module')}`, 308) : next(),
  )
  app.on(['POST', 'DELETE', 'PUT', 'PATCH'], '/:module', (c, next) => {
    if (!hosted.has(c.req.param('module'))) return next()
    const connector = `${c.get('admission').ownOrigin}/${c.req.param('module')}/mcp`
    const hint = `Nothing is posted here. MCP messages go to ${connector}.`
    return mcpErrorResponse(new ProtocolError('unknown_module', hint), null)
  })
}

/** A form of ours, or a page that says what to do. */
const withForm = async (
  c: Context<AppEnv>,
  handle: (form: URLSearchParams) => Response | Promise<Response>,
): Promise<Response> => {
  const form = await readForm(c.req.raw)
  return form
    ? handle(form)
    : noticeResponse('This form could not be read', 'Please go back and send it again.')
}

const url = (c: Context<AppEnv>): URL => new URL(c.req.url)
