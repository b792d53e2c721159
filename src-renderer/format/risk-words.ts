import type { DeskState } from '@shared/contract/journal'

/** What the desk does, in two or three words. */
export const deskStateNames = {
  active: 'Desk active',
  reduce_only: 'Desk reduces only',
  halted: 'Desk halted',
} as const satisfies Record<DeskState, string>
