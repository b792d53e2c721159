import { type Slot, slotSchema } from '@shared/contract/model'
import type { Machine } from '@shared/contract/model-files'
import type { WarmPlan } from '@shared/contract/model-library'

/** A model with what it needs while it is loaded. */
export interface WarmCandidate {
  readonly slot: Slot
  readonly model: string
  readonly vramBytes: number
  readonly ramBytes: number
}

/** What stays free beside the models, for the desk and the rest of the machine. */
const ramReserveBytes = 2 ** 30

/**
 * Which models can stay loaded together: as many slots as memory holds, and among equals those that are asked most. The
 * slot that answers when no rule claims the market comes first (`slotSchema`'s order: deepseek, qwen, fingpt, phi3). The
 * others are loaded when they are asked, in the place of the one that was not asked for longest.
 */
export function warmPlan(candidates: readonly WarmCandidate[], { vram, ram }: Pick<Machine, 'vram' | 'ram'>): WarmPlan {
  const order = slotSchema.options
  const inOrder = [...candidates].sort((a, b) => order.indexOf(a.slot) - order.indexOf(b.slot))
  const ramBytes = Math.max(0, ram.freeBytes - ramReserveBytes)

  const fits = (chosen: readonly WarmCandidate[]): boolean => {
    const vramNeed = sum(chosen.map((model) => model.vramBytes))
    const ramNeed = sum(chosen.map((model) => model.ramBytes))
    const isShared = vram.unifiedBytes > 0
    return vramNeed <= vram.freeBytes && (isShared ? vramNeed + ramNeed : ramNeed) <= ramBytes
  }

  // Four slots make sixteen choices: all are looked at, those with the first slots first.
  const choices = subsets(inOrder).filter(fits)
  const most = Math.max(0, ...choices.map(({ length }) => length))
  const best = choices.find(({ length }) => length === most) ?? []
  const names = (models: readonly WarmCandidate[]): string[] => models.map(({ model }) => model)
  return {
    warm: names(best),
    onDemand: names(inOrder.filter((model) => !best.includes(model) && fits([model]))),
    tooLarge: names(inOrder.filter((model) => !fits([model]))),
    vramBytes: sum(best.map((model) => model.vramBytes)),
    ramBytes: sum(best.map((model) => model.ramBytes)),
  }
}

/** All choices; of two with the same number, the one that keeps the earlier slots comes first. */
function subsets<Item>(items: readonly Item[]): Item[][] {
  const [first, ...rest] = items
  if (first === undefined) return [[]]
  const others = subsets(rest)
  return [...others.map((chosen) => [first, ...chosen]), ...others]
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0)
}
