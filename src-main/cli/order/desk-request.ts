import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.array(z.unknown()) }),
})
const faultSchema = z.object({ path: z.string(), message: z.string() })
const answerWithinMs = 95_000

export interface DeskRequest<Answer> {
  readonly url: string
  readonly path: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
  readonly answer: z.ZodType<Answer>
}

/** Asks the running desk over its HTTP API. A step of the desk may take as long as its model thinks. */
export async function askDesk<Answer>({
  url,
  path,
  method,
  body,
  answer,
}: DeskRequest<Answer>): Promise<Outcome<Answer>> {
  if (!URL.canParse(path, url))
    return failure('invalid_address', `${url} is not an address. Use http://127.0.0.1:8080.`)
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const signal = AbortSignal.timeout(answerWithinMs)
  const told = await fetch(new URL(path, url), { method, signal, ...content })
    .then((response) => response.json())
    .catch(() => null)
  const parsed = answer.safeParse(told)
  if (parsed.success) return success(parsed.data)
  const refused = errorSchema.safeParse(told)
  if (!refused.success) {
    return failure(
      'desk_unreachable',
      `No desk answers at ${url}. Start one with "quartet serve", or name it with --url.`,
    )
  }
  const { code, message, details } = refused.data.error
  const faults = details.flatMap((detail) => {
    const fault = faultSchema.safeParse(detail)
    return fault.success ? [`${fault.data.path}: ${fault.data.message}`] : []
  })
  return failure(code, [message, ...faults].join(' '))
}
