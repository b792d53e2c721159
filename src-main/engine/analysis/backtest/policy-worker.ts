/** The thread of a trader's own policy: loads the module and asks it, one context after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import type { PolicyWord } from './policy-thread'

const { url } = z.object({ url: z.url() }).parse(workerData)
const questionSchema = z.object({ turn: z.int(), context: z.unknown() })
const exportSchema = z.object({ decide: z.function({ input: [z.unknown()], output: z.unknown() }) })

const tell = (word: PolicyWord): void => parentPort?.postMessage(word)
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

try {
  const module: unknown = await import(/* @vite-ignore */ url)
  const exported = exportSchema.safeParse(module)
  if (exported.success) {
    const { decide } = exported.data
    parentPort?.on('message', async (message) => {
      const { turn, context } = questionSchema.parse(message)
      try {
        tell({ kind: 'answered', turn, answer: await decide(context) })
      } catch (error) {
        tell({ kind: 'failed', turn, reason: reasonOf(error) })
      }
    })
    tell({ kind: 'loaded' })
  } else tell({ kind: 'unusable', reason: 'it exports no function decide(context)' })
} catch (error) {
  tell({ kind: 'unusable', reason: `it cannot be loaded: ${reasonOf(error)}` })
}
