/**
 * The inference program: a child of the engine around node-llama-cpp, one process per loaded model file, so that a
 * crash or a lack of memory in native code costs an answer and never the engine. It is called over its IPC channel,
 * writes nothing to stdout, and ends when that channel closes.
 */
import { type InferenceCalls, inferenceCallArguments, inferenceFrameSchema } from '@shared/contract/inference'
import { createBirpc } from 'birpc'
import { z } from 'zod'
import { createAnswering } from './answering'
import { openModelSession } from './model-session'

process.title = 'quartet-inference'

const generation = z.coerce.number().int().positive().safeParse(process.argv[2])
if (generation.success && process.send !== undefined) serve(generation.data)
else {
  process.stderr.write('This program is started by the Quartet engine and answers only to it.\n')
  process.exitCode = 2
}

function serve(ownGeneration: number): void {
  const answering = createAnswering(openModelSession)
  const calls: InferenceCalls = {
    async load(...args) {
      const [request] = inferenceCallArguments.load.parse(args)
      return answering.load(request)
    },
    async ask(...args) {
      const [{ requestId, question }] = inferenceCallArguments.ask.parse(args)
      return answering.ask(requestId, question)
    },
    async cancel(...args) {
      const [requestId] = inferenceCallArguments.cancel.parse(args)
      answering.cancel(requestId)
    },
    async stop() {
      await answering.dispose()
      process.exit(0)
    },
  }
  createBirpc<Record<string, never>, InferenceCalls>(calls, {
    timeout: -1,
    post: (message: unknown) => {
      process.send?.({ generation: ownGeneration, message })
    },
    on: (receive) => {
      process.on('message', (raw) => {
        const frame = inferenceFrameSchema.parse(raw)
        if (frame.generation === ownGeneration) receive(frame.message)
      })
    },
    onFunctionError: endWith,
    onGeneralError: endWith,
  })

  // Nothing here needs saving, and the system frees memory and VRAM faster than any orderly way out.
  const endAtOnce = (): boolean => process.kill(process.pid, 'SIGKILL')
  process.on('disconnect', endAtOnce)
  if (!process.connected) endAtOnce()
  // Ctrl-C reaches the whole process group; the engine finishes its step first and then stops its children.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
}

/** An exception is a bug, and what it left behind is not to be trusted: a fresh process takes over. */
function endWith(error: Error): never {
  process.stderr.write(`${error.stack ?? error.message}\n`)
  process.exit(1)
}
