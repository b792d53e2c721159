import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { MarketContext } from '@shared/contract/context'
import { settingsSchema } from '@shared/contract/settings'
import { type AnswerCache, createAnswerCache } from '../../src-main/engine/gateway/answer-cache/answer-cache'
import { answerFileName, openAnswerFile } from '../../src-main/engine/gateway/answer-cache/answer-file'
import { createGateway } from '../../src-main/engine/gateway/gateway'
import type { GatewayLog } from '../../src-main/engine/gateway/gateway-log'
import type { Benchmark, BenchPlaces } from './benchmark'
import { percentile } from './percentile'
import { recordedContexts } from './recorded-contexts'

/** Decisions that nobody times: the first answers pay for caches and for code that is still being compiled. */
const untimedDecisions = 40
const mostBytes = 1e9

const log: GatewayLog = {
  info: () => undefined,
  warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
}

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
        const file = openAnswerFile({ path, mostBytes, log, nowMs: Date.now })
        if (!file.ok) throw new Error(file.problem.message)
        return file.value
      })
    const [first, second] = [open(), open()]
    const askedMs = await timeDecisions(contexts, undefined, places)
    const askedAndKeptMs = await timeDecisions(contexts, first, places)
    const recalledFromFileMs = await timeDecisions(contexts, second, places)
    const recalledFromMemoryMs = await timeDecisions(contexts, second, places)
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

/** Every context once, by a gateway of its own. */
async function timeDecisions(
  contexts: readonly MarketContext[],
  cache: AnswerCache | undefined,
  { programsDir, resourcesDir }: BenchPlaces,
): Promise<number[]> {
  const gateway = createGateway({
    settings: settingsSchema.parse({ inference: { rationale: 'off' } }),
    starterPath: join(resourcesDir, 'models', 'starter.gguf'),
    promptsDir: join(resourcesDir, 'prompts'),
    inferenceProgram: join(programsDir, 'inference.js'),
    nodePath: process.execPath,
    log,
    clock: () => performance.now(),
    answers: cache,
  })
  try {
    const times: number[] = []
    for (const context of contexts) {
      const { latencyMs, servedBy } = await gateway.decide({ context, preference: null, cache: 'read_write' })
      if (servedBy !== 'starter') throw new Error('The starter model did not answer')
      times.push(latencyMs)
    }
    return times.slice(untimedDecisions)
  } finally {
    await gateway.close()
  }
}

function percentiles(times: readonly number[]): { readonly p50: number; readonly p99: number } {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}
