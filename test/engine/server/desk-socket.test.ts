import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeskCalls, DeskPush, DeskPushes } from '@shared/contract/desk-calls'
import { deskCallAnswers, deskPushSchema } from '@shared/contract/desk-calls'
import { createBirpc } from 'birpc'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { serveDesk } from '../../../src-main/engine/server/desk-channel'
import { largestBacklogBytes } from '../../../src-main/engine/server/desk-socket'
import { createDeskLink } from '../../../src-renderer/transport/desk-link'
import { serveStory } from '../../helpers/served-story'
import { type Stage, setStage } from './stage'

let stage: Stage
const open: WebSocket[] = []
beforeAll(async () => {
  stage = await setStage()
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  // The metrics stay.
  await until(() => stage.desk.listeners() === 1)
  stage.desk.reset()
})
afterAll(() => stage.close())

function connect(headers: Record<string, string> = { cookie: stage.cookie }): WebSocket {
  const socket = new WebSocket(`${stage.server.url.replace('http', 'ws')}/desk`, { headers })
  open.push(socket)
  return socket
}

async function screen() {
  const socket = connect({ cookie: stage.cookie, origin: stage.server.url })
  await once(socket, 'open')
  const pushes: DeskPush[] = []
  const desk = createBirpc<DeskCalls, DeskPushes>(
    { deskChanged: (push) => void pushes.push(push) },
    {
      post: (text: string) => socket.send(text),
      on: (listener) => socket.on('message', (data) => listener(data.toString())),
      serialize: JSON.stringify,
      deserialize: JSON.parse,
      timeout: 5000,
    },
  )
  return { socket, desk, pushes }
}

