import { listeners } from './listeners'
import type { DeskTransport, LinkState } from './transport'

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 8_000
/** RFC 6455, 7.4.1: the server refuses what the client may do, here a missing or stale token. */
const POLICY_VIOLATION = 1008
const REFUSED = 'The engine refused this page: open the address that Quartet printed.'

/** Milliseconds to wait before try number `attempt` (1, 2, 3...): doubled each time, up to eight seconds. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
}

/** The address of the desk's channel on the server that served the page. */
export function deskSocketUrl(page: { readonly protocol: string; readonly host: string }): string {
  return `${page.protocol === 'https:' ? 'wss:' : 'ws:'}//${page.host}/desk`
}

/** Text frames over a WebSocket that is opened again whenever it breaks, until it is refused or `close` is called. */
export function webSocketTransport(url: string): DeskTransport {
  const texts = listeners<string>()
  const states = listeners<LinkState>()
  let state: LinkState = { phase: 'connecting' }
  let socket: WebSocket | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let failedAttempts = 0
  let closed = false

  const become = (next: LinkState): void => {
    state = next
    states.tell(next)
  }

  const open = (): void => {
    clearTimeout(retry)
    const opened = new WebSocket(url)
    socket = opened
    opened.addEventListener('open', () => become({ phase: 'connected' }))
    opened.addEventListener('message', (message: MessageEvent<unknown>) => {
      // Only a word from the engine proves the line: a server may open it and close it at once.
      failedAttempts = 0
      if (typeof message.data === 'string') texts.tell(message.data)
    })
    opened.addEventListener('close', (event) => {
      if (closed || socket !== opened) return
      socket = null
      if (event.code === POLICY_VIOLATION) {
        become({ phase: 'stopped', reason: event.reason === '' ? REFUSED : event.reason })
        return
      }
      failedAttempts += 1
      become({ phase: 'reconnecting', attempt: failedAttempts, reason: 'The engine does not answer.' })
      retry = setTimeout(open, reconnectDelayMs(failedAttempts))
    })
  }
  open()

  return {
    send(text) {
      if (socket?.readyState !== WebSocket.OPEN) return false
      socket.send(text)
      return true
    },
    onText: texts.add,
    onState(listener) {
      listener(state)
      return states.add(listener)
    },
    retryNow() {
      if (!closed && socket === null) open()
    },
    close() {
      closed = true
      clearTimeout(retry)
      socket?.close()
      become({ phase: 'stopped', reason: 'The screen was closed.' })
    },
  }
}
