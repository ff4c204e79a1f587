/**
 * People: how they sign in, and who is signed in at a browser.
 *
 * @module
 */
export {
  formToken,
  isFormToken,
  isFresh,
  type Login,
  loginCookie,
  readLogin,
  type SignIn,
  signOutCookie,
} from './login'
export {
  type AskedFor,
  askForNewPasskey,
  askForPasskey,
  type Ceremony,
  CHALLENGE_SECONDS,
  isSignInForm,
  type PasskeyQuestion,
  readNewPasskey,
  signInWithPasskey,
} from './passkeys'
export { checkSetupCode } from './setup-link'
