import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { timeframeMs } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import { settingsSchema } from '@shared/contract/settings'
import { createGateway } from '../../src-main/engine/gateway/gateway'
import { type SampleStretch, sampleStretches } from '../../src-main/engine/market/sample'
import type { Benchmark, BenchPlaces } from './benchmark'
import { type DeskFigures, runDesk } from './desk-process'
import { percentile } from './percentile'
import { recordedContexts } from './recorded-contexts'

const stretch = sampleStretches.crash
const oneCandle = { ...stretch, toMs: stretch.fromMs + timeframeMs[stretch.timeframe] }
/** Decisions that nobody times: the model's first answers pay for its caches. */
const untimedDecisions = 20
const coldStarts = 3

/**
 * What a decision costs with the starter model on one thread: through the gateway and the process boundary without
 * and with a rationale, and as a whole desk that starts, decides, trades and journals.
 */
export const decision: Benchmark = {
  name: 'decision',
  summary: 'time, memory and cold start of one decision with the starter model',
  async run(_args, places) {
    const starterPath = join(places.resourcesDir, 'models', 'starter.gguf')
    if (!existsSync(starterPath)) throw new Error(`There is no starter model at ${starterPath}`)
    const contexts = await recordedContexts(places)
    const decisionMs = await timeDecisions(contexts, 'off', starterPath, places)
    const withRationaleMs = await timeDecisions(contexts, 'after', starterPath, places)
    const desk = (window: SampleStretch, name: string): Promise<DeskFigures> =>
      runDesk(join(places.programsDir, 'cli.js'), window, join(places.scratchDir, name))
    const whole = await desk(stretch, 'whole')
    const starts = [whole.coldStartMs]
    for (let start = 1; start < coldStarts; start += 1)
      starts.push((await desk(oneCandle, `start-${start}`)).coldStartMs)
    return {
      decisions: contexts.length - untimedDecisions,
      decisionMs: percentiles(decisionMs),
      withRationaleMs: percentiles(withRationaleMs),
      decisionsPerSecond: whole.decisionsPerSecond,
      coldStartMs: percentiles(starts).p50,
      rssBytes: whole.rssBytes,
    }
  },
}

async function timeDecisions(
  contexts: readonly MarketContext[],
  rationale: 'after' | 'off',
  starterPath: string,
  { programsDir, resourcesDir }: BenchPlaces,
): Promise<number[]> {
  const gateway = createGateway({
    settings: settingsSchema.parse({ inference: { rationale } }),
    starterPath,
    promptsDir: join(resourcesDir, 'prompts'),
    inferenceProgram: join(programsDir, 'inference.js'),
    nodePath: process.execPath,
    log: {
      info: () => undefined,
      warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    },
    clock: () => performance.now(),
  })
  try {
    const times: number[] = []
    for (const context of contexts) {
      const { latencyMs, servedBy } = await gateway.decide({ context, preference: null })
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
