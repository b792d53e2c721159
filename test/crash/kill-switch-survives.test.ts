import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import { dataFolder, quartet, startQuartet } from '../helpers/quartet'
import { waitFor } from '../helpers/served-desk'

const folder = dataFolder()
const { home } = folder
afterAll(() => folder.remove())
beforeAll(() => {
  const settings = { inference: { rationale: 'off' }, risk: { minConfidence: 0 } }
  writeFileSync(join(home, 'settings.json'), JSON.stringify(settings))
})

const symbols = ['--symbols', 'BTC/USDT,ETH/USDT']
const week = (from: string, to: string): string[] => ['run', ...symbols, '--from', from, '--to', to, '--json']

const commandSchema = z.object({ running: z.boolean(), state: z.string(), reason: z.string() })
const summarySchema = z.object({ orders: z.int(), rejectedByCode: z.record(z.string(), z.int()) })

async function told(command: 'kill' | 'resume' | 'pause') {
  const ended = await quartet([command, '--json'], { home })
  expect(ended.code, ended.stderr).toBe(0)
  return commandSchema.parse(JSON.parse(ended.stdout))
}

async function ranOver(from: string, to: string) {
  const ended = await quartet(week(from, to), { home })
  expect(ended.code, ended.stderr).toBe(0)
  return summarySchema.parse(JSON.parse(ended.stdout))
}

test('the kill switch reaches a running desk, outlives SIGKILL, and holds for every later run until the trader resumes', async () => {
  expect((await quartet(['kill'], { home })).stderr).toContain('[ledger_missing]')

  const slow = [...week('2021-05-10', '2021-05-24'), '--speed', '7200x', '--print-decisions']
  const running = startQuartet(slow, { home })
  await waitFor(() => running.stderr().split('\n').length > 20 || running.child.exitCode !== null)
  expect(await told('kill')).toMatchObject({ running: true, state: 'halted' })
  running.child.kill('SIGKILL')
  await running.ended

  const halted = await ranOver('2021-05-03', '2021-05-06')
  expect(halted.orders).toBe(0)
  expect(Object.keys(halted.rejectedByCode)).toContain('desk_halted')

  const resumed = await told('resume')
  expect(resumed).toMatchObject({ running: false, state: 'active', reason: 'Resumed by the trader.' })
  const trading = await ranOver('2021-05-06', '2021-05-09')
  expect(trading.orders).toBeGreaterThan(0)
  expect(trading.rejectedByCode).not.toHaveProperty('desk_halted')

  expect(await told('kill')).toMatchObject({ running: false, state: 'halted' })
  expect((await ranOver('2021-05-09', '2021-05-10')).orders).toBe(0)

  const reader = openLedgerReader(home)
  if (!reader.ok) throw new Error(reader.problem.message)
  expect(reader.value.verify()).toMatchObject({ ok: true })
  reader.value.close()
}, 240_000)
