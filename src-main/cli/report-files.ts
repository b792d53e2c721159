import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome } from '@shared/contract/outcome'
import { writePage } from './page-file'

/** `report.json` and `report.html` in the folder, which is made; the page stands alone. Answers with its path. */
export function writeReport(dir: string, document: unknown, page: string): Outcome<string, 'report_unwritable'> {
  try {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'report.json'), `${JSON.stringify(document, null, 2)}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failure('report_unwritable', `${dir} cannot be written: ${reason}. Name another folder.`)
  }
  return writePage(join(dir, 'report.html'), page)
}
