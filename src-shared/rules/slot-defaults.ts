import type { Slot } from '../contract/model'

/** What a slot's model gets where the settings do not say otherwise. */
export interface SlotDefaults {
  /** Tokens of context for one question. */
  readonly contextTokens: number
  /** Most questions answered at one time; fewer where the memory holds fewer. */
  readonly sequences: number
}

/** Context 4K / 8K / 2K / 4K and concurrency 16 / 8 / 12 / 16 (checklist S33, S34): caps, not promises. */
export const slotDefaults = {
  deepseek: { contextTokens: 4096, sequences: 16 },
  qwen: { contextTokens: 8192, sequences: 8 },
  fingpt: { contextTokens: 2048, sequences: 12 },
  phi3: { contextTokens: 4096, sequences: 16 },
} as const satisfies Record<Slot, SlotDefaults>
