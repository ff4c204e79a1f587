export { clientLabel } from '../oauth'
