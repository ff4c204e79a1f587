/**
 * A Worker that brought a call its last answer: it goes on with the call if nobody else does. The
 * runner that asked may be gone, or on its way out, or out of the object's reach for a moment.
 *
 * @module
 */
import { startTimer } from '../lib'
import type { SessionOwner } from './frames'
import type { AdoptedCall } from './listener'
import { openLink, type SocketPort } from './object-link'

export interface SubstituteOptions {
  object(): SocketPort
  session: SessionOwner
  /** The call that has its answers. */
  key: string
  /** Runs the call. Resolves when it has ended, or waits for its client once more. */
  adopt(call: AdoptedCall): Promise<void>
  /** How long there is for all of it. */
  aloneMs: number
}

/** Resolves when there is nothing to do here any more. */
export async function substitute(options: SubstituteOptions): Promise<void> {
  const { object, session, key, adopt, aloneMs } = options
  const needless = Promise.withResolvers<undefined>()
  let running: Promise<void> | undefined
  const link = openLink({
    object,
    introduce: () => ({ ...session, role: 'substitute', key }),
    onFrame(frame, body) {
      switch (frame.type) {
        case 'adopt': {
          const { key, fence, progress, resumes } = frame
          running = adopt({ key, fence, progress, resumes, message: body })
          return needless.resolve(undefined)
        }
        case 'end':
        case 'over':
          return needless.resolve(undefined)
        default:
          return undefined // for those who run calls or show streams
      }
    },
    onEnd: () => needless.resolve(undefined),
  })
  const deadline = startTimer(aloneMs)
  await Promise.race([needless.promise, deadline.over])
  deadline.stop()
  link.close()
  await running
}
