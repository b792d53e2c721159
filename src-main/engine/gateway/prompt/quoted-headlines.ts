import type { QuotedHeadline } from '@shared/contract/news'
import { fenced } from './market-document'

/** In characters: a decision's prompt stays short, and a headline says what it has to say early. */
const longestQuotation = 160
const longestSource = 40
/** Letters, digits and the punctuation of plain sentences. Everything that a chat template is built of stays out. */
const unquotable = /[^\p{L}\p{N}\p{M}.,:;!?'"’‘“”()%$€£¥&+/@ -]+/gu
const dashes = /-{2,}/g
const minutesOfHour = 60

/**
 * Somebody else's words as a model may be shown them: one line of plain sentences, without the characters that control
 * tokens, fences and roles are written with (`<|im_start|>`, `[INST]`, `###`, a line of dashes), and cut to a length.
 * Compatibility forms are folded first, because a full-width bar is a bar to some vocabularies.
 */
export function quotedText(text: string, most: number = longestQuotation): string {
  const plain = text.normalize('NFKC').replace(unquotable, ' ').replace(dashes, '-').replace(/ {2,}/g, ' ').trim()
  const cut = Array.from(plain).slice(0, most).join('')
  return cut.length < plain.length ? cut.trimEnd() : cut
}

/** The headlines of a context, a line each behind a ">" that no headline can hold, between two lines of dashes. */
export function quotedHeadlines(headlines: readonly QuotedHeadline[]): string {
  if (headlines.length === 0) return 'headlines none'
  const lines = headlines.map(
    ({ title, source, ageMinutes }) =>
      `> ${ageText(ageMinutes)} ${quotedText(source, longestSource)}: ${quotedText(title)}`,
  )
  return `headlines\n${fenced(lines)}`
}

function ageText(minutes: number): string {
  return minutes < minutesOfHour ? `${minutes}m` : `${Math.floor(minutes / minutesOfHour)}h`
}
