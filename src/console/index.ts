/**
 * Every page of the platform, as pure functions from view data to an HTML document. Pages carry
 * their style and script inside them, so one answer is a whole page on any route and host.
 * @module
 */
export { renderAccountPage } from './account-page'
export { renderConsentPage } from './consent-page'
export { describeParameters } from './describe-parameters'
export { renderHomePage } from './home-page'
export { renderModulePage } from './module-page'
export { renderNoticePage } from './notice-page'
export type {
  AccountPasskeyView,
  AccountView,
  ClientView,
  ConnectionView,
  ConsentScopeView,
  ConsentView,
  NewPasskeyView,
  OutcomeView,
  PasskeyView,
  PersonView,
  ReturnView,
  SetupView,
  SignInView,
} from './oauth-views'
export { formActionFor, type PageHeadersOptions, pageHeaders } from './page-headers'
export type { PageScript } from './page-scripts'
export { plainName } from './plain-name'
export { renderPlaygroundPage, renderPlaygroundReturnPage } from './playground-page'
export { renderReturnPage } from './return-page'
export { renderSetupPage } from './setup-page'
export { renderSignInPage } from './sign-in-page'
export type {
  HomeView,
  ModuleView,
  NoticeView,
  ParameterView,
  PlaygroundView,
  PromptView,
  ResourceView,
  ToolView,
  VisitorView,
} from './views'
