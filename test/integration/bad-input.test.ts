import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dataFolder, quartet, startQuartet } from '../helpers/quartet'

let folder = dataFolder()
beforeEach(() => {
  folder = dataFolder()
})
afterEach(() => {
  for (const disk of mounted.splice(0)) spawnSync('umount', [disk])
  folder.remove()
})

const mounted: string[] = []

/** Mounts a small file system of its own; says false where that is not allowed. */
function mountDisk(disk: string, options: string): boolean {
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', disk]).status !== 0) return false
  mounted.push(disk)
  return true
}

const shortRun = ['run', '--symbols', 'BTC/USDT', '--from', '2021-05-17', '--to', '2021-05-18', '--json']
const longRun = [
  'run',
  '--symbols',
  'BTC/USDT',
  '--from',
  '2021-05-17',
  '--to',
  '2022-05-18',
  '--print-decisions',
  '--json',
]

test('control characters reach no terminal, wherever the words come from', async () => {
  const red = '\u001b[31m\u0007'
  const missing = await quartet(['report', '--run', 'none', '--candles', `no${red}where`], folder)
  const refused = await quartet(['run', '--symbols', 'BTC/USDT', '--candles', `no${red}where`], folder)
  expect(refused.stderr).toContain('no[31mwhere')
  for (const { stdout, stderr } of [missing, refused]) expect(`${stdout}${stderr}`).not.toMatch(/[^\P{Cc}\n\t]/u)
})

describe('wrong words end with exit code 2 and name what is known', () => {
  test.each([
    ['an unknown timeframe', ['run', '--symbols', 'BTC/USDT', '--timeframe', '7m'], /Unknown timeframe "7m".*1m, 3m/s],
    [
      'an unknown model',
      ['decide', '--symbol', 'BTC/USDT', '--at', '2021-05-17', '--model', 'gpt'],
      /Unknown model "gpt".*deepseek, qwen, fingpt, phi3/s,
    ],
    ['a symbol without a slash', ['run', '--symbols', 'BTCUSDT'], /"BTCUSDT" is not a symbol/],
    ['a date that is none', ['run', '--symbols', 'BTC/USDT', '--from', 'yesterday'], /"yesterday" is not a time/],
    ['a speed that is none', ['run', '--symbols', 'BTC/USDT', '--speed', 'fast'], /"fast" is not a speed/],
    ['an unknown option', ['run', '--symbols', 'BTC/USDT', '--leverage', '5'], /unknown option '--leverage'/],
    ['an unknown command', ['trade'], /unknown command 'trade'/],
    ['a decision without a moment', ['decide', '--symbol', 'BTC/USDT'], /Name --symbol and --at/],
    ['an export without a file', ['export', '--format', 'csv'], /required option '--out <file>'/],
    [
      'an export format that is none',
      ['export', '--format', 'xls', '--out', 'x'],
      /Allowed choices are csv, jsonl, parquet/,
    ],
  ])('%s', async (_, args, told) => {
    const ended = await quartet(args, { home: folder.home })
    expect(ended.stderr).toMatch(told)
    expect(ended.stdout).toBe('')
    expect(ended.code).toBe(2)
  })
})

