import type ccxt from 'ccxt'
import type { WallClock } from '../clock'
import { readStreamMessage, type StreamMessage } from './stream-message'

export interface StreamConnectionOptions {
  /** The address of combined streams: `wss://stream.binance.com:9443/stream`. */
  readonly url: string
  /** Names such as `btcusdt@kline_1h`. */
  readonly streams: readonly string[]
  /** In [0, 1): spreads reconnects. */
  readonly random: () => number
  /** What pauses and patience are reckoned by. */
  readonly clock: Pick<WallClock, 'steadyMs' | 'sleepMs'>
  hear(message: StreamMessage): void
  /** Every stream is subscribed: from now on nothing is missed. */
  linked(): void
  /** The connection is gone; it is opened anew by itself. */
  lost(reason: string): void
}

export interface StreamConnection {
  isLinked(): boolean
  close(): void
}

/** Binance takes five messages a second from a client and cuts those who send more; our pings count as well. */
const subscribePauseMs = 300
const streamsPerMessage = 200
const firstBackoffMs = 500
const longestBackoffMs = 30_000
/** A connection that held this long was sound: the next loss begins with a short pause again. */
const soundAfterMs = 30_000
/** An exchange that takes the connection and answers no subscription is as good as none. */
const answerWithinMs = 15_000
/** A peer that leaves two pings unanswered is gone, although the network says nothing. */
const pingEveryMs = 10_000

/**
 * Keeps one WebSocket to the exchange open, subscribed to the same streams, for as long as nobody closes it. The socket,
 * its pings and its time-outs are ccxt's; what comes in is heard directly, without a promise for every message.
 */
export async function keepStreamConnection(
  Binance: typeof ccxt.pro.binance,
  { url, streams, random, clock, hear, linked, lost }: StreamConnectionOptions,
): Promise<StreamConnection> {
  const exchange = new Binance({ enableRateLimit: false, streaming: { keepAlive: pingEveryMs } })
  // ccxt writes of a broken message to stdout, which is not its own; the message itself is left alone here.
  exchange.log = (): void => undefined
  // ccxt wants this once before it opens a socket without TLS.
  await exchange.loadHttpProxyAgent()
  let isLinked = false
  let losses = 0
  let openedAtMs = 0
  const closing = new AbortController()
  /** Ends with the socket that an answer is awaited of. */
  let patience = new AbortController()
  /** Grows with every socket, so that what an old one still says is not taken for the new one's word. */
  let generation = 0
  let unanswered = new Set<number>()

  function open(): void {
    const own = ++generation
    const isCurrent = (): boolean => own === generation && !closing.signal.aborted
    unanswered = new Set()
    exchange.handleMessage = (_client: unknown, message: unknown): void => {
      const heard = readStreamMessage(message)
      if (heard === null || !isCurrent()) return
      if (heard.kind !== 'reply') hear(heard)
      else if (heard.error !== null) drop(`the exchange refused a subscription: ${heard.error}`)
      else answered(heard.requestId)
    }
    const onEnd = (reason: string): void => {
      if (isCurrent()) drop(reason)
    }
    exchange.onConnected = (): void => {
      openedAtMs = clock.steadyMs()
      if (!isCurrent()) return
      void loseHeart(onEnd)
      void subscribe(isCurrent)
    }
    exchange.onError = (_client: unknown, error: unknown): void => {
      onEnd(error instanceof Error ? error.message : 'the connection failed')
    }
    exchange.onClose = (): void => onEnd('the exchange closed the connection')
    void exchange.client(url).connect()
  }

  async function loseHeart(onEnd: (reason: string) => void): Promise<void> {
    patience = new AbortController()
    const { signal } = patience
    await clock.sleepMs(answerWithinMs, signal)
    if (!signal.aborted) onEnd('the exchange answered no subscription')
  }

  async function subscribe(isCurrent: () => boolean): Promise<void> {
    const client = exchange.client(url)
    const batches = Math.ceil(streams.length / streamsPerMessage)
    for (let batch = 0; batch < batches; batch++) unanswered.add(batch + 1)
    for (let batch = 0; batch < batches && isCurrent(); batch++) {
      if (batch > 0) await clock.sleepMs(subscribePauseMs, closing.signal)
      if (!isCurrent() || !client.isOpen()) return
      const params = streams.slice(batch * streamsPerMessage, (batch + 1) * streamsPerMessage)
      await client.send({ method: 'SUBSCRIBE', params, id: batch + 1 }).catch(() => undefined)
    }
  }

  function answered(requestId: number | null): void {
    if (requestId === null || !unanswered.delete(requestId) || unanswered.size > 0) return
    patience.abort()
    isLinked = true
    linked()
  }

  function drop(reason: string): void {
    generation++
    patience.abort()
    const wasLinked = isLinked
    isLinked = false
    losses = wasLinked && clock.steadyMs() - openedAtMs > soundAfterMs ? 1 : losses + 1
    discard()
    lost(reason)
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(losses - 1, 10))
    void reopen(backoffMs * (0.5 + random() / 2))
  }

  async function reopen(pauseMs: number): Promise<void> {
    await clock.sleepMs(pauseMs, closing.signal)
    if (!closing.signal.aborted) open()
  }

  /** ccxt keeps one client per address: without this it would hand out the dead one again. */
  function discard(): void {
    const client = exchange.clients[url]
    if (client === undefined) return
    delete exchange.clients[url]
    // Not `close`: a peer that is gone never answers to a polite goodbye.
    client.connection?.terminate()
  }

  open()
  return {
    isLinked: () => isLinked,
    close() {
      closing.abort()
      patience.abort()
      isLinked = false
      discard()
    },
  }
}
