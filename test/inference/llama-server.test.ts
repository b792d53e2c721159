import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { llamaServer, type RivalTask } from '../bench/inference-rivals'
import { writeRandomModel } from '../helpers/gguf/random-model'
import { temporaryFolder } from '../helpers/temporary-folder'

const program = process.env.QUARTET_LLAMA_SERVER
if (program === undefined) {
  console.warn('llama-server is not tested: QUARTET_LLAMA_SERVER names no program of it (llama.cpp builds one).')
}

const task: RivalTask = {
  instruction: 'Judge this market.',
  questions: [
    { name: 'action', text: 'What now?', options: { buy: 'it rises', sell: 'it falls', hold: 'neither' } },
    { name: 'stopAtr', text: 'How far is the stop loss?', options: { '1': '1 ATR', '2': '2 ATR' } },
  ],
}

describe.skipIf(program === undefined)('a llama-server, as the benchmark asks it', () => {
  test('answers every market inside the closed lists, and answers nobody after its end', async () => {
    const modelPath = writeRandomModel(join(temporaryFolder('llama-server'), 'phi3.gguf'), {
      architecture: 'phi3',
      weights: 'Q8_0',
    })
    const options = { modelPath, threads: 1, gpu: false, contextTokens: 512 } as const
    const server = await llamaServer(program ?? '', task, options)
    // It throws on whatever is no answer to the questions.
    for (const market of ['RSI 50', 'RSI 20 sentiment -0.4', 'RSI ?']) await server.decide(market)
    await server.close()
    await expect(server.decide('RSI 50')).rejects.toThrow('fetch failed')
  })

  test('that cannot load its model says so instead of keeping anybody waiting', async () => {
    const options = { modelPath: '/nowhere/model.gguf', threads: 1, gpu: false, contextTokens: 512 } as const
    await expect(llamaServer(program ?? '', task, options)).rejects.toThrow('The server ended')
  })
})
