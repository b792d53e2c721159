import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { DeskPush, DeskSnapshot } from '@shared/contract/desk-calls'
import type { ScreenNews } from '@shared/contract/news'
import type { CancelAnswer, OrderTicket } from '@shared/contract/order'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { deskStateNames } from '../format/risk-words'
import type { CallProblemCode, DeskLink } from '../transport/desk-link'
import { CANDLES_READ, type DeskReading, foldPushes, MOST_ACTIVITY, MOST_DECISIONS, pictureFrom } from './desk-picture'
import type { DeskCommand, DeskStore, Notice } from './desk-store'

/** Runs `task` after about `delayMs`; returns what takes it back. */
export type Later = (task: () => void, delayMs: number) => () => void

/** Pushes are folded together at most this often: faster than that nobody can read. */
const FOLD_EVERY_MS = 60
/** A hidden window's timers are slowed down to once a minute, so a full queue is folded without waiting for one. */
const FULL_QUEUE = 200
const READ_AGAIN_MS = 3_000
const NEWS_READ = 30

export interface DeskSession {
  command(command: DeskCommand): Promise<void>
  /** Sends an order by hand; what the exchange says to it comes back as a sentence. */
  placeOrder(ticket: OrderTicket): Promise<Outcome<string, 'order_refused' | CallProblemCode>>
  cancelOrder(orderId: string): Promise<void>
  /** Headlines of the run, newest first. */
  readNews(): Promise<Outcome<ScreenNews, CallProblemCode>>
  /** Sets whether live runs read news, from the next start on; answers what the setting is then, null if unknown. */
  switchNews(enabled: boolean): Promise<ScreenNews['setting']>
  /** Lets models that were suspended after failures be tried again. */
  reopenModels(): Promise<void>
  retryNow(): void
  close(): void
}

/**
 * Keeps the store's picture true: reads everything whenever the line comes up or another run begins, and folds pushes
 * in between. Pushes that arrive during a reading wait for it, so nothing is missed and nothing is shown twice.
 */
