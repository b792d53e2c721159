import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { knownModels } from '../../src-main/engine/known-models'
import { dataFolder } from '../helpers/quartet'
import { rootDir } from '../helpers/repository'

const models = join(rootDir, 'resources', 'models')
const starterPath = join(models, 'starter.gguf')
const starterHash = createHash('sha256').update(readFileSync(starterPath)).digest('hex')

test('the starter knows candles up to the end of what it was trained on, by their length', () => {
  const { home, remove } = dataFolder()
  const places = { dataDir: home, cataloguePath: join(models, 'catalogue.json'), starterPath }
  expect(knownModels(places, '1h')(starterHash)).toEqual({ name: 'starter', knowledgeCutoffMs: Date.UTC(2021, 0, 1) })
  expect(knownModels(places, '5m')(starterHash)).toEqual({ name: 'starter', knowledgeCutoffMs: Date.UTC(2023, 3, 8) })
  expect(knownModels(places, '1h')('0'.repeat(64))).toBeNull()
  remove()
})
