/**
 * The one script of the pages: it turns on what a page can do without. Kept as text, not as a
 * function's `toString()`, because a bundler may rewrite a function and call helpers that the page
 * does not have. Its hash is in the Content-Security-Policy.
 */
export const CLIENT_SCRIPT = `
(() => {
  'use strict'
  const COPIED_MS = 2000
  const announcer = document.getElementById('announcer')

  const announce = (text) => {
    // Emptied first: a live region that is given the text it already has stays silent.
    announcer.textContent = ''
    setTimeout(() => { announcer.textContent = text }, 50)
  }

  const select = (element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    const selection = getSelection()
    selection.removeAllRanges()
    selection.addRange(range)
  }

  const enableCopy = (button) => {
    const source = document.getElementById(button.dataset.copies)
    const label = button.querySelector('[data-label]')
    const idle = label.textContent
    let timer
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(source.textContent)
      } catch {
        select(source)
        announce('Not copied. The text is selected: copy it with the keyboard.')
        return
      }
      announce('Copied')
      label.textContent = 'Copied'
      button.dataset.done = ''
      clearTimeout(timer)
      timer = setTimeout(() => {
        label.textContent = idle
        delete button.dataset.done
      }, COPIED_MS)
    })
  }

  const told = document.querySelector('[data-announced]')
  if (told) announce([...told.children].map((part) => part.textContent).join('. '))

  // No clipboard outside a secure context: then the button stays away.
  if (navigator.clipboard) document.querySelectorAll('button[data-copies]').forEach(enableCopy)
})()
`