export function startDeskSession(link: DeskLink, store: DeskStore, later: Later): DeskSession {
  let waiting: DeskPush[] = []
  let reading = false
  let readings = 0
  let cancelFold: (() => void) | null = null
  let cancelReadAgain: (() => void) | null = null

  const fold = (): void => {
    cancelFold?.()
    cancelFold = null
    const { picture } = store.getState()
    if (reading || picture === null) return
    const pushes = waiting
    waiting = []
    const runId = picture.snapshot.run?.runId
    if (pushes.some((push) => push.snapshot.run?.runId !== runId)) void read()
    else if (pushes.length > 0) store.setState({ picture: foldPushes(picture, pushes) })
  }

  const read = async (): Promise<void> => {
    cancelReadAgain?.()
    cancelReadAgain = null
    readings += 1
    const thisReading = readings
    reading = true
    waiting = []
    const answer = await readDesk(link)
    if (thisReading !== readings) return
    reading = false
    if (answer.ok) {
      store.setState({ picture: pictureFrom(answer.value), problem: null })
      fold()
      return
    }
    if (answer.problem.code === 'not_connected') return
    store.setState({ problem: answer.problem })
    cancelReadAgain = later(() => void read(), READ_AGAIN_MS)
  }

  const leave = [
    link.onState((state) => {
      store.setState({ link: state })
      if (state.phase === 'connected') void read()
    }),
    link.onPush((push) => {
      waiting.push(push)
      if (waiting.length >= FULL_QUEUE && !reading) fold()
      else cancelFold ??= later(fold, FOLD_EVERY_MS)
    }),
    link.onPushProblem((problem) => store.setState({ problem })),
  ]

  const accepted = (text: string): Outcome<string, never> => {
    store.setState({ notice: { tone: 'done', text } })
    return success(text)
  }

  return {
    async command(command) {
      if (store.getState().command !== null) return
      store.setState({ command, notice: null })
      const answer = await link.ask[command]()
      const { picture } = store.getState()
      store.setState({
        command: null,
        notice: answer.ok
          ? { tone: 'done', text: whatTheDeskSays(answer.value) }
          : { tone: 'failed', text: answer.problem.message },
        ...(answer.ok && picture !== null ? { picture: { ...picture, snapshot: answer.value } } : {}),
      })
    },
    async placeOrder(ticket) {
      const answer = await link.ask.placeOrder(ticket)
      if (!answer.ok) return answer
      const said = answer.value
      switch (said.kind) {
        case 'refused':
          return failure('order_refused', `${said.refusal.code}: ${said.refusal.message}`)
        case 'failed':
          return failure('order_refused', said.message)
        case 'repeated':
          return accepted(`The order to ${ticket.side} ${ticket.symbol} was accepted before.`)
        case 'accepted':
          return accepted(`Accepted: ${ticket.side} ${ticket.qtyBase} ${ticket.symbol}.`)
      }
    },
    async cancelOrder(orderId) {
      const answer = await link.ask.cancelOrder({ orderId })
      store.setState({
        notice: answer.ok ? cancelNotice(answer.value) : { tone: 'failed', text: answer.problem.message },
      })
    },
    readNews: () => link.ask.news({ limit: NEWS_READ }),
    async switchNews(enabled) {
      const answer = await link.ask.switchNews({ enabled })
      const text = `Live runs read ${enabled ? 'the named feeds' : 'no news'} from the next start of the desk on.`
      store.setState({
        notice: answer.ok ? { tone: 'done', text } : { tone: 'failed', text: answer.problem.message },
      })
      return answer.ok ? answer.value : null
    },
    async reopenModels() {
      const answer = await link.ask.reopenModels()
      const { picture } = store.getState()
      store.setState({
        notice: answer.ok
          ? { tone: 'done', text: 'Suspended models are asked again from the next decision on.' }
          : { tone: 'failed', text: answer.problem.message },
        ...(answer.ok && picture !== null ? { picture: { ...picture, snapshot: answer.value } } : {}),
      })
    },
    retryNow() {
      if (store.getState().link.phase === 'connected') void read()
      else link.retryNow()
    },
    close() {
      readings += 1
      cancelFold?.()
      cancelReadAgain?.()
      for (const stop of leave) stop()
      link.close()
    },
  }
}

function whatTheDeskSays(snapshot: DeskSnapshot): string {
  return `${deskStateNames[snapshot.state]}${snapshot.stateReason === '' ? '.' : `: ${snapshot.stateReason}`}`
}

/** Reads all that the screen shows. The first call that fails is the reading's problem. */
async function readDesk(link: DeskLink): Promise<Outcome<DeskReading, CallProblemCode>> {
  const snapshot = await link.ask.snapshot()
  if (!snapshot.ok) return snapshot
  const [decisions, activity, candles] = await Promise.all([
    link.ask.decisions({ limit: MOST_DECISIONS }),
    link.ask.activity({ limit: MOST_ACTIVITY }),
    readCandles(link, snapshot.value.run?.spec.symbols ?? []),
  ])
  if (!decisions.ok) return decisions
  if (!activity.ok) return activity
  if (!candles.ok) return candles
  return success({
    snapshot: snapshot.value,
    decisions: decisions.value,
    activity: activity.value,
    candles: candles.value,
  })
}

async function readCandles(
  link: DeskLink,
  symbols: readonly MarketSymbol[],
): Promise<Outcome<ReadonlyMap<MarketSymbol, readonly Candle[]>, CallProblemCode>> {
  const bySymbol = new Map<MarketSymbol, readonly Candle[]>()
  for (const answer of await Promise.all(symbols.map((symbol) => link.ask.candles({ symbol, limit: CANDLES_READ })))) {
    if (!answer.ok) return answer
    bySymbol.set(answer.value.symbol, answer.value.candles)
  }
  return success(bySymbol)
}

function cancelNotice(said: CancelAnswer): Notice {
  switch (said.kind) {
    case 'cancelled':
      return { tone: 'done', text: 'The order is off the books.' }
    case 'not_open':
      return { tone: 'failed', text: 'That order is open no more: it was filled, or has ended.' }
    case 'failed':
      return { tone: 'failed', text: said.message }
  }
}
