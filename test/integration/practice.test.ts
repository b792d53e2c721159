import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dataFolder, quartet, startQuartet } from '../helpers/quartet'

const openedSchema = z.object({
  url: z.string(),
  controlToken: z.string(),
  pairs: z.array(z.string()),
  marketTimeMs: z.number(),
})
const timeSchema = z.object({ serverTime: z.number() })

describe('a live run over a practice exchange of its own', () => {
  const summarySchema = z.object({ finished: z.boolean(), decisions: z.int(), equityStart: z.string() })

  it('decides on every minute of the window and ends with it', async () => {
    const folder = dataFolder()
    const window = ['--from', '2023-04-26T19:00', '--to', '2023-04-26T19:05', '--speed', '60x', '--timeframe', '1m']
    const ended = await quartet(
      ['run', '--venue', 'practice', '--symbols', 'BTC/USDT,ETH/USDT', ...window, '--json'],
      folder,
    )
    expect(ended.code, ended.stderr).toBe(0)
    expect(summarySchema.parse(JSON.parse(ended.stdout))).toMatchObject({ finished: true, decisions: 10 })
    expect(ended.stderr).toContain('The practice exchange is open at http://127.0.0.1:')
    folder.remove()
  })
})

describe('quartet practice', () => {
  let folder: ReturnType<typeof dataFolder>

  beforeEach(() => {
    folder = dataFolder()
  })
  afterEach(() => folder.remove())

  async function opened(args: readonly string[]) {
    const started = startQuartet(['practice', '--json', ...args], folder)
    await expect.poll(() => started.stdout(), { timeout: 30_000 }).toMatch(/\}\n$/)
    return { ...started, opened: openedSchema.parse(JSON.parse(started.stdout())) }
  }

  it('prints one document, serves the time that was asked for, and ends well when it is told to', async () => {
    const { child, ended, opened: exchange } = await opened(['--from', '2023-04-26T19:00Z', '--speed', '60x'])
    expect(exchange.pairs).toEqual(['BTCUSDT', 'ETHUSDT'])
    const time = timeSchema.parse(await (await fetch(`${exchange.url}/api/v3/time`)).json())
    expect(time.serverTime).toBeGreaterThanOrEqual(Date.UTC(2023, 3, 26, 19))
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })

  it('lets the faults of a file strike', async () => {
    const plan = join(folder.home, 'plan.json')
    writeFileSync(plan, JSON.stringify([{ afterMs: 0, fault: { kind: 'outage', forMs: 3_600_000 } }]))
    const { child, ended, opened: exchange } = await opened(['--faults', plan])
    await expect
      .poll(
        () =>
          fetch(`${exchange.url}/api/v3/time`)
            .then(() => 'answered')
            .catch(() => 'refused'),
        { timeout: 30_000 },
      )
      .toBe('refused')
    child.kill('SIGTERM')
    await ended
  })

  it.each([
    ['a plan that is none', ['--faults', 'meteors'], 1, 'fault_plan_missing'],
    ['a day that is not recorded', ['--from', '2015-01-01'], 1, 'start_outside_recording'],
    ['a folder without candles', ['--candles', '/nonexistent'], 1, 'recording_missing'],
    ['a load that is none', ['--load', 'much'], 2, 'Write symbols x messages'],
  ])('refuses %s in one line', async (_what, args, code, words) => {
    const ended = await quartet(['practice', ...args], folder)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(words)
    expect(ended.stdout).toBe('')
  })
})
