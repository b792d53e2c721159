import { join } from 'node:path'
import type { MarketContext } from '@shared/contract/context'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import type { AnswerCache } from '../../src-main/engine/gateway/answer-cache/answer-cache'
import { createGateway } from '../../src-main/engine/gateway/gateway'
import type { GatewayLog } from '../../src-main/engine/gateway/gateway-log'
import type { BenchPlaces } from './benchmark'

export const warningsOnly: GatewayLog = {
  info: () => undefined,
  warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
}

export interface StarterTiming {
  readonly rationale: Settings['inference']['rationale']
  /** First decisions that nobody times: they pay for caches and for code that is still being compiled. */
  readonly untimed: number
  readonly cache?: AnswerCache
}

/** Milliseconds of each decision of the starter model: every context once, by a gateway of its own. */
export async function timeStarter(
  contexts: readonly MarketContext[],
  { rationale, untimed, cache }: StarterTiming,
  { programsDir, resourcesDir }: BenchPlaces,
): Promise<number[]> {
  const gateway = createGateway({
    settings: settingsSchema.parse({ inference: { rationale } }),
    starterPath: join(resourcesDir, 'models', 'starter.gguf'),
    promptsDir: join(resourcesDir, 'prompts'),
    inferenceProgram: join(programsDir, 'inference.js'),
    nodePath: process.execPath,
    log: warningsOnly,
    clock: () => performance.now(),
    ...(cache === undefined ? {} : { answers: cache }),
  })
  try {
    const times: number[] = []
    for (const context of contexts) {
      const { latencyMs, servedBy } = await gateway.decide({
        context,
        preference: null,
        cache: cache === undefined ? 'off' : 'read_write',
      })
      if (servedBy !== 'starter') throw new Error('The starter model did not answer')
      times.push(latencyMs)
    }
    return times.slice(untimed)
  } finally {
    await gateway.close()
  }
}
