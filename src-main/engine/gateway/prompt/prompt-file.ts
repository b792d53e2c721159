import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** A prompt as it stands in `resources/prompts`; the README there says what each field does. */
export const promptFileSchema = z.strictObject({
  version: z.string().min(1),
  form: z.enum(['template', 'instruction']),
  instruction: z.string().min(1),
  marketHeading: z.string(),
  stub: z.string(),
  answers: z.enum(['letters', 'words']),
  questions: z
    .array(
      z.strictObject({
        name: z.string(),
        text: z.string(),
        reorder: z.boolean(),
        options: z.array(z.strictObject({ meaning: z.string(), text: z.string() })).min(2),
      }),
    )
    .min(1),
  rationale: z.strictObject({ after: z.string(), before: z.string() }).nullable(),
})

export type PromptFile = Readonly<z.infer<typeof promptFileSchema>>
export type PromptForm = PromptFile['form']

/** The prompts of the desk's models, by the form that a model wants. */
export interface PromptBook {
  readonly decision: Readonly<Record<PromptForm, PromptFile>>
  /** For decisions on a context that may hold headlines, which only models with a chat template are shown. */
  readonly decisionWithNews: PromptFile
  readonly sentiment: Readonly<Record<PromptForm, PromptFile>>
}

/** Reads the product's own prompts; a file that is missing or wrong is a broken installation and throws. */
export function readPromptBook(dir: string): PromptBook {
  const read = (name: string): PromptFile => promptFileSchema.parse(JSON.parse(readFileSync(join(dir, name), 'utf8')))
  return {
    decision: { template: read('decision.json'), instruction: read('fingpt-decision.json') },
    decisionWithNews: read('decision-news.json'),
    sentiment: { template: read('sentiment.json'), instruction: read('fingpt-sentiment.json') },
  }
}
