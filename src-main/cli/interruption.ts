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

export function watchInterruption(): Interruption {
  const controller = new AbortController()
  let code: ExitCode | null = null
  const interrupt = (wanted: ExitCode): void => {
    if (code !== null) process.exit(wanted)
    code = wanted
    note('Stopping after this step; once more to stop at once.')
    controller.abort()
  }
  process.on('SIGINT', () => interrupt(exitCode.interrupted))
  process.on('SIGTERM', () => interrupt(exitCode.terminated))
  return { signal: controller.signal, exitCode: () => code }
}
