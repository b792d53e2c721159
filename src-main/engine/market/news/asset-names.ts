import { readFileSync } from 'node:fs'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

export type AssetNamesProblemCode = 'asset_names_unusable'

const assetNamesSchema = z.record(
  z.string().regex(/^[A-Z0-9]{1,20}$/, 'must be a ticker in capitals'),
  z.strictObject({
    /** Found in any case, as whole words. */
    names: z.array(z.string().trim().min(2).max(60)).max(20).default([]),
    /** Found only as they are written: "LINK" is Chainlink, "link" is a word. */
    tickers: z.array(z.string().trim().min(2).max(20)).max(20).default([]),
  }),
)

export type AssetNames = Readonly<z.infer<typeof assetNamesSchema>>

/** The product's own names of assets, and on top of them, asset by asset, the trader's, who need not have any. */
export function readAssetNames(
  bundledPath: string,
  ownPath: string | null,
): Outcome<AssetNames, AssetNamesProblemCode> {
  const bundled = readNames(bundledPath)
  const own = ownPath === null ? success({}) : readNames(ownPath)
  if (!bundled.ok) return bundled
  return own.ok ? success({ ...bundled.value, ...own.value }) : own
}

function readNames(path: string): Outcome<AssetNames, AssetNamesProblemCode> {
  let written: unknown
  try {
    written = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return success({})
    const why = error instanceof Error ? error.message : String(error)
    return failure('asset_names_unusable', `${path} cannot be read: ${why}. Mend or remove it.`)
  }
  const names = assetNamesSchema.safeParse(written)
  if (names.success) return success(names.data)
  const fault = names.error.issues
    .map(({ path: at, message }) => `${at.join('.') || 'the whole'}: ${message}`)
    .join('; ')
  return failure('asset_names_unusable', `${path} cannot be used: ${fault}. Mend or remove it.`)
}

/** Says which assets a headline names, in code-unit order; none where it speaks of the whole market. */
export type AssetReader = (title: string) => readonly string[]

/** Tickers of fewer letters are too often something else. */
const shortestOwnTicker = 3

/** `watched`: base assets of the run; one that the names do not list is found by its ticker in capitals. */
export function assetReader(names: AssetNames, watched: readonly string[]): AssetReader {
  const listed = Object.entries(names)
  const unlisted = watched.filter((asset) => names[asset] === undefined && asset.length >= shortestOwnTicker)
  const byName = listed.flatMap(([asset, known]) => known.names.map((name) => [name.toLowerCase(), asset] as const))
  const byTicker = listed.flatMap(([asset, known]) => known.tickers.map((ticker) => [ticker, asset] as const))
  const finders = [
    finder(new Map(byName), 'giu'),
    finder(new Map([...byTicker, ...unlisted.map((asset) => [asset, asset] as const)]), 'gu'),
  ]
  return (title) => [...new Set(finders.flatMap((find) => find(title)))].sort()
}

const syntax = /[.*+?^${}()|[\]\\/]/g

/**
 * Finds whole words: no letter, digit or mark on either side belongs to one. The longest is tried first, so that
 * "Bitcoin Cash" is not Bitcoin.
 */
function finder(assetOf: ReadonlyMap<string, string>, flags: 'gu' | 'giu'): (title: string) => string[] {
  if (assetOf.size === 0) return () => []
  const longestFirst = [...assetOf.keys()].sort((left, right) => right.length - left.length)
  const words = longestFirst.map((word) => word.replace(syntax, '\\$&')).join('|')
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])(?:${words})(?![\\p{L}\\p{N}\\p{M}])`, flags)
  return (title) =>
    (title.match(pattern) ?? []).flatMap((word) => assetOf.get(flags === 'giu' ? word.toLowerCase() : word) ?? [])
}
