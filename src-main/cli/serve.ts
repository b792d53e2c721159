import { randomBytes } from 'node:crypto'
import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { Slot } from '@shared/contract/model'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Engine } from '../engine/engine'
import { firstRun } from '../engine/first-run'
import { createLog } from '../engine/log'
import type { ReplaySpeed } from '../engine/market/venue'
import { openEngineHere } from '../engine/open-here'
import type { Places } from '../engine/places'
import type { RunRequest } from '../engine/runs'
import { createServer, type RunningServer } from '../engine/server/server'
import { decisionLine } from './decision-line'
import { exchangeUrlOf } from './exchange-url'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note } from './output'
import { openPracticeMarket } from './practice-market'
import type { VenueWord } from './venue-word'

export interface ServeOptions {
  readonly port?: number
  readonly venue: VenueWord
  readonly symbols?: readonly MarketSymbol[]
  readonly timeframe?: Timeframe
  readonly from?: number
  readonly to?: number
  readonly speed?: ReplaySpeed
  readonly candles?: string
  readonly news?: string
  readonly model?: Slot
  readonly exchangeUrl?: string
  readonly printDecisions: boolean
}

/** The port of the system this one succeeds. */
const usualPort = 8080
const tokenBytes = 32
/** Short enough to see something happen at once. */
const practiceTimeframe: Timeframe = '1m'

/** Opens the desk: web server first, so that there is something to look at while the market opens. */
export async function serve(places: Places, options: ServeOptions): Promise<number> {
  const interruption = watchInterruption()
  const request = runRequest(places, options)
  const market =
    options.venue === 'practice' ? await openPracticeMarket(places, practiceOptions(options, request)) : success(null)
  if (!market.ok) return failWith(market.problem)
  const opened = await openEngineHere(places, market.value?.clock)
  if (!opened.ok) return failWith(opened.problem)
  const engine = opened.value
  try {
    const served = await listen(engine, places, options)
    if (!served.ok) return failWith(served.problem)
    const server = served.value
    try {
      const started = await engine.startRun({ ...request, ...market.value?.request })
      if (!started.ok) return failWith(started.problem)
      const { desk, resumed, notices } = started.value
      for (const notice of notices) note(notice)
      process.stdout.write(`Quartet is open at ${server.pageUrl}\n`)
      note(`${resumed ? 'Continuing' : 'Running'} on paper; Ctrl-C ends it, and the next start continues.`)
      if (options.printDecisions) {
        desk.subscribe(({ events }) => {
          for (const event of events) {
            if (event.type === 'decision.made') process.stdout.write(`${decisionLine(event.payload)}\n`)
          }
        })
      }
      market.value?.begin()
      const ended = await desk.run(interruption.signal)
      if (!ended.ok) return failWith(ended.problem)
      if (ended.value === 'finished') {
        note('The recorded market has ended; the desk stays open to look at. Ctrl-C ends it.')
        await aborted(interruption.signal)
      }
      // Being told to stop is how this command ends well.
      return exitCode.done
    } finally {
      await server.close()
    }
  } finally {
    await engine.close()
    await market.value?.close()
  }
}

async function listen(engine: Engine, places: Places, options: ServeOptions): Promise<Outcome<RunningServer>> {
  const log = createLog(process.env)
  const token = randomBytes(tokenBytes).toString('base64url')
  const common = { token, desk: engine, rendererDir: places.rendererDir, log }
  if (options.port !== undefined) return createServer({ ...common, port: options.port })
  const usual = await createServer({ ...common, port: usualPort })
  if (usual.ok || usual.problem.code === 'page_missing') return usual
  note(`Port ${usualPort} is taken; another one is used.`)
  return createServer({ ...common, port: 0 })
}

/** What was asked for; whatever was left out is as in the first run. */
function runRequest(places: Places, options: ServeOptions): RunRequest {
  const usual = firstRun(places)
  const { venue } = options
  const isLive = venue !== 'replay'
  return {
    venue: venue === 'practice' ? 'binance' : venue,
    symbols: options.symbols ?? usual.symbols,
    timeframe: options.timeframe ?? (venue === 'practice' ? practiceTimeframe : usual.timeframe),
    fromMs: options.from ?? (isLive || options.candles !== undefined ? null : usual.fromMs),
    toMs: options.to ?? (isLive || options.candles !== undefined ? null : usual.toMs),
    modelPreference: options.model ?? null,
    candlesDir: options.candles ?? usual.candlesDir,
    speed: options.speed ?? usual.speed,
    newsFile: options.news ?? null,
    ...exchangeUrlOf(options),
  }
}

/** Of the request, only what was left out by the caller is taken: the practice market has its own usual times. */
function practiceOptions(options: ServeOptions, { symbols, timeframe }: RunRequest) {
  return { ...options, symbols, timeframe }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
