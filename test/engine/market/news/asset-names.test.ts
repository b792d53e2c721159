import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { assetReader, readAssetNames } from '../../../../src-main/engine/market/news/asset-names'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const bundled = fileURLToPath(new URL('../../../../resources/news/assets.json', import.meta.url))

function reader(watched: readonly string[] = [], own: string | null = null) {
  const names = readAssetNames(bundled, own)
  if (!names.ok) throw new Error(names.problem.message)
  return assetReader(names.value, watched)
}

test.each([
  ['Bitcoin slides as BTC miners sell', ['BTC']],
  ['BITCOIN AND ETHER FALL', ['BTC', 'ETH']],
  ['Bitcoin Cash forks again', ['BCH']],
  ['Ethereum Classic halving nears', ['ETC']],
  ['Bitcoiners gather; ethereal music plays', []],
  ['Is the weakest link near the dot?', []],
  ['LINK up 5% on $DOT rumours', ['DOT', 'LINK']],
  ["Solana's outage", ['SOL']],
  ['Fed holds rates', []],
])('%j names %j', (title, assets) => {
  expect(reader()(title)).toEqual(assets)
})

test('an asset that the list does not know is found by its ticker in capitals', () => {
  expect(reader()('WIF jumps')).toEqual([])
  expect(reader(['WIF'])('WIF jumps')).toEqual(['WIF'])
  expect(reader(['WIF'])('a wif of smoke')).toEqual([])
})

test("the trader's own names come on top of the product's", () => {
  const own = join(temporaryFolder('names'), 'news-assets.json')
  writeFileSync(own, JSON.stringify({ WIF: { names: ['dogwifhat'] }, BTC: { names: ['orange coin (BTC)'] } }))
  const read = reader([], own)
  expect(read('Dogwifhat and Ether rise')).toEqual(['ETH', 'WIF'])
  expect(read('The Orange Coin (BTC)')).toEqual(['BTC'])
  expect(read('Bitcoin')).toEqual([])
})

test('a list that cannot be used is refused by what is wrong with it', () => {
  const own = join(temporaryFolder('names'), 'news-assets.json')
  writeFileSync(own, '{"btc": {"names": []}}')
  expect(readAssetNames(bundled, own)).toMatchObject({ ok: false, problem: { code: 'asset_names_unusable' } })
  writeFileSync(own, '{"BTC": ')
  expect(readAssetNames(bundled, own)).toMatchObject({ ok: false, problem: { code: 'asset_names_unusable' } })
})
