import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange, restClient } from '../helpers/practice-client'

let exchange: PracticeExchange
beforeEach(async () => {
  exchange = await openPracticeExchange()
})
afterEach(() => exchange.close())

/** Sends these bytes over a connection of its own and waits for its end; answers with what came back. */
function say(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(exchange.port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => {
      heard += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })
}

const upgrade = (target: string): string =>
  [
    `GET ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n')

describe('the practice exchange, which every page in a browser can reach', () => {
  test.each(['//', '//[', '/\\', 'http://['])('outlives a WebSocket at the address %s', async (target) => {
    expect(await say(upgrade(target))).not.toContain('101')
    expect(await restClient(exchange).fetchTime()).toBeGreaterThan(0)
  })

  test('ends a connection whose message is longer than any subscription', async () => {
    const longest = Buffer.alloc(10)
    longest[0] = 0x81
    longest[1] = 0xff
    longest.writeBigUInt64BE(2n ** 24n, 2)
    await say(Buffer.concat([Buffer.from(upgrade('/ws')), longest, Buffer.alloc(4)]))
    expect(exchange.status().sockets).toBe(0)
  })
})
