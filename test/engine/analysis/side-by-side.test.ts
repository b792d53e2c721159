import { setImmediate as turn } from 'node:timers/promises'
import { failure, success } from '@shared/contract/outcome'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sideBySide } from '../../../src-main/engine/analysis/side-by-side'
import { slotScorer } from '../../../src-main/engine/analysis/slot-scorer'

const always = () => true

/** Takes as many turns of the event loop as the item says. */
async function taking(turns: number): Promise<void> {
  for (let left = turns; left > 0; left -= 1) await turn()
}

describe('questions that are put side by side', () => {
  test('have their answers in the order of the questions, whichever comes first', async () => {
    const turns = fc.array(fc.nat({ max: 5 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: 1, max: 8 }), async (items, atOnce) => {
        const work = async (item: number) => {
          await taking(item)
          return 10 * item
        }
        expect(await sideBySide(items, atOnce, always, work)).toEqual(items.map((item) => 10 * item))
      }),
    )
  })

  test('are as many at a time as was asked for, and never more', async () => {
    let open = 0
    let most = 0
    await sideBySide([3, 1, 4, 1, 5, 9, 2, 6], 3, always, async (item) => {
      open += 1
      most = Math.max(most, open)
      await taking(item)
      open -= 1
    })
    expect(most).toBe(3)
  })

  test('end without a gap: what was begun is finished, and nothing after it is begun', async () => {
    let begun = 0
    const answers = await sideBySide(
      [9, 1, 1, 1, 1, 1],
      2,
      () => begun < 4,
      async (item) => {
        begun += 1
        const place = begun
        await taking(item)
        return place
      },
    )
    expect(answers).toEqual([1, 2, 3, 4])
  })
})

describe('a model that reads headlines', () => {
  const judged = { orderBias: null, modelHash: 'a', promptVersion: 'b' }
  const progress = () => undefined
  const headlines = ['Shares rise', 'Shares fall', 'Shares rest', 'Nothing new']
  const signal = new AbortController().signal

  test('reads the same, in the same order, one at a time and side by side', async () => {
    const gateway = {
      async judgeHeadline({ headline }: { readonly headline: string }) {
        await taking(headline.length % 5)
        const positive = headline === 'Shares rise' ? 0.8 : 0.1
        return success({ ...judged, probabilities: { positive, neutral: 0.9 - positive, negative: 0.1 } })
      },
    }
    const read = (atOnce: number) => slotScorer(gateway, { slot: 'qwen', atOnce, progress }).score(headlines, signal)
    expect(await read(3)).toEqual(await read(1))
    expect(await read(3)).toMatchObject({ value: [{ positive: 0.8 }, { positive: 0.1 }, {}, {}] })
  })

  test('that fails on one headline fails as a whole, and is asked no further', async () => {
    const asked: string[] = []
    const gateway = {
      async judgeHeadline({ headline }: { readonly headline: string }) {
        asked.push(headline)
        await turn()
        if (headline === 'Shares fall') return failure('timeout' as const, 'It took too long.')
        return success({ ...judged, probabilities: { positive: 0.2, neutral: 0.7, negative: 0.1 } })
      },
    }
    const scorer = slotScorer(gateway, { slot: 'qwen', atOnce: 2, progress })
    expect(await scorer.score(headlines, signal)).toMatchObject({ problem: { code: 'timeout' } })
    expect(asked).not.toContain('Nothing new')
  })
})
