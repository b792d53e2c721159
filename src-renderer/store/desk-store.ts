import type { MarketSymbol } from '@shared/contract/candle'
import type { Problem } from '@shared/contract/outcome'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LinkState } from '../transport/transport'
import type { DeskPicture } from './desk-picture'

/**
 * The screen's one store: the picture of the desk, the line to the engine, and what the user has chosen to see.
 * Only `desk-session` writes the picture; components read it through selectors and call the session's commands.
 */
export interface DeskScreenState {
  readonly link: LinkState
  /** Null until the first reading arrived. */
  readonly picture: DeskPicture | null
  /** Why the picture could not be read or followed; null while all is well. */
  readonly problem: Problem | null
  /** The symbol whose chart is shown; null means the first of the run. */
  readonly chosenSymbol: MarketSymbol | null
  readonly clock: Clock
  /** What fills the window under the top bar. */
  readonly view: View
  readonly command: DeskCommand | null
  readonly notice: Notice | null
}

export type View = 'desk' | 'models'

export type Clock = 'utc' | 'local'

/** A command that was sent and not answered yet. */
export type DeskCommand = 'pause' | 'resume' | 'kill'

/** The engine's answer to the last command, told in the top bar until the user or the next command takes it away. */
export interface Notice {
  readonly tone: 'done' | 'failed'
  readonly text: string
}

export type DeskStore = StoreApi<DeskScreenState>

export function createDeskStore(clock: Clock): DeskStore {
  return createStore<DeskScreenState>(() => ({
    link: { phase: 'connecting' },
    picture: null,
    problem: null,
    chosenSymbol: null,
    clock,
    view: 'desk',
    command: null,
    notice: null,
  }))
}
