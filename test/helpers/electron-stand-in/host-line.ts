import process from 'node:process'
import { type BirpcReturn, createBirpc } from 'birpc'
import type { HostCalls, MainCalls } from './wire'

/** The line to the host, open once `connectHost` was called; that is before the bundle's first line runs. */
export let host: BirpcReturn<HostCalls, MainCalls>

export function connectHost(own: MainCalls): void {
  host = createBirpc<HostCalls, MainCalls>(own, {
    post: (data) => {
      // The test may be over; nobody waits for an answer then.
      if (process.connected) process.send?.(data, undefined, undefined, () => {})
    },
    on: (listener) => process.on('message', listener),
    timeout: -1,
  })
}

// Without its host there is no screen left, as when a display goes away.
process.on('disconnect', () => process.exit(0))
