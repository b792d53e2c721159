import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type AnswerCache, createAnswerCache } from '../../src-main/engine/gateway/answer-cache/answer-cache'
import { answerFileName, openAnswerFile } from '../../src-main/engine/gateway/answer-cache/answer-file'
import type { Benchmark } from './benchmark'
import { percentile, percentiles } from './percentile'
import { recordedContexts } from './recorded-contexts'
import { timeStarter, warningsOnly } from './starter-times'

/** Decisions that nobody times: the first answers pay for caches and for code that is still being compiled. */
const untimedDecisions = 40
const mostBytes = 1e9

/**
 * One decision of the starter model, as it is asked, with its answer being kept, and as it is recalled: from the file by a
 * new process' cache, and from memory. The same contexts, one after the other, in one run.
 */
export const answers: Benchmark = {
  name: 'answers',
  summary: 'time of a decision that is asked, kept, and recalled from the file or from memory',
  async run(_args, places) {
    const starterPath = join(places.resourcesDir, 'models', 'starter.gguf')
    if (!existsSync(starterPath)) throw new Error(`There is no starter model at ${starterPath}`)
    const contexts = await recordedContexts(places)
    const path = join(places.scratchDir, answerFileName)
    const open = (): AnswerCache =>
      createAnswerCache(() => {
        const file = openAnswerFile({ path, mostBytes, log: warningsOnly, nowMs: Date.now })
        if (!file.ok) throw new Error(file.problem.message)
        return file.value
      })
    const [first, second] = [open(), open()]
    const askedMs = await timeStarter(contexts, { rationale: 'off', untimed: untimedDecisions }, places)
    const askedAndKeptMs = await timeStarter(
      contexts,
      { rationale: 'off', untimed: untimedDecisions, cache: first },
      places,
    )
    const recalledFromFileMs = await timeStarter(
      contexts,
      { rationale: 'off', untimed: untimedDecisions, cache: second },
      places,
    )
    const recalledFromMemoryMs = await timeStarter(
      contexts,
      { rationale: 'off', untimed: untimedDecisions, cache: second },
      places,
    )
    const { recalled, asked } = second.counts()
    if (asked > 0) throw new Error(`The model was asked ${asked} times about what it had answered`)
    first.close()
    second.close()
    return {
      decisions: contexts.length - untimedDecisions,
      recalled,
      askedMs: percentiles(askedMs),
      askedAndKeptMs: percentiles(askedAndKeptMs),
      recalledFromFileMs: percentiles(recalledFromFileMs),
      recalledFromMemoryMs: percentiles(recalledFromMemoryMs),
      ratio: { askedToRecalled: percentile(askedMs, 0.5) / percentile(recalledFromFileMs, 0.5) },
      bytesPerAnswer: Math.round(statSync(path).size / contexts.length),
    }
  },
}
