import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { MarketContext } from '@shared/contract/context'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

/** What the thread says of its module: whether it can be asked at all, then a word for every turn. */
const policyWordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded') }),
  z.object({ kind: z.literal('unusable'), reason: z.string() }),
  z.object({ kind: z.literal('answered'), turn: z.int(), answer: z.unknown() }),
  z.object({ kind: z.literal('failed'), turn: z.int(), reason: z.string() }),
])

export type PolicyWord = z.infer<typeof policyWordSchema>

export interface PolicyThreadOptions {
  /** The built program of `policy-worker.ts`. */
  readonly program: string
  /** The trader's module. */
  readonly file: string
  /** A module that has not answered by then is ended; so is one that has not loaded. */
  readonly answerWithinMs: number
  /** What its objects may take, in mebibytes. */
  readonly heapMb: number
}

/**
 * Why there is no answer. `no_answer`: the module's own deed, the same on every machine: it threw, or ended its thread.
 * `cut_off`: it was ended from outside, for its time or its memory; a faster or larger machine might have heard it.
 */
export type NoAnswerCode = 'no_answer' | 'cut_off'

/**
 * A trader's module in a thread of its own, which can be ended whatever it does: it may never return, end its process or
 * use up its memory. After that the next question starts it anew, without what it remembered.
 */
export interface PolicyThread {
  /** Its answer as it came, or why there is none. */
  ask(context: MarketContext): Promise<Outcome<unknown, NoAnswerCode>>
  close(): Promise<void>
}

export async function openPolicyThread(
  options: PolicyThreadOptions,
): Promise<Outcome<PolicyThread, 'policy_unusable'>> {
  let running: Worker | null = null
  let turn = 0
  const first = await start()
  if (!first.ok) return first

  async function start(): Promise<Outcome<Worker, 'policy_unusable'>> {
    const begun = await started(options)
    if (!begun.ok) return begun
    const worker = begun.value
    running = worker
    worker.once('exit', () => {
      if (running === worker) running = null
    })
    return begun
  }

  async function ask(context: MarketContext): Promise<Outcome<unknown, NoAnswerCode>> {
    const there = running === null ? await start() : success(running)
    // It could be loaded before: what has changed since is not the module.
    if (!there.ok) return failure('cut_off', there.problem.message)
    const worker = there.value
    turn += 1
    const asked = turn
    const heard = nextWord(worker, options.answerWithinMs, (word) => 'turn' in word && word.turn === asked)
    worker.postMessage({ turn: asked, context })
    const word = await heard
    if (word.kind === 'answered') return success(word.answer)
    if (word.kind === 'ended' || word.kind === 'cut_off') await worker.terminate()
    return failure(
      word.kind === 'cut_off' ? 'cut_off' : 'no_answer',
      word.kind === 'loaded' ? 'it was loaded twice' : word.reason,
    )
  }

  return success({
    ask,
    async close() {
      await running?.terminate()
    },
  })
}

async function started({
  program,
  file,
  answerWithinMs,
  heapMb,
}: PolicyThreadOptions): Promise<Outcome<Worker, 'policy_unusable'>> {
  // What a module prints is no part of a command's answer.
  const worker = new Worker(program, {
    workerData: { url: pathToFileURL(file).href },
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  worker.stdout.pipe(process.stderr, { end: false })
  // An error is told by whoever waits; between two questions it ends the thread, which the next question hears.
  worker.on('error', () => undefined)
  const word = await nextWord(worker, answerWithinMs, ({ kind }) => kind === 'loaded' || kind === 'unusable')
  if (word.kind === 'loaded') return success(worker)
  await worker.terminate()
  return failure('policy_unusable', `${file} cannot be used: ${'reason' in word ? word.reason : 'it did not load'}.`)
}

type HeardWord = PolicyWord | { readonly kind: 'ended' | 'cut_off'; readonly reason: string }

/** How Node's worker threads tell of a full heap; when it is full depends on the garbage collector's moments. */
const outOfMemory = 'ERR_WORKER_OUT_OF_MEMORY'

/** The first word that is wanted; or that the thread ended or was cut off, and is of no more use. */
function nextWord(worker: Worker, withinMs: number, isWanted: (word: PolicyWord) => boolean): Promise<HeardWord> {
  return new Promise((resolve) => {
    const end = (word: HeardWord) => {
      clearTimeout(late)
      worker.off('message', hear)
      worker.off('error', fail)
      worker.off('exit', exit)
      resolve(word)
    }
    const hear = (message: unknown) => {
      const word = policyWordSchema.safeParse(message)
      if (word.success && isWanted(word.data)) end(word.data)
    }
    const fail = (error: unknown) => {
      const isFull = error instanceof Error && 'code' in error && error.code === outOfMemory
      end({ kind: isFull ? 'cut_off' : 'ended', reason: error instanceof Error ? error.message : String(error) })
    }
    const exit = () => end({ kind: 'ended', reason: 'it ended its thread' })
    const late = setTimeout(
      () => end({ kind: 'cut_off', reason: `no answer within ${withinMs / 1000} seconds` }),
      withinMs,
    )
    worker.on('message', hear)
    worker.on('error', fail)
    worker.on('exit', exit)
  })
}
