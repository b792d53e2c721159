import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { DeskSession } from './desk-session'
import type { DeskScreenState, DeskStore } from './desk-store'
import type { ModelsSession } from './models-session'
import type { ModelsState, ModelsStore } from './models-store'

export interface Desk {
  readonly store: DeskStore
  readonly session: DeskSession
  /** The model library, which is read once somebody looks at it. */
  readonly models: { readonly store: ModelsStore; readonly session: ModelsSession }
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

export function useModels<Selected>(select: (state: ModelsState) => Selected): Selected {
  return useStore(useDeskContext().models.store, select)
}

export function useModelsSession(): ModelsSession {
  return useDeskContext().models.session
}
