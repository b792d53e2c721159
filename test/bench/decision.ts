import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { timeframeMs } from '@shared/contract/candle'
import { type SampleStretch, sampleStretches } from '../../src-main/engine/market/sample'
import type { Benchmark } from './benchmark'
import { type DeskFigures, runDesk } from './desk-process'
import { percentiles } from './percentile'
import { recordedContexts } from './recorded-contexts'
import { timeStarter } from './starter-times'

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
    const decisionMs = await timeStarter(contexts, { rationale: 'off', untimed: untimedDecisions }, places)
    const withRationaleMs = await timeStarter(contexts, { rationale: 'after', untimed: untimedDecisions }, places)
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
