import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startInferenceChild } from '../../src-main/engine/gateway/backends/inference-child'
import { buildProgram } from '../helpers/built-program'
import { loadOf, plainQuestion } from '../helpers/model-questions'
import { inferenceProcesses } from '../helpers/processes'
import { temporaryFolder } from '../helpers/temporary-folder'
import { writeTinyGguf } from '../helpers/tiny-gguf'

const cycles = 50
const patienceMs = 60_000
/** A leak of a model, or of what an engine keeps for one, would show as more than this over all cycles. */
const leewayBytes = 48 * 2 ** 20

const folder = temporaryFolder('cycles')

test(`${cycles} times loaded, asked and unloaded, a model leaves no process behind and the engine as small as it was`, async () => {
  const program = await buildProgram('src-main/inference/main.ts')
  const model = loadOf(writeTinyGguf(join(folder, 'cycle.gguf')))
  const sizes: number[] = []
  try {
    for (let generation = 1; generation <= cycles; generation += 1) {
      const child = startInferenceChild({
        program: program.path,
        nodePath: process.execPath,
        generation,
        onExit: () => undefined,
      })
      expect((await child.load(model, patienceMs)).ok).toBe(true)
      expect((await child.ask(plainQuestion(4), patienceMs)).ok).toBe(true)
      await child.stop()
      sizes.push(process.memoryUsage().rss)
    }
  } finally {
    program.remove()
  }
  expect(inferenceProcesses(process.pid)).toEqual([])
  const warm = Math.max(...sizes.slice(0, 10))
  expect(Math.min(...sizes.slice(-10)) - warm).toBeLessThan(leewayBytes)
}, 300_000)
