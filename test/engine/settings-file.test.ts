import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSettings } from '../../src-main/engine/settings-file'
import { dataFolder } from '../helpers/quartet'

let folder: ReturnType<typeof dataFolder>
beforeEach(() => {
  folder = dataFolder()
})
afterEach(() => folder.remove())

function settingsOf(text: string) {
  writeFileSync(join(folder.home, 'settings.json'), text)
  return readSettings(folder.home, {})
}

describe('settings.json', () => {
  test('may hold any part of the protections; the rest keeps its defaults', () => {
    const read = settingsOf('{"risk":{"stopLossGuard":{"stops":4},"sizing":{"method":"fixed_risk"}}}')
    expect(read).toMatchObject({
      ok: true,
      value: {
        risk: {
          stopLossGuard: { stops: 4, windowMs: 86_400_000, lockMs: 43_200_000, scope: 'desk' },
          sizing: { method: 'fixed_risk', riskPct: 0.005 },
          maxDailyLossPct: 0.05,
          killSwitch: 'flatten',
        },
      },
    })
  })

  test.each([
    ['{"risk":{"maxDailyLosPct":0.1}}', 'risk.maxDailyLosPct is no setting (did you mean maxDailyLossPct?)'],
    ['{"risk":{"MaxDrawdownPCT":0.1}}', 'risk.MaxDrawdownPCT is no setting (did you mean maxDrawdownPct?)'],
    ['{"risk":{"stopLossGuard":{"stop":2}}}', 'risk.stopLossGuard.stop is no setting (did you mean stops?)'],
    ['{"rsik":{}}', 'rsik is no setting (did you mean risk?)'],
    ['{"risk":{"lowProfit":{"unicorns":1}}}', 'known here are trades, windowMs, minRealized, lockMs'],
    ['{"risk":{"maxDrawdownPct":2}}', 'risk.maxDrawdownPct: Too big: expected number to be <=1'],
    ['{"risk":{"killSwitch":"explode"}}', 'risk.killSwitch: Invalid option: expected one of "flatten"|"freeze"'],
  ])('%s is refused, because a misspelt limit must never be one that is off', (text, words) => {
    expect(settingsOf(text)).toMatchObject({
      ok: false,
      problem: { code: 'settings_invalid', message: expect.stringContaining(words) },
    })
  })
})
