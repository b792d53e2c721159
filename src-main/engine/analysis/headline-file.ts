import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { sentimentLabelSchema } from '@shared/contract/sentiment'
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

/** A headline with the label that people gave it. */
export interface Headline {
  readonly text: string
  readonly label: z.infer<typeof sentimentLabelSchema>
  /** Where it comes from; null where the file does not say. */
  readonly source: string | null
}

export type HeadlineFileProblemCode = 'headline_file_unreadable' | 'headline_file_broken' | 'headline_file_empty'

const headers: readonly string[] = ['text,label', 'text,label,source']
const largestFileBytes = 64 * 2 ** 20

const longestPrinted = 120

/** What a file says is shown on terminals: without control characters, and not at any length. */
function printable(words: string): string {
  return words.replace(/\p{Cc}+/gu, ' ').slice(0, longestPrinted)
}

const rowSchema = z.object({ info: z.object({ lines: z.int() }), record: z.array(z.string()) })

const cellsSchema = z.object({
  text: z.string().trim().min(1, 'the text is empty'),
  label: z.enum(sentimentLabelSchema.options, {
    error: ({ input }) =>
      `the label is "${printable(String(input))}", not one of ${sentimentLabelSchema.options.join(', ')}`,
  }),
  source: z.string().transform(printable).nullable(),
})

/**
 * Reads labelled headlines: CSV (RFC 4180) in UTF-8 with the header `text,label` or `text,label,source`. One bad row
 * refuses the file, with its line: a score over what happened to be readable would be a score of something else.
 */
export async function readHeadlines(path: string): Promise<Outcome<readonly Headline[], HeadlineFileProblemCode>> {
  const size = await stat(path).then(
    (found) => found.size,
    () => null,
  )
  if (size !== null && size > largestFileBytes) {
    return failure('headline_file_unreadable', `${path} has more than ${largestFileBytes} bytes. Split it.`)
  }
  const bytes = size === null ? null : await readFile(path).catch(() => null)
  if (bytes === null) {
    return failure('headline_file_unreadable', `${path} cannot be read. Give a CSV file with text,label columns.`)
  }
  if (!isUtf8(bytes)) return failure('headline_file_broken', `${path} is not UTF-8. Save it as UTF-8.`)
  const rows = parseRows(path, bytes.toString('utf8'))
  return rows.ok ? toHeadlines(path, rows.value) : rows
}

type Row = z.infer<typeof rowSchema>

function parseRows(path: string, text: string): Outcome<readonly Row[], HeadlineFileProblemCode> {
  try {
    const rows: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true })
    return success(z.array(rowSchema).parse(rows))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return failure(
      'headline_file_broken',
      `${path} cannot be read as CSV: ${printable(error.message)}. Mend that line.`,
    )
  }
}

function toHeadlines(
  path: string,
  [header, ...rows]: readonly Row[],
): Outcome<readonly Headline[], HeadlineFileProblemCode> {
  if (!headers.includes(header?.record.join(',') ?? '')) {
    return failure('headline_file_broken', `${path}, line 1: the header must be ${headers.join(' or ')}.`)
  }
  const headlines: Headline[] = []
  for (const { info, record } of rows) {
    const [text, label, source = null] = record
    const cells = cellsSchema.safeParse({ text, label, source })
    if (!cells.success) {
      const fault = cells.error.issues[0]?.message ?? 'the row cannot be read'
      return failure('headline_file_broken', `${path}, line ${info.lines}: ${fault}. Mend that line.`)
    }
    headlines.push(cells.data)
  }
  if (headlines.length === 0) return failure('headline_file_empty', `${path} holds no headline below its header.`)
  return success(headlines)
}
