/**
 * Every page of the platform, as pure functions from view data to an HTML document. Pages carry
 * their style and script inside them, so one answer is a whole page on any route and host.
 * @module
 */
export { describeParameters } from './describe-parameters'
export { renderHomePage } from './home-page'
export { renderModulePage } from './module-page'
export { renderNoticePage } from './notice-page'
export { pageHeaders } from './page-headers'
export type { HomeView, ModuleView, NoticeView, ParameterView, ToolView } from './views'
