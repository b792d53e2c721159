import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type EvaluationFigure, evaluationFigure } from '../engine/analysis/plot/evaluation-figure'
import { wholeFile } from '../engine/whole-file'

/** Draws the figure into a file, which is there as a whole or not at all; answers with its full path. */
export function writeFigure(file: string, figure: EvaluationFigure): Outcome<string, 'plot_unwritable'> {
  const path = resolve(file)
  const whole = wholeFile(path)
  try {
    writeFileSync(whole.unfinishedPath, evaluationFigure(figure))
    whole.finish()
    return success(path)
  } catch (error) {
    whole.abandon()
    const reason = error instanceof Error ? error.message : String(error)
    return failure('plot_unwritable', `${path} cannot be written: ${reason}. Name a file in a folder that is there.`)
  }
}
