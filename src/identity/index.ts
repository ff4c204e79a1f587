/**
 * People: how they sign in, and who is signed in at a browser.
 *
 * @module
 */
export {
  formToken,
  isFormToken,
  type Login,
  loginCookie,
  readLogin,
  signOutCookie,
} from './login'
export {
  askForNewPasskey,
  askForPasskey,
  type PasskeyQuestion,
  readNewPasskey,
  signInWithPasskey,
} from './passkeys'
export { checkSetupCode } from './setup-link'
