import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { timeMsSchema } from '@shared/contract/candle'
import { type Headline, sentimentScorerSchema } from '@shared/contract/news'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import { headlineIdOf } from './feed-entries'
import { headlineText, sourceText } from './headline-text'

export type NewsFileProblemCode = 'news_file_unreadable' | 'news_file_broken'

/** A headline of a recording, with its score and its assets where the recording was made of a journal. */
export interface RecordedHeadline extends Headline {
  readonly scored: { readonly scorer: z.infer<typeof sentimentScorerSchema>; readonly score: number } | null
  /** Null where they are to be found in the words. */
  readonly named: readonly string[] | null
}

export interface RecordedNews {
  /** Oldest first, by the moment at which each became known. */
  readonly headlines: readonly RecordedHeadline[]
  /** SHA-256 of the file. */
  readonly newsHash: string
}

const largestFileBytes = 64 * 2 ** 20

const lineSchema = z.object({
  knownAtMs: timeMsSchema,
  title: z.string(),
  source: z.string().default('recorded'),
  link: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .nullable()
    .default(null),
  publishedAtMs: timeMsSchema.nullable().default(null),
  headlineId: z.string().min(1).max(64).optional(),
  scorer: sentimentScorerSchema.optional(),
  score: z.number().min(-1).max(1).optional(),
  assets: z.array(z.string().max(20)).max(100).optional(),
})

/**
 * Reads recorded news: JSON Lines in UTF-8, one headline a line with at least `knownAtMs` and `title`. One bad line
 * refuses the file by its number, because a run over what happened to be readable would be a run over something else.
 */
export async function readRecordedNews(path: string): Promise<Outcome<RecordedNews, NewsFileProblemCode>> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  )
  const bytes = size === null || size > largestFileBytes ? null : await readFile(path).catch(() => null)
  if (bytes === null) {
    return failure(
      'news_file_unreadable',
      `${path} cannot be read. Name a file of JSON lines of at most ${largestFileBytes} bytes.`,
    )
  }
  const byId = new Map<string, RecordedHeadline>()
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    if (line.trim() === '') continue
    const headline = readLine(line)
    if (!headline.ok) return failure('news_file_broken', `${path}, line ${index + 1}: ${headline.problem.message}.`)
    const known = byId.get(headline.value.headlineId)
    if (known === undefined || headline.value.knownAtMs < known.knownAtMs)
      byId.set(headline.value.headlineId, headline.value)
  }
  return success({
    headlines: [...byId.values()].sort(byTimeKnown),
    newsHash: createHash('sha256').update(bytes).digest('hex'),
  })
}

/** By the moment at which a headline became known, then by its id: an order that no feed or file decides. */
export function byTimeKnown(left: Headline, right: Headline): number {
  if (left.knownAtMs !== right.knownAtMs) return left.knownAtMs - right.knownAtMs
  return left.headlineId < right.headlineId ? -1 : left.headlineId > right.headlineId ? 1 : 0
}

function readLine(line: string): Outcome<RecordedHeadline, 'bad_line'> {
  const written = jsonValue(line)
  if (written === undefined) return failure('bad_line', 'it is not JSON')
  const parsed = lineSchema.safeParse(written)
  if (!parsed.success) {
    return failure(
      'bad_line',
      parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '),
    )
  }
  const { knownAtMs, link, publishedAtMs, scorer, score, assets } = parsed.data
  const title = headlineText(parsed.data.title)
  if (title === '') return failure('bad_line', 'its title has no words')
  return success({
    headlineId: parsed.data.headlineId ?? headlineIdOf('', link, title),
    title,
    source: sourceText(parsed.data.source) || 'recorded',
    link,
    publishedAtMs,
    knownAtMs,
    named: assets ?? null,
    scored: scorer === undefined || score === undefined ? null : { scorer, score },
  })
}

function jsonValue(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