/** Waits for what other code does in its own time. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isTrue(); turn++) await sleep(5)
  expect(isTrue()).toBe(true)
}

describe('a screen over the WebSocket', () => {
  test('asks every call of the contract', async () => {
    const { desk } = await screen()
    expect(deskCallAnswers.snapshot.safeParse(await desk.snapshot()).success).toBe(true)
    const candles = deskCallAnswers.candles.parse(await desk.candles({ symbol: 'BTC/USDT', limit: 3 }))
    expect(candles.candles).toHaveLength(3)
    expect(await desk.decisions({ limit: 5 })).toEqual([])
    expect(await desk.activity({ limit: 5 })).toEqual([])
    await desk.pause()
    await desk.resume()
    expect(stage.desk.asked).toContain('decisions')
  })

  test('hears of every change, like every other screen', async () => {
    const [one, two] = [await screen(), await screen()]
    const push = stage.desk.story.next()
    stage.desk.push(push)
    await until(() => one.pushes.length === 1 && two.pushes.length === 1)
    expect(deskPushSchema.parse(one.pushes[0])).toEqual(deskPushSchema.parse(push))
  })

  test('is told in one sentence why a call was not done', async () => {
    const { desk } = await screen()
    await expect(desk.kill()).rejects.toEqual({ message: 'Nothing runs yet, so there is nothing to stop.' })
    await expect(desk.candles({ symbol: 'BTC/USDT', limit: 0 })).rejects.toMatchObject({
      message: expect.stringContaining('"candles" was called wrongly'),
    })
    expect(stage.desk.asked).toEqual([])
  })

  test('leaves the desk when it goes', async () => {
    const { socket } = await screen()
    await until(() => stage.desk.listeners() === 2)
    socket.close()
    await until(() => stage.desk.listeners() === 1)
  })
})

test("the screen's own link understands every answer and every push", async () => {
  const socket = connect({ cookie: stage.cookie, origin: stage.server.url })
  await once(socket, 'open')
  const link = createDeskLink({
    send(text) {
      socket.send(text)
      return true
    },
    onText(listener) {
      socket.on('message', (data) => listener(data.toString()))
      return () => undefined
    },
    onState(listener) {
      listener({ phase: 'connected' })
      return () => undefined
    },
    retryNow: () => undefined,
    close: () => socket.close(),
  })
  const pushes: DeskPush[] = []
  const problems: unknown[] = []
  link.onPush((push) => pushes.push(push))
  link.onPushProblem((problem) => problems.push(problem))
  stage.desk.push(stage.desk.story.next())
  await until(() => pushes.length + problems.length > 0)
  const answers = [
    await link.ask.snapshot(),
    await link.ask.candles({ symbol: 'ETH/USDT', limit: 5 }),
    await link.ask.decisions({ limit: 5 }),
    await link.ask.activity({ limit: 5 }),
  ]
  expect(answers.map((answer) => (answer.ok ? 'ok' : answer.problem.message))).toEqual(['ok', 'ok', 'ok', 'ok'])
  expect(await link.ask.kill()).toMatchObject({
    problem: { code: 'call_failed', message: expect.stringContaining('Nothing runs yet') },
  })
  expect([pushes.length, problems]).toEqual([1, []])
  link.close()
})

describe('who is not served', () => {
  test.each([['no cookie'], ['a wrong cookie']])(
    'a screen with %s is told to open the printed address',
    async (kind) => {
      const headers = kind === 'no cookie' ? {} : { cookie: `quartet_${stage.server.port}=wrong` }
      const [code, reason] = await once(connect(headers), 'close')
      expect([code, String(reason)]).toEqual([1008, expect.stringContaining('Quartet printed')])
      expect(stage.desk.listeners()).toBe(1)
    },
  )

  test.each([
    ['a page of another site', { origin: 'http://evil.example' }],
    ['a page under another name', { host: 'evil.example' }],
  ])('%s is refused before the handshake, cookie or not', async (_, headers) => {
    const socket = connect({ cookie: stage.cookie, ...headers })
    const [error] = await once(socket, 'error')
    expect(String(error)).toContain('403')
  })
})

test('a refused upgrade leaves no socket behind that would keep the server from closing', async () => {
  const own = await setStage()
  const socket = new WebSocket(`${own.server.url.replace('http', 'ws')}/nowhere`, { headers: { host: 'evil.example' } })
  await once(socket, 'error')
  await own.close()
  await expect(own.ask('/status')).rejects.toThrow(/ECONNREFUSED/)
})

test.each(['//', '//[', '/\\', 'http://[', '/desk%'])(
  'an upgrade at the address %s does not end the server',
  async (target) => {
    const lines = [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${stage.server.port}`, 'Connection: Upgrade']
    const words = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
    const socket = connectPlain(stage.server.port, '127.0.0.1')
    socket.write([...lines, ...words, '\r\n'].join('\r\n'))
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect((await stage.ask('/status')).status).toBe(200)
  },
)

describe('bad frames', () => {
  test('are dropped, and the next good call is answered', async () => {
    const { socket, desk } = await screen()
    const bad = [
      '',
      'null',
      '[]',
      '{}',
      '{"t":"q"}',
      '{"t":"s","i":"x"}',
      '{"t":"q","m":"constructor","a":[]}',
      '{'.repeat(999),
    ]
    for (const frame of bad) socket.send(frame)
    socket.send('{"t":"q","i":"1","m":"__proto__","a":[]}')
    socket.send('{"t":"q","i":"2","m":"$close","a":[]}')
    socket.send(Buffer.from([1, 2, 3]))
    expect((await desk.snapshot()).mode).toBe('paper')
  })

  test('of more than 64 KiB end the connection, not the server', async () => {
    const { socket } = await screen()
    socket.send('x'.repeat(100_000))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    expect((await stage.ask('/status')).status).toBe(200)
  })

  test('of any shape never get past the channel', async () => {
    const desk = serveStory()
    const sent: string[] = []
    let hear: (text: string) => void = () => undefined
    const channel = serveDesk({
      desk,
      send: (text) => sent.push(text),
      onText(listener) {
        hear = listener
        return () => {
          hear = () => undefined
        }
      },
    })
    const frame = fc.record({ t: fc.constant('q'), i: fc.string(), m: fc.string(), a: fc.array(fc.jsonValue()) })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          frame.map((value) => JSON.stringify(value)),
        ),
        async (text) => {
          hear(text)
          await sleep(0)
          for (const answer of sent.splice(0)) expect(JSON.parse(answer).e.message).toContain('not found')
        },
      ),
      { numRuns: 100 },
    )
    expect(desk.asked).toEqual([])
    channel.close()
    hear('{"t":"q","i":"1","m":"snapshot","a":[]}')
    await sleep(0)
    expect([sent, desk.asked, desk.listeners()]).toEqual([[], [], 0])
  })
})

test('a screen that does not read is dropped, while the others go on', async () => {
  const [slow, quick] = [await screen(), await screen()]
  slow.socket.pause()
  const push = stage.desk.story.next({ rationale: 'x'.repeat(1_000_000) })
  // The system's own buffers take a few megabytes before anything piles up here.
  const enough = Math.ceil((3 * largestBacklogBytes) / 1_000_000) + 20
  for (let count = 0; count < enough; count++) {
    stage.desk.push(push)
    await until(() => quick.pushes.length === count + 1)
  }
  await until(() => stage.desk.listeners() === 2)
  expect(quick.pushes).toHaveLength(enough)
  expect(stage.logged()).toContain('did not keep up')
})
