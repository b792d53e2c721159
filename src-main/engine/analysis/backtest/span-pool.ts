import { Worker } from 'node:worker_threads'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import type { Span, SpanFigures, SweptMarket } from './span'

export interface SpanPoolOptions {
  /** The built program of `span-worker.ts`. */
  readonly program: string
  readonly exchangeInfoPath: string
  readonly threads: number
  readonly signal: AbortSignal
  progress?(done: number, all: number): void
}

/** What a worker answers: the place of the span in the list, and what it brought. */
export const spanAnswerSchema = z.object({
  place: z.int().nonnegative(),
  figures: z.object({
    fromMs: z.number(),
    toMs: z.number(),
    netReturn: z.number(),
    trades: z.int(),
    drawdown: z.number(),
    sharpe: z.number().nullable(),
    profitFactor: z.number().nullable(),
  }),
})

/**
 * Backtests spans on several threads at once; each takes the next one when it is done, and all read the same candles.
 * Null where it was interrupted.
 */
export async function backtestSpans(
  market: SweptMarket,
  spans: readonly Span[],
  { program, exchangeInfoPath, threads, signal, progress }: SpanPoolOptions,
): Promise<Outcome<readonly SpanFigures[] | null, 'worker_failed'>> {
  const found = new Map<number, SpanFigures>()
  let next = 0
  const work = () =>
    new Promise<Error | null>((resolve) => {
      const worker = new Worker(program, { workerData: { market, exchangeInfoPath } })
      let ended = false
      const end = (problem: Error | null) => {
        if (ended) return
        ended = true
        signal.removeEventListener('abort', stop)
        void worker.terminate().then(() => resolve(problem))
      }
      const stop = () => end(null)
      const give = () => {
        const place = next
        next += 1
        const span = spans[place]
        if (span === undefined || signal.aborted) end(null)
        else worker.postMessage({ place, span })
      }
      signal.addEventListener('abort', stop)
      worker.on('message', (message) => {
        const { place, figures } = spanAnswerSchema.parse(message)
        found.set(place, figures)
        progress?.(found.size, spans.length)
        give()
      })
      worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))))
      worker.on('exit', () => end(null))
      give()
    })
  const problems = await Promise.all(Array.from({ length: Math.min(threads, spans.length) }, work))
  const problem = problems.find((one) => one !== null)
  if (problem) return failure('worker_failed', `A backtest's thread ended: ${problem.message}.`)
  if (signal.aborted) return success(null)
  const inOrder = spans.flatMap((_, place) => found.get(place) ?? [])
  if (inOrder.length < spans.length) return failure('worker_failed', 'A thread of the backtest ended without a word.')
  return success(inOrder)
}