describe('data that cannot be used ends with exit code 1 and one line', () => {
  test.each([
    ['a symbol nobody recorded', ['--symbols', 'DOGE/USDT'], /DOGE\/USDT.*BTC\/USDT.*\[unknown_symbol\]/],
    ['a timeframe nobody recorded', ['--symbols', 'BTC/USDT', '--timeframe', '3m'], /3m.*\[unknown_timeframe\]/],
    [
      'dates before the data',
      ['--symbols', 'BTC/USDT', '--from', '2010-01-01', '--to', '2010-02-01'],
      /2010.*\[dates_outside_data\]/,
    ],
    [
      'an end before the start',
      ['--symbols', 'BTC/USDT', '--from', '2021-06-01', '--to', '2021-05-01'],
      /\[window_empty\]/,
    ],
    ['a folder that is not there', ['--symbols', 'BTC/USDT', '--candles', '/nowhere/at/all'], /\/nowhere\/at\/all/],
  ])('%s', async (_, words, told) => {
    expectOneLine(await quartet(['run', ...words], { home: folder.home }), told)
  })

  const header = 'timestamp_ms,open,high,low,close,volume\n'
  const goodRow = '1621209600000,46426.83,46686.00,45900.00,46200.11,3021.12\n'
  test.each([
    ['an empty file', Buffer.alloc(0), /\[candle_file_empty\]/],
    [
      'a word in a price',
      Buffer.from(`${header}${goodRow}1621213200000,many,2,1,1,1\n`),
      /line 3.*\[candle_file_broken\]/,
    ],
    ['a file cut in the middle of a line', Buffer.from(`${header}${goodRow}1621213200000,46200.11,46`), /line 3/],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(header), Buffer.from([0xff, 0xfe, 0xc3, 0x28])]),
      /line 2.*\[candle_file_not_utf8\]/,
    ],
  ])('%s', async (_, content, told) => {
    const dir = join(folder.home, 'candles')
    mkdirSync(dir)
    writeFileSync(join(dir, 'ODDUSDT-1h.csv'), content)
    expectOneLine(await quartet(['run', '--symbols', 'ODD/USDT', '--candles', dir], { home: folder.home }), told)
  })

  test('a compressed file that is cut', async () => {
    const dir = join(folder.home, 'candles')
    mkdirSync(dir)
    const whole = gzipSync(header + goodRow.repeat(1) + 'x'.repeat(10_000))
    writeFileSync(join(dir, 'ODDUSDT-1h.csv.gz'), whole.subarray(0, whole.length - 12))
    expectOneLine(
      await quartet(['run', '--symbols', 'ODD/USDT', '--candles', dir], { home: folder.home }),
      /ODDUSDT-1h\.csv\.gz/,
    )
  })

  test('a settings file with a misspelt limit is refused by name, because a limit must never be silently off', async () => {
    writeFileSync(join(folder.home, 'settings.json'), '{"risk":{"maxPositonPct":0.5}}')
    expectOneLine(await quartet(shortRun, { home: folder.home }), /maxPositonPct.*\[settings_invalid\]/)
  })
})

describe('a data folder that cannot be used is named, and nothing is lost', () => {
  test('a folder that cannot be made', async () => {
    writeFileSync(join(folder.home, 'file'), '')
    expectOneLine(await quartet(shortRun, { home: join(folder.home, 'file', 'data') }), /file\/data/)
  })

  test('a ledger that is no database is left as it is', async () => {
    writeFileSync(join(folder.home, 'ledger.db'), 'this is not a database, but somebody may want it back '.repeat(100))
    expectOneLine(await quartet(shortRun, { home: folder.home }), /\[ledger_corrupt\]/)
  })

  test('a ledger of a newer Quartet is left as it is', async () => {
    await quartet(shortRun, { home: folder.home })
    const database = new Database(join(folder.home, 'ledger.db'))
    database.pragma('user_version = 999')
    database.close()
    expectOneLine(await quartet(shortRun, { home: folder.home }), /\[ledger_newer\]/)
  })

  test('a folder in use by another process', async () => {
    const first = startQuartet(longRun, { home: folder.home })
    await firstDecision(first)
    expectOneLine(
      await quartet(shortRun, { home: folder.home }),
      new RegExp(`process ${first.child.pid}.*\\[folder_in_use\\]`),
    )
    // Reading is allowed meanwhile.
    const seen = await quartet(['verify', '--json'], { home: folder.home })
    expect(seen.code, seen.stderr).toBe(0)
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(130)
  })

  test('a folder on a disk that fills up: the run ends with one line, and continues when there is room again', async (context) => {
    const disk = join(folder.home, 'disk')
    if (!mountDisk(disk, 'size=1m'))
      context.skip('a small file system cannot be mounted here: that needs root on Linux')
    writeFileSync(join(disk, 'settings.json'), '{"inference":{"rationale":"off"}}')
    const full = await quartet(longRun, { home: disk })
    expect(full.code).toBe(1)
    expect(full.stderr.trimEnd().split('\n').at(-1)).toMatch(/\[disk_full\]$/)
    const acknowledged = [...full.stderr.matchAll(/\[([0-9a-f-]{36})\]/g)].length
    expect(acknowledged).toBeGreaterThan(0)

    spawnSync('mount', ['-o', 'remount,size=64m', disk])
    const continued = startQuartet(longRun, { home: disk })
    await firstDecision(continued)
    continued.child.kill('SIGTERM')
    const ended = await continued.ended
    expect(ended.code).toBe(143)
    expect(ended.stderr).toContain(`Continuing this run after ${acknowledged} decisions.`)
    const verified = await quartet(['verify', '--json'], { home: disk })
    expect(verified.code, verified.stdout).toBe(0)
  })

  test('a folder that may only be read', async (context) => {
    const disk = join(folder.home, 'disk')
    if (!mountDisk(disk, 'size=1m,ro'))
      context.skip('a read-only file system cannot be mounted here: that needs root on Linux')
    expectOneLine(await quartet(shortRun, { home: disk }), /\[folder_read_only\]/)
  })
})

