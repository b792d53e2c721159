import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { protectionCodeSchema } from '@shared/contract/protection'
import { riskSettingsSchema } from '@shared/contract/settings'
import { expect, test } from 'vitest'
import { rootDir } from '../../helpers/repository'

const page = readFileSync(join(rootDir, 'docs', 'risk.md'), 'utf8')

test('the page on risk has a sentence for every protection, and names every setting', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  for (const code of protectionCodeSchema.options) {
    expect(
      rows.filter((row) => row.startsWith(`| \`${code}\``)),
      code,
    ).toHaveLength(1)
  }
  const {
    stopAtr: _stop,
    takeProfitAtr: _target,
    minConfidenceBySlot: _slot,
    ...settings
  } = riskSettingsSchema.parse({})
  for (const name of [...Object.keys(settings), ...Object.keys(settings.sizing)]) expect(page, name).toContain(name)
})

test('the defaults that the page states are those of the contract', () => {
  const defaults = riskSettingsSchema.parse({})
  for (const [, name, stated] of page.matchAll(/`(\w+)` \(([\d.]+)\)/g)) {
    const known = { ...defaults, ...defaults.sizing, ...defaults.lowProfit, ...defaults.orderRate }
    expect([name, Object.entries(known).find(([key]) => key === name)?.[1]]).toEqual([name, Number(stated)])
  }
})
