import { setTimeout as wait } from 'node:timers/promises'
import { type Started, startQuartet } from './quartet'

export interface ServedDesk {
  readonly desk: Started
  /** The page's address as it was printed, with its token. */
  readonly address: URL
}

/** Starts what `npm start` opens, on a free port, and waits for the address that it prints. */
export async function serveDesk(home: string, env: Readonly<Record<string, string>> = {}): Promise<ServedDesk> {
  const desk = startQuartet(['serve', '--port', '0', '--print-decisions'], { home, env })
  const printed = (): string | undefined => /^Quartet is open at (\S+)$/m.exec(desk.stdout())?.[1]
  await waitFor(() => printed() !== undefined || desk.child.exitCode !== null)
  const address = printed()
  if (address === undefined) throw new Error(`The desk did not open: ${desk.stderr()}`)
  return { desk, address: new URL(address) }
}

export async function waitFor(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('Waited a minute in vain')
    await wait(25)
  }
}
