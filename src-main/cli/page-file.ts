import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { wholeFile } from '../engine/whole-file'

/** Writes a page into a file, which is there as a whole or not at all; answers with its full path. */
export function writePage(file: string, page: string): Outcome<string, 'report_unwritable'> {
  const path = resolve(file)
  const whole = wholeFile(path)
  try {
    writeFileSync(whole.unfinishedPath, page)
    whole.finish()
    return success(path)
  } catch (error) {
    whole.abandon()
    const reason = error instanceof Error ? error.message : String(error)
    return failure('report_unwritable', `${path} cannot be written: ${reason}. Name a file in a folder that is there.`)
  }
}
