import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type WarmCandidate, warmPlan } from '../../../src-main/engine/models/warm-plan'

const GiB = 2 ** 30
/** The four models with their slot's context, rounded from the catalogue's sizes. */
const deepseek = { slot: 'deepseek', model: 'deepseek', vramBytes: 11 * GiB, ramBytes: 0 } as const
const qwen = { slot: 'qwen', model: 'qwen', vramBytes: 5 * GiB, ramBytes: 0 } as const
const fingpt = { slot: 'fingpt', model: 'fingpt', vramBytes: 5 * GiB, ramBytes: 0 } as const
const phi3 = { slot: 'phi3', model: 'phi3', vramBytes: 4 * GiB, ramBytes: 0 } as const
const four: WarmCandidate[] = [phi3, fingpt, qwen, deepseek]

const gpu = (freeBytes: number) => ({
  vram: { totalBytes: freeBytes, freeBytes, unifiedBytes: 0 },
  ram: { totalBytes: 32 * GiB, freeBytes: 16 * GiB },
})

describe('what stays loaded together', () => {
  test('is all four where they fit', () => {
    expect(warmPlan(four, gpu(25 * GiB))).toEqual({
      warm: ['deepseek', 'qwen', 'fingpt', 'phi3'],
      onDemand: [],
      tooLarge: [],
      vramBytes: 25 * GiB,
      ramBytes: 0,
    })
  })

  test('is as many slots as fit, rather than the largest model', () => {
    const plan = warmPlan(four, gpu(15 * GiB))
    expect([plan.warm, plan.onDemand]).toEqual([['qwen', 'fingpt', 'phi3'], ['deepseek']])
  })

  test('is the slot that is asked most, among equals', () => {
    expect(warmPlan(four, gpu(16 * GiB)).warm).toEqual(['qwen', 'fingpt', 'phi3'])
    expect(warmPlan([qwen, fingpt], gpu(6 * GiB)).warm).toEqual(['qwen'])
    expect(warmPlan([deepseek, phi3, qwen], gpu(16 * GiB)).warm).toEqual(['deepseek', 'qwen'])
  })

  test('names what never fits', () => {
    const plan = warmPlan(four, gpu(8 * GiB))
    expect([plan.warm, plan.onDemand, plan.tooLarge]).toEqual([['qwen'], ['fingpt', 'phi3'], ['deepseek']])
  })

  test('leaves room for the desk in memory that the GPU shares with it', () => {
    const shared = {
      vram: { totalBytes: 12 * GiB, freeBytes: 12 * GiB, unifiedBytes: 16 * GiB },
      ram: { totalBytes: 16 * GiB, freeBytes: 10 * GiB },
    }
    expect(warmPlan([qwen, phi3], shared).warm).toEqual(['qwen', 'phi3'])
    expect(warmPlan([qwen, fingpt], shared).warm).toEqual(['qwen'])
  })

  test('never needs more than is free, and no model that still fits is left out', () => {
    const candidate = fc.record({
      slot: fc.constantFrom('deepseek', 'qwen', 'fingpt', 'phi3'),
      vramBytes: fc.integer({ min: 0, max: 20 }),
      ramBytes: fc.integer({ min: 0, max: 20 }),
    })
    fc.assert(
      fc.property(
        fc.array(candidate, { maxLength: 5 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        (some, vram, ram) => {
          const models: WarmCandidate[] = some.map((one, index) => ({ ...one, model: `m${index}` }))
          const machine = {
            vram: { totalBytes: vram, freeBytes: vram, unifiedBytes: 0 },
            ram: { totalBytes: ram + GiB, freeBytes: ram + GiB },
          }
          const plan = warmPlan(models, machine)
          const warm = models.filter(({ model }) => plan.warm.includes(model))
          const used = { vram: 0, ram: 0 }
          for (const model of warm) {
            used.vram += model.vramBytes
            used.ram += model.ramBytes
          }
          expect(used.vram).toBeLessThanOrEqual(vram)
          expect(used.ram).toBeLessThanOrEqual(ram)
          expect([...plan.warm, ...plan.onDemand, ...plan.tooLarge].sort()).toEqual(
            models.map(({ model }) => model).sort(),
          )
          for (const model of models) {
            if (plan.warm.includes(model.model)) continue
            expect(used.vram + model.vramBytes <= vram && used.ram + model.ramBytes <= ram).toBe(false)
          }
        },
      ),
    )
  })
})
