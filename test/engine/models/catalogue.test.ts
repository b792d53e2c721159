import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CatalogueEntry, catalogueEntrySchema } from '@shared/contract/catalogue'
import { slotDefaults } from '@shared/rules/slot-defaults'
import { beforeEach, describe, expect, test } from 'vitest'
import { findEntry, loadCatalogue } from '../../../src-main/engine/models/catalogue'
import { temporaryFolder } from '../../helpers/temporary-folder'

const bundledPath = fileURLToPath(new URL('../../../resources/models/catalogue.json', import.meta.url))
let folder: string
let ownPath: string

beforeEach(() => {
  folder = temporaryFolder('catalogue')
  ownPath = join(folder, 'catalogue.json')
})

const own = (...entries: unknown[]) => {
  writeFileSync(ownPath, JSON.stringify({ entries }))
  return loadCatalogue(bundledPath, ownPath)
}

function phi(): CatalogueEntry {
  const entry = findEntry(loadCatalogue(bundledPath, ownPath), 'phi3')
  if (entry === null) throw new Error('The catalogue has no entry for phi3')
  return entry
}

describe('the bundled catalogue', () => {
  test('has an entry for each of the four slots, with the figures that were promised for it', () => {
    const { entries, problems } = loadCatalogue(bundledPath, ownPath)
    expect(problems).toEqual([])
    const figures = (slot: string) => {
      const entry = findEntry({ entries, problems }, slot)
      return [entry?.maxSequences, entry?.slotContextTokens, entry?.speedClass, entry?.monthlyUsd]
    }
    expect(figures('deepseek')).toEqual([16, 4096, 'medium', 150])
    expect(figures('qwen')).toEqual([8, 8192, 'fast', 100])
    expect(figures('fingpt')).toEqual([12, 2048, 'medium', 100])
    expect(figures('phi3')).toEqual([16, 4096, 'fastest', 80])
  })

  test('gives every slot what the slot gives its model where no setting says otherwise', () => {
    for (const { slot, slotContextTokens, maxSequences } of loadCatalogue(bundledPath, ownPath).entries) {
      expect({ contextTokens: slotContextTokens, sequences: maxSequences }).toEqual(slotDefaults[slot])
    }
  })

  test('names every file by a hash, or says that it is recorded at the first download', () => {
    const { entries } = loadCatalogue(bundledPath, ownPath)
    const unknown = entries.filter(({ sha256 }) => sha256 === null).map(({ id }) => id)
    expect(unknown).toEqual(['deepseek-coder-v2-lite-instruct', 'fingpt-llama3-8b'])
    expect(entries.find(({ adapter }) => adapter !== null)?.adapter?.sha256).toMatch(/^8c3de6eb/)
  })

  test('is a plain file that the schema reads', () => {
    const { entries } = JSON.parse(readFileSync(bundledPath, 'utf8'))
    for (const entry of entries) expect(catalogueEntrySchema.safeParse(entry).error?.issues).toBeUndefined()
  })
})

describe("a trader's own catalogue", () => {
  test('adds an entry, and replaces a bundled one by its id', () => {
    const { entries, problems } = own({ ...phi(), id: 'my-phi' }, { ...phi(), title: 'Mine' })
    expect(problems).toEqual([])
    expect(entries).toHaveLength(6)
    expect(entries.filter(({ slot }) => slot === 'phi3').map(({ title }) => title)).toEqual([
      'Mine',
      'Phi-3.1-mini-128k-instruct 3.8B',
    ])
  })

  test.each([
    ['a path that leaves the folder', { file: '../../../etc/cron.d/model.gguf' }],
    ['an absolute path', { file: '/etc/model.gguf' }],
    ['a path of Windows', { file: 'C:\\models\\model.gguf' }],
    ['a name that Windows keeps for a device', { file: 'nul.gguf' }],
    ['a hidden file', { file: '.ssh/model.gguf' }],
    ['a file that is no GGUF', { file: 'model.exe' }],
    ['an address in the place of a repository', { repository: 'https://evil.example/model' }],
    ['a repository that climbs', { repository: 'desk/..' }],
    ['a repository with a query', { repository: 'desk/model?x=1' }],
    ['a revision that climbs', { revision: '../../main' }],
    ['an id that is a path', { id: '../phi' }],
    ['a licence over plain http', { licence: { ...phiLicence(), url: 'http://example.com' } }],
    ['a licence that is a script', { licence: { ...phiLicence(), url: 'javascript:alert(1)' } }],
    ['a context of zero', { contextTokens: 0 }],
    ['a context of a thousand million', { contextTokens: 1e9, slotContextTokens: 1e9 }],
    ['a slot context above the model', { slotContextTokens: 200_000 }],
    ['a million sequences', { maxSequences: 1e6 }],
    ['a size that no disk has', { bytes: 1e18 }],
    ['a size below nothing', { aboutBytes: -1 }],
    ['half a hash', { sha256: 'dde15f81' }],
    ['a fifth slot', { slot: 'gpt' }],
    ['a field that nobody knows', { postInstall: 'rm -rf /' }],
  ])('with %s is refused with a line, and hides nothing', (_what, change) => {
    const { entries, problems } = own({ ...phi(), title: 'Mine', ...change })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain(Object.keys(change)[0])
    expect(entries.map(({ title }) => title)).not.toContain('Mine')
    expect(entries).toHaveLength(5)
  })

  test.each(['{', '[]', '{"entries": 1}', `{"entries": [${'1,'.repeat(300)}1]}`])(
    'that is %.20s is refused whole',
    (text) => {
      writeFileSync(ownPath, text)
      const { entries, problems } = loadCatalogue(bundledPath, ownPath)
      expect([entries.length, problems.length]).toEqual([5, 1])
    },
  )
})

function phiLicence() {
  return {
    name: 'MIT',
    source: { repository: 'microsoft/Phi-3-mini-128k-instruct', file: 'LICENSE', revision: 'main' },
  }
}
