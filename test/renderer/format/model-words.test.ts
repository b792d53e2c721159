import type { TransferProgress } from '@shared/contract/model-files'
import type { ModelJob } from '@shared/contract/model-library'
import { describe, expect, test } from 'vitest'
import {
  downloadsText,
  duration,
  entryFacts,
  fileSize,
  pullAdvice,
  transferShare,
  transferText,
} from '../../../src-renderer/format/model-words'
import { bundledEntries } from '../../helpers/scripted-models'

const progress: TransferProgress = {
  transferId: 'tiny',
  phase: 'receiving',
  receivedBytes: 1.2e9,
  totalBytes: 4.8e9,
  bytesPerSecond: 12_345_678,
  secondsLeft: 291.6,
  note: '',
}

describe('a download in words', () => {
  test.each([
    [{}, 'Downloading: 1.20 GB of 4.80 GB, 12.3 MB/s, 4 min 52 s left'],
    [{ totalBytes: null, secondsLeft: null }, 'Downloading: 1.20 GB, 12.3 MB/s'],
    [
      { phase: 'waiting', note: 'The hub asks for a pause (429).' } as const,
      'Waiting: 1.20 GB of 4.80 GB. The hub asks for a pause (429).',
    ],
    [
      { transferId: 'tiny.adapter', receivedBytes: 1e6, totalBytes: null, secondsLeft: null },
      'Downloading (its adapter): 1.0 MB, 12.3 MB/s',
    ],
    [{ phase: 'hashing' } as const, 'Checking the whole file: 1.20 GB of 4.80 GB'],
  ])('%j', (changes, text) => {
    expect(transferText({ ...progress, ...changes })).toBe(text)
  })

  test('has a share only where the whole is known', () => {
    expect(transferShare(progress)).toBe(0.25)
    expect(transferShare({ ...progress, totalBytes: null })).toBeNull()
    expect(transferShare({ ...progress, receivedBytes: 5e9 })).toBe(1)
    expect(transferShare(null)).toBeNull()
  })
})

test('the desk tells in a few words what is being downloaded, and nothing of what has ended', () => {
  const job: ModelJob = { kind: 'pull', model: 'tiny', progress, ended: null }
  const ended = { ok: true, code: 'done', message: '' }
  expect(downloadsText([])).toBeNull()
  expect(
    downloadsText([
      { ...job, ended },
      { ...job, kind: 'verify' },
    ]),
  ).toBeNull()
  expect(downloadsText([job])).toBe('tiny, 25%')
  expect(downloadsText([{ ...job, progress: null }])).toBe('tiny')
  expect(downloadsText([job, { ...job, model: 'other' }])).toBe('2 downloads')
})

test.each([
  [0, '0.0 kB'],
  [999_949, '999.9 kB'],
  [40_100_000, '40.1 MB'],
  [10_400_000_000, '10.40 GB'],
])('%i bytes are %s', (bytes, text) => expect(fileSize(bytes)).toBe(text))

test.each([
  [0.4, '0 s'],
  [59.6, '1 min 0 s'],
  [3599, '59 min 59 s'],
  [4321, '1 h 12 min'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text))

test('every entry of the catalogue says its size, context, speed, cutoff and licence', () => {
  const facts = bundledEntries.map(({ entry }) => Object.fromEntries(entryFacts(entry)))
  expect(facts[0]).toEqual({
    Size: 'about 10.40 GB, Q4_K_M',
    Context: '4,096 of 163,840 tokens',
    Speed: 'medium',
    'Side by side': 'up to 16 questions',
    'Knows up to': '2023-11',
    Licence: 'DeepSeek Model License',
    'Rented instead': 'about 150 USD a month',
  })
  expect(facts[1]?.['Knows up to']).toBe('unknown')
})

test.each(['token_needed', 'access_denied', 'not_found', 'network_failed', 'stalled', 'rate_limited', 'disk_full'])(
  'there is advice on %s',
  (code) => expect(pullAdvice(code)).toMatch(/\.$/),
)
