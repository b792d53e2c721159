import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Labelled headlines that lie beside a checkout, not in it: other people's text, for measurements only. */
const file = fileURLToPath(new URL('../../../shared/data/sentiment/headlines.csv', import.meta.url))

/** The file's path; null with a printed reason where it is absent. */
export function labelledHeadlines(): string | null {
  if (existsSync(file)) return file
  console.warn(`Not measured on labelled headlines: ${file} is not there.`)
  return null
}
