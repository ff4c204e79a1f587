/**
 * Registers or presents a passkey for the form marked with `data-passkey`, then posts the form
 * with the credential in it as JSON. Text for the same reason as `CLIENT_SCRIPT`.
 *
 * Browsers of before 2025 have no JSON methods on `PublicKeyCredential` (Web Authentication Level
 * 3 §5.1.8, §5.1.9), and some password managers replace credentials by objects without `toJSON`:
 * then the bytes are translated here.
 */
export const PASSKEY_SCRIPT = `
(() => {
  'use strict'
  const form = document.querySelector('form[data-passkey]')
  if (!form) return
  const creates = form.dataset.passkey === 'create'
  const button = form.querySelector('button')
  const status = form.querySelector('[role="status"]')
  const unavailable = form.querySelector('[data-unavailable]')
  const FAILURES = {
    NotAllowedError: 'Cancelled, or it took too long. You can try again.',
    InvalidStateError: 'This device already has a passkey for this account.',
    SecurityError: 'Passkeys do not work at this address. Open this page by its host name over HTTPS, or on localhost instead of a number.',
    NotSupportedError: 'This device cannot make a passkey of a kind that works here.',
  }

  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const textOf = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: bytesOf(one.id) }))

  const creationOptions = (json) =>
    PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: bytesOf(json.challenge),
      user: { ...json.user, id: bytesOf(json.user.id) },
      excludeCredentials: withBytes(json.excludeCredentials),
    }
  const requestOptions = (json) =>
    PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: bytesOf(json.challenge),
      allowCredentials: withBytes(json.allowCredentials),
    }

  const jsonOf = (credential) => {
    if (credential.toJSON) return credential.toJSON()
    const { response } = credential
    const bytes = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
      .filter((key) => response[key])
      .map((key) => [key, textOf(response[key])])
    return {
      id: credential.id,
      rawId: textOf(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {
        ...Object.fromEntries(bytes),
        ...(response.getTransports && { transports: response.getTransports() }),
      },
    }
  }

  const askForCredential = () => {
    const json = JSON.parse(form.dataset.options)
    if (!creates) return navigator.credentials.get({ publicKey: requestOptions(json) })
    // Somebody new gives a name here; whoever is known has one.
    const name = form.elements.namedItem('name')?.value.trim()
    if (name) json.user = { ...json.user, name, displayName: name }
    return navigator.credentials.create({ publicKey: creationOptions(json) })
  }

  if (!window.PublicKeyCredential) {
    unavailable.textContent = 'This browser cannot use passkeys here: they need a browser that knows them, and HTTPS or localhost.'
    return
  }
  unavailable.hidden = true
  button.hidden = false
  button.disabled = false

  // Asked too late, a device would make a passkey that nobody here takes.
  const openedAt = Date.now()
  const isTooLate = () => Date.now() - openedAt > form.dataset.lifetimeSeconds * 1000

  // Not by disabling the button, which would take the focus from it.
  let busy = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    delete status.dataset.failed
    if (isTooLate()) {
      status.dataset.failed = ''
      status.textContent = 'This page has been open for too long. Load it again, then go on.'
      busy = false
      return
    }
    status.textContent = 'Your browser asks you to go on …'
    try {
      const credential = await askForCredential()
      form.elements.namedItem('credential').value = JSON.stringify(jsonOf(credential))
      status.textContent = 'Checking …'
      form.submit()
    } catch (error) {
      status.dataset.failed = ''
      status.textContent = FAILURES[error.name] ?? 'The passkey could not be used (' + error.name + ').'
      busy = false
    }
  })
})()
`
