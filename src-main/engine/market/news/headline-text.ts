import { longestSource, longestTitle } from '@shared/contract/news'

const markup = /<[a-z/!?][^<>]{0,2000}>/gi
const namedCharacters: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}
const characterReference = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi
/** Control, format, private and unassigned characters, and every kind of space: none of them is a word. */
const unprintable = /[\p{C}\p{Z}]+/gu
/** Far more than any headline, and little enough that cleaning it costs nothing. */
const mostRead = 20_000

/** A feed's words as one line of plain text: without markup, control or invisible characters, and cut to a length. */
export function headlineText(written: string, most: number = longestTitle): string {
  const line = decoded(written.slice(0, mostRead).replace(markup, ' '))
    .normalize('NFC')
    .replace(unprintable, ' ')
    .trim()
  return shortened(line, most)
}

export function sourceText(written: string): string {
  return headlineText(written, longestSource)
}

/** What tells two wordings apart: not their case, and not how their words are spaced or quoted. */
export function normalisedTitle(title: string): string {
  return title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** Feeds escape twice as often as not: what is left after the parser is decoded once more. */
function decoded(text: string): string {
  return text.replace(characterReference, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return namedCharacters[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : ' '
  })
}

/** Cut between two characters, never inside one. */
function shortened(line: string, most: number): string {
  if (line.length <= most) return line
  const cut = line.slice(0, most - 1)
  const lastUnit = cut.charCodeAt(cut.length - 1)
  const isHalf = lastUnit >= 0xd800 && lastUnit <= 0xdbff
  return `${isHalf ? cut.slice(0, -1) : cut}…`
}
