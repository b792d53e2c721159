import type { DeskState, JournalEvent } from '@shared/contract/journal'
import type { RiskSettings } from '@shared/contract/settings'
import { z } from 'zod'

export const deskCommandSchema = z.enum(['pause', 'resume', 'kill'])

/** What the trader may tell a desk, whether it runs or not. */
export type DeskCommand = z.infer<typeof deskCommandSchema>

export interface CommandedRun {
  readonly runId: string
  /** The market's clock. */
  readonly atMs: number
  readonly killSwitch: RiskSettings['killSwitch']
}

/** The event by which a command enters the journal. */
export function commandEvent(command: DeskCommand, { runId, atMs, killSwitch }: CommandedRun): JournalEvent {
  return {
    type: 'desk.state',
    atMs,
    payload: { runId, state: stateOf[command], reason: reasonOf(command, killSwitch), by: 'user' },
  }
}

const stateOf = {
  pause: 'reduce_only',
  resume: 'active',
  kill: 'halted',
} as const satisfies Record<DeskCommand, DeskState>

function reasonOf(command: DeskCommand, killSwitch: RiskSettings['killSwitch']): string {
  switch (command) {
    case 'pause':
      return 'Paused by the trader: no new positions; exits still work.'
    case 'resume':
      return 'Resumed by the trader.'
    case 'kill':
      return killSwitch === 'flatten'
        ? 'Kill switch: open orders cancelled, positions closed at the next price.'
        : 'Kill switch: entries cancelled, positions frozen with their stops.'
  }
}
