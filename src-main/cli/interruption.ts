import { type ExitCode, exitCode } from './exit'
import { note } from './output'

/**
 * Ctrl-C and SIGTERM as a signal to the work: it ends between two steps, so that nothing is half done. A second one
 * ends the process at once; the journal survives that too.
 */
export interface Interruption {
  readonly signal: AbortSignal
  /** Null as long as nobody interrupted. */
  exitCode(): ExitCode | null
}

/** One Ctrl-C reaches a process twice when npm passes on what the terminal sent to all; that is not a second wish. */
const echoMs = 1000

export function watchInterruption(said = 'Stopping after this step; once more to stop at once.'): Interruption {
  const controller = new AbortController()
  let code: ExitCode | null = null
  let interruptedAt = 0
  const interrupt = (wanted: ExitCode): void => {
    if (code !== null) {
      if (performance.now() - interruptedAt > echoMs) process.exit(wanted)
      return
    }
    code = wanted
    interruptedAt = performance.now()
    note(said)
    controller.abort()
  }
  process.on('SIGINT', () => interrupt(exitCode.interrupted))
  process.on('SIGTERM', () => interrupt(exitCode.terminated))
  return { signal: controller.signal, exitCode: () => code }
}