describe('being told to stop ends between two steps, and the same command continues', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s', async (signal, code) => {
    const started = startQuartet(longRun, { home: folder.home })
    await firstDecision(started)
    started.child.kill(signal)
    const ended = await started.ended
    expect(ended.code).toBe(code)
    const summary = JSON.parse(ended.stdout)
    expect(summary.finished).toBe(false)
    expect(summary.decisions).toBeGreaterThan(0)
    const verified = await quartet(['verify', '--json'], { home: folder.home })
    expect(JSON.parse(verified.stdout)).toEqual({ ok: true, ...summary.journal })
  })

  test('also when it comes before the first decision', async () => {
    const started = startQuartet(longRun, { home: folder.home })
    setTimeout(() => started.child.kill('SIGTERM'), 150)
    const ended = await started.ended
    expect([143, null]).toContain(ended.code)
    rmSync(join(folder.home, 'nothing'), { force: true })
    const again = await quartet(shortRun, { home: folder.home })
    expect(again.code, again.stderr).toBe(0)
  })
})

describe('a model file that cannot be used costs a hop, never the desk', () => {
  test.each([
    ['missing', null, 'model_missing'],
    ['no GGUF', 'PK\u0003\u0004 this is a zip, if anything', 'not_a_gguf'],
    ['cut after its header', 'GGUF\u0003\u0000\u0000\u0000', 'model_broken'],
  ])('%s', async (_, content, outcome) => {
    const file = join(folder.home, 'qwen.gguf')
    if (content !== null) writeFileSync(file, content)
    writeFileSync(join(folder.home, 'settings.json'), JSON.stringify({ inference: { modelFiles: { qwen: file } } }))
    const args = ['decide', '--symbol', 'BTC/USDT', '--at', '2021-05-18T12:00:00Z', '--model', 'qwen', '--json']
    const ended = await quartet(args, { home: folder.home })
    expect(ended.code, ended.stderr).toBe(0)
    const answer = JSON.parse(ended.stdout)
    expect(answer.routedTo).toBe('qwen')
    expect(answer.servedBy).toBe('starter')
    expect(answer.hops.map((hop: { servedBy: string; outcome: string }) => `${hop.servedBy} ${hop.outcome}`)).toEqual(
      expect.arrayContaining([`qwen ${outcome}`, 'starter answered']),
    )
  })
})

interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function expectOneLine(ended: Ending, told: RegExp): void {
  expect(ended.stderr).toMatch(told)
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(ended.stderr).toMatch(/^quartet: /)
  expect(ended.stdout).toBe('')
  expect(ended.code).toBe(1)
}

async function firstDecision(started: { stderr(): string; ended: Promise<unknown> }): Promise<void> {
  let isOver = false
  void started.ended.then(() => {
    isOver = true
  })
  while (!isOver && !/\[[0-9a-f-]{36}\]\n/.test(started.stderr()))
    await new Promise((resolve) => setTimeout(resolve, 20))
}
