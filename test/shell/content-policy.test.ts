import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chartStyleHash } from '@shared/contract/page-policy'
import { expect, it } from 'vitest'

it('the one style sheet that the policy lets into the page is the one that the chart library writes', () => {
  const entry = createRequire(import.meta.url).resolve('lightweight-charts/package.json')
  const source = readFileSync(join(entry, '../dist/lightweight-charts.production.mjs'), 'utf8')
  const styles = [...source.matchAll(/createElement\("style"\),this\.\w+\.innerText="([^"]*)"/g)].map(
    (found) => found[1],
  )
  expect(styles).toHaveLength(1)
  expect(
    `sha256-${createHash('sha256')
      .update(styles[0] ?? '')
      .digest('base64')}`,
  ).toBe(chartStyleHash)
})
