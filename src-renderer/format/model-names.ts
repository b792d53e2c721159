import type { ServedBy, Slot } from '@shared/contract/model'

/** The four seats as people call them, with what each was chosen for. */
export const slotProfiles: Readonly<Record<Slot, { readonly name: string; readonly specialty: string }>> = {
  deepseek: { name: 'DeepSeek-Coder-V2-Lite', specialty: 'balanced' },
  qwen: { name: 'Qwen2.5-Coder-7B', specialty: 'algorithmic' },
  fingpt: { name: 'FinGPT', specialty: 'financial' },
  phi3: { name: 'Phi-3-mini', specialty: 'fast' },
}

/** "qwen, served by starter", or just the slot where its own model answered. */
export function routeText(routedTo: Slot, servedBy: ServedBy): string {
  if (servedBy === routedTo) return `${routedTo}, its own model`
  return servedBy === 'none' ? `${routedTo}, no model answered` : `${routedTo}, served by ${servedBy}`
}

/** Must stand wherever a probability of the starter model is shown. */
export const STARTER_PROBABILITY_NOTE =
  'The starter’s probabilities say how sure it is of imitating its rules. They never say how likely a profit is.'

export const MODEL_PROBABILITY_NOTE =
  'Probabilities say how sure the model is of its answer. They never say how likely a profit is.'
