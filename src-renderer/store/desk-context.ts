import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { DeskSession } from './desk-session'
import type { DeskScreenState, DeskStore } from './desk-store'

export interface Desk {
  readonly store: DeskStore
  readonly session: DeskSession
}

export const DeskContext = createContext<Desk | null>(null)

export function useDeskContext(): Desk {
  const desk = useContext(DeskContext)
  if (desk === null) throw new Error('A desk component stands outside DeskContext')
  return desk
}

/** What a component needs of the store; it is drawn again only when that changes. */
export function useDesk<Selected>(select: (state: DeskScreenState) => Selected): Selected {
  return useStore(useDeskContext().store, select)
}

export function useDeskSession(): DeskSession {
  return useDeskContext().session
}
