/**
 * Asks an object, and once more if that fails: one that was moved or restarted breaks the stubs there
 * were. Only for what is harmless when it is done twice.
 *
 * @param ask Takes a fresh stub each time.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch {
    return ask()
  }
}
