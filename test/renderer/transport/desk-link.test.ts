import { describe, expect, test } from 'vitest'
import { bridgeTransport } from '../../../src-renderer/transport/bridge-transport'
import { createDeskLink } from '../../../src-renderer/transport/desk-link'
import { listeners } from '../../../src-renderer/transport/listeners'
import type { DeskTransport, LinkState } from '../../../src-renderer/transport/transport'
import { deskSocketUrl, reconnectDelayMs } from '../../../src-renderer/transport/web-socket-transport'
import { tellStory } from '../../helpers/scripted-story'

interface Frame {
  readonly m: string
  readonly i: string
}

/** A line whose other end is in the test's hands. */
function heldLine() {
  const texts = listeners<string>()
  const states = listeners<LinkState>()
  const sent: Frame[] = []
  const transport: DeskTransport = {
    send(text) {
      sent.push(JSON.parse(text))
      return true
    },
    onText: texts.add,
    onState(listener) {
      listener({ phase: 'connected' })
      return states.add(listener)
    },
    retryNow() {},
    close() {},
  }
  return { transport, sent, receive: texts.tell, become: states.tell }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the line to the engine', () => {
  test('refuses an answer that the contract does not know, and says what to do', async () => {
    const line = heldLine()
    const asked = createDeskLink(line.transport).ask.snapshot()
    await settle()
    line.receive(JSON.stringify({ t: 's', i: line.sent[0]?.i, r: { ...tellStory().snapshot(), mode: 'live' } }))
    const answer = await asked
    expect(answer).toMatchObject({ ok: false, problem: { code: 'answer_not_understood' } })
    if (!answer.ok) expect(answer.problem.message).toContain('Reload the page')
  })

  test('reports a push that the contract does not know instead of showing it', async () => {
    const line = heldLine()
    const link = createDeskLink(line.transport)
    const shown: unknown[] = []
    const problems: string[] = []
    link.onPush((push) => shown.push(push))
    link.onPushProblem((problem) => problems.push(problem.code))
    const push = tellStory().next()
    line.receive(JSON.stringify({ t: 'q', m: 'deskChanged', a: [push] }))
    line.receive(JSON.stringify({ t: 'q', m: 'deskChanged', a: [{ ...push, candle: { symbol: '<b>' } }] }))
    await settle()
    expect([shown.length, problems]).toEqual([1, ['answer_not_understood']])
  })

  test('drops frames that are no frames and calls of functions that it does not have', async () => {
    const line = heldLine()
    const link = createDeskLink(line.transport)
    for (const frame of ['', 'not json', 'null', '{}', '{"t":"q","m":"constructor","a":[]}']) line.receive(frame)
    await settle()
    const asked = link.ask.pause()
    await settle()
    line.receive(JSON.stringify({ t: 's', i: line.sent.at(-1)?.i, r: tellStory().snapshot() }))
    expect((await asked).ok).toBe(true)
  })

  test('ends the calls that wait when the connection breaks', async () => {
    const line = heldLine()
    const asked = createDeskLink(line.transport).ask.kill()
    await settle()
    line.become({ phase: 'reconnecting', attempt: 1, reason: 'gone' })
    expect(await asked).toMatchObject({ ok: false, problem: { code: 'not_connected' } })
  })
})

describe('the WebSocket', () => {
  test('is looked for where the page came from', () => {
    expect(deskSocketUrl({ protocol: 'http:', host: '127.0.0.1:8080' })).toBe('ws://127.0.0.1:8080/desk')
    expect(deskSocketUrl({ protocol: 'https:', host: 'desk.example' })).toBe('wss://desk.example/desk')
  })

  test('is tried again after a quarter of a second, then ever more slowly, up to every eight seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map(reconnectDelayMs)).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000])
  })
})

describe("the bridge of the desktop's window", () => {
  test('tells the state of the engine as the state of the line', () => {
    const engine = listeners<'starting' | 'ready' | 'restarting' | 'stopped'>()
    const transport = bridgeTransport({
      send() {},
      onText: () => () => {},
      onEngineState(listener) {
        listener('starting')
        return engine.add(listener)
      },
    })
    const phases: string[] = []
    transport.onState((state) => phases.push(state.phase))
    for (const state of ['ready', 'restarting', 'ready', 'stopped'] as const) engine.tell(state)
    expect(phases).toEqual(['connecting', 'connected', 'reconnecting', 'connected', 'stopped'])
  })
})
