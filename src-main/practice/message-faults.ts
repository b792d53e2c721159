import type { MessageFault } from './fault'
import type { Tell } from './stream-feed'

/** Stands between the feed and the sockets, and spoils what the faults ask for. */
export interface MessageFaults {
  add(fault: MessageFault): void
  readonly tell: Tell
  /** Sends what was held back until now. */
  advance(nowMs: number): void
}

interface HeldMessage {
  readonly stream: string
  readonly data: unknown
  readonly untilMs: number
}

export function createMessageFaults(send: Tell, nowMs: () => number): MessageFaults {
  const waiting: { fault: MessageFault; left: number }[] = []
  const late: HeldMessage[] = []
  /** One message per stream that waits for the next one to overtake it. */
  const overtaken = new Map<string, unknown>()

  function take(stream: string): MessageFault | null {
    const index = waiting.findIndex(({ fault }) => stream.includes(fault.stream))
    const found = waiting[index]
    if (found === undefined) return null
    found.left--
    if (found.left === 0) waiting.splice(index, 1)
    return found.fault
  }

  function sendOn(stream: string, data: unknown): void {
    send(stream, data)
    if (!overtaken.has(stream)) return
    const earlier = overtaken.get(stream)
    overtaken.delete(stream)
    send(stream, earlier)
  }

  return {
    add(fault) {
      waiting.push({ fault, left: fault.times })
    },
    tell(stream, data) {
      // A message that overtakes another is not struck itself.
      const fault = waiting.length === 0 || overtaken.has(stream) ? null : take(stream)
      switch (fault?.kind) {
        case undefined:
          return sendOn(stream, data)
        case 'lost':
          return
        case 'duplicate':
          sendOn(stream, data)
          return send(stream, data)
        case 'out_of_order':
          overtaken.set(stream, data)
          return
        case 'late':
          late.push({ stream, data, untilMs: nowMs() + fault.byMs })
          return
      }
    },
    advance(now) {
      for (let index = 0; index < late.length; ) {
        const held = late[index]
        if (held === undefined || held.untilMs > now) index++
        else {
          late.splice(index, 1)
          send(held.stream, held.data)
        }
      }
    },
  }
}
