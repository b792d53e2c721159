import { createHash } from 'node:crypto'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { parseFeed } from 'feedsmith'
import { z } from 'zod'
import { headlineText, normalisedTitle, sourceText } from './headline-text'

export type FeedEntriesProblemCode = 'feed_broken' | 'feed_refused' | 'not_a_feed'

/** What a feed says about one headline; when it became known is for whoever fetched it to say. */
export interface FeedEntry {
  readonly headlineId: string
  readonly title: string
  readonly link: string | null
  readonly publishedAtMs: number | null
}

export interface FeedDocument {
  /** The feed's own name; null where it has none. */
  readonly title: string | null
  /** In the feed's order, each headline once; what has no words is left out. */
  readonly entries: readonly FeedEntry[]
}

/** A feed lists its newest first; what comes after so many is old. */
const mostEntries = 200
/** No feed needs entities of its own, and those who declare some want a small file to become a large one. */
const entityDeclaration = /<!ENTITY/i

const words = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)])
const optionalWords = words.nullish().catch(null)
const optionalText = z.string().nullish().catch(null)

/** The fields that matter, under the names that they have in RSS, Atom, RDF and JSON Feed. */
const entrySchema = z.object({
  title: optionalWords,
  /** JSON Feed allows entries without a title; their text stands in. */
  content_text: optionalText,
  guid: optionalWords,
  id: optionalText,
  rdf: z.object({ about: optionalText }).nullish().catch(null),
  link: optionalText,
  url: optionalText,
  links: z
    .array(z.object({ href: optionalText, rel: optionalText }))
    .nullish()
    .catch(null),
  pubDate: optionalText,
  published: optionalText,
  updated: optionalText,
  date_published: optionalText,
  dc: z
    .object({ dates: z.array(z.string()).nullish().catch(null) })
    .nullish()
    .catch(null),
})

const feedSchema = z.object({
  title: optionalWords,
  items: z.array(entrySchema).nullish(),
  entries: z.array(entrySchema).nullish(),
})

/** Reads RSS, Atom, RDF or JSON Feed. `url` is what relative links are relative to. */
export function feedEntries(text: string, url: string): Outcome<FeedDocument, FeedEntriesProblemCode> {
  if (entityDeclaration.test(text)) {
    return failure('feed_refused', `${url} declares XML entities of its own, which no feed needs. It was not read.`)
  }
  const parsed = parsedFeed(text, url)
  if (!parsed.ok) return parsed
  const { title, items, entries } = parsed.value
  const found = (items ?? entries ?? []).flatMap((entry) => readEntry(entry, url))
  const once = new Map(found.map((entry) => [entry.headlineId, entry]))
  return success({ title: sourceText(title ?? '') || null, entries: [...once.values()] })
}

function parsedFeed(text: string, url: string): Outcome<z.infer<typeof feedSchema>, FeedEntriesProblemCode> {
  let feed: unknown
  try {
    feed = parseFeed(text, { maxItems: mostEntries }).feed
  } catch (error) {
    // The parser tells what it does not know from what is broken; anything else is broken too (a stack run over).
    const isNoFeed = error instanceof Error && error.name === 'DetectError'
    return isNoFeed
      ? failure('not_a_feed', `${url} answered with something that is no RSS, Atom, RDF or JSON feed.`)
      : failure('feed_broken', `The feed at ${url} is broken: it cannot be read to its end.`)
  }
  const known = feedSchema.safeParse(feed)
  return known.success ? success(known.data) : failure('feed_broken', `The feed at ${url} lists no entries.`)
}

function readEntry(entry: z.infer<typeof entrySchema>, url: string): FeedEntry[] {
  const title = headlineText(entry.title || entry.content_text || '')
  if (title === '') return []
  const alternate = entry.links?.find(({ rel }) => rel === null || rel === undefined || rel === 'alternate')
  const link = webLink(entry.link ?? entry.url ?? alternate?.href ?? null, url)
  const publisherId = entry.guid ?? entry.id ?? entry.rdf?.about ?? ''
  const date = entry.pubDate ?? entry.published ?? entry.date_published ?? entry.updated ?? entry.dc?.dates?.[0]
  return [{ headlineId: headlineIdOf(publisherId, link, title), title, link, publishedAtMs: timeOf(date ?? null) }]
}

/**
 * Two entries may share an id and still be two (SEC's filings do), so the words count as well; the same words under
 * another link are another story.
 */
export function headlineIdOf(publisherId: string, link: string | null, title: string): string {
  const identity = JSON.stringify([publisherId.trim(), link, normalisedTitle(title) || title])
  return createHash('sha256').update(identity).digest('hex').slice(0, 32)
}

const longestLink = 2_000

function webLink(written: string | null, base: string): string | null {
  const link = written === null ? null : URL.parse(written.trim(), base)
  if (link === null || !/^https?:$/.test(link.protocol) || link.href.length > longestLink) return null
  // A name and password in a link are nobody's business.
  link.username = ''
  link.password = ''
  return link.href
}

function timeOf(written: string | null): number | null {
  const timeMs = written === null ? Number.NaN : Date.parse(written.trim())
  return Number.isSafeInteger(timeMs) && timeMs >= 0 ? timeMs : null
}
