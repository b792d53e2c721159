/** The rules of the house bite: each forbidden import is planted in a small house, and the check names it. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../helpers/temporary-folder'

const rootDir = fileURLToPath(new URL('../..', import.meta.url))

/** What stands in the house before anything is planted; every import here is allowed. */
const house: Readonly<Record<string, string>> = {
  'src-shared/contract/order.ts': "import { z } from 'zod'\nexport const orderSchema = z.object({})",
  'src-shared/rules/routing.ts':
    "import { orderSchema } from '@shared/contract/order'\nexport const rule = orderSchema",
  'src-main/main.ts': "import { start } from './shell/shell'\nstart()",
  'src-main/shell/shell.ts': "import { app } from 'electron'\nexport const start = (): string => app.getName()",
  'src-main/preload/preload.ts': "import { ipcRenderer } from 'electron'\nexport const bridge = ipcRenderer",
  'src-main/engine/market/venue.ts': "import '@shared/contract/order'\nexport const venue = 1",
  'src-main/engine/broker/paper.ts': "import { venue } from '../market/venue'\nexport const paper = venue",
  'src-main/engine/journal/ledger.ts': "import { paper } from '../broker/paper'\nexport const ledger = paper",
  'src-main/engine/server/api.ts': "import { ledger } from '../journal/ledger'\nexport const api = ledger",
  'src-main/engine/engine.ts': "import { api } from './server/api'\nexport const engine = api",
  'src-main/cli/main.ts': "import { engine } from '../engine/engine'\nexport const cli = engine",
  'src-main/inference/main.ts': "import { getLlama } from 'node-llama-cpp'\nexport const llama = getLlama",
  'src-renderer/app/app.tsx': "import { createRoot } from 'react-dom'\nexport const root = createRoot",
  'test/engine/paper.test.ts': "import '../../src-main/engine/broker/paper'\nimport 'vitest'",
}

/** A file with one forbidden import, and the rule that must name it. */
const planted: readonly [rule: string, file: string, text: string][] = [
  ['shared-is-pure', 'src-shared/contract/a.ts', "import 'decimal.js'"],
  ['shared-is-pure', 'src-shared/contract/b.ts', "import '../../src-main/engine/market/venue'"],
  ['page-is-no-node', 'src-shared/contract/c.ts', "import 'node:fs'"],
  ['only-the-shell-knows-electron', 'src-main/engine/server/d.ts', "import 'electron'"],
  ['only-the-shell-knows-electron', 'src-renderer/app/e.ts', "import 'electron'"],
  ['only-the-shell-knows-electron', 'src-main/cli/f.ts', "export const load = (): unknown => import('electron')"],
  ['only-inference-knows-llama', 'src-main/engine/gateway/g.ts', "import 'node-llama-cpp'"],
  ['room-market-looks-only-back', 'src-main/engine/market/h.ts', "import '../broker/paper'"],
  [
    'room-journal-looks-only-back',
    'src-main/engine/journal/i.ts',
    "import type { api } from '../server/api'\nexport type A = typeof api",
  ],
  ['rooms-know-no-composition', 'src-main/engine/desk/j.ts', "import '../engine'"],
  ['programs-stand-alone', 'src-main/engine/server/k.ts', "import '../../shell/shell'"],
  ['shell-knows-the-contract-alone', 'src-main/shell/l.ts', "import '../engine/market/venue'"],
  ['inference-knows-the-contract-alone', 'src-main/inference/m.ts', "import '../engine/market/venue'"],
  ['practice-exchange-knows-the-contract-alone', 'src-main/practice/x.ts', "import '../engine/market/venue'"],
  ['page-knows-the-contract-alone', 'src-renderer/app/n.ts', "import '../../src-main/engine/market/venue'"],
  ['page-is-no-node', 'src-renderer/app/o.ts', "import 'node:path'"],
  ['product-knows-no-test', 'src-main/engine/risk/p.ts', "import '../../../test/engine/paper.test'"],
  ['product-knows-no-test', 'src-main/cli/q.ts', "import 'vitest'"],
  ['imports-resolve', 'src-main/cli/r.ts', "import './nowhere'"],
  ['no-cycles', 'src-main/cli/s.ts', "import { t } from './t'\nexport const s = (): unknown => t"],
]
const otherHalfOfTheCycle = { 'src-main/cli/t.ts': "import { s } from './s'\nexport const t = (): unknown => s" }

/** Only the names matter here. */
const packages = ['decimal.js', 'node-llama-cpp', 'react-dom', 'vitest', 'zod']

const reportSchema = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

/** Checks a house of these files; answers with `rule file` for every violation. */
async function check(files: Readonly<Record<string, string>>): Promise<string[]> {
  const dir = temporaryFolder('layers')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  for (const name of ['tsconfig.json', '.dependency-cruiser.mjs']) cpSync(join(rootDir, name), join(dir, name))
  for (const name of packages) {
    mkdirSync(join(dir, 'node_modules', name), { recursive: true })
    writeFileSync(join(dir, 'node_modules', name, 'package.json'), `{ "name": "${name}", "exports": "./index.js" }`)
    writeFileSync(join(dir, 'node_modules', name, 'index.js'), '')
  }
  const program = join(rootDir, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
  const folders = ['src-shared', 'src-main', 'src-renderer', 'test']
  const args = [program, '--output-type', 'json', ...folders]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dir, maxBuffer: 64 * 1024 ** 2 })
  const { violations } = reportSchema.parse(JSON.parse(stdout)).summary
  return violations.map(({ rule, from }) => `${rule.name} ${from}`)
}

describe('the rules of the house', () => {
  test('allow what the house plan allows', async () => {
    expect(await check(house)).toEqual([])
  })

  describe('name every import that the plan forbids:', () => {
    let violations: string[] = []
    beforeAll(async () => {
      violations = await check({
        ...house,
        ...otherHalfOfTheCycle,
        ...Object.fromEntries(planted.map(([, file, text]) => [file, text])),
      })
    })
    afterAll(() => {
      violations = []
    })

    test.each(planted)('%s in %s', (rule, file) => {
      expect(violations).toContain(`${rule} ${file}`)
    })
  })
})
