import { failure, type Outcome, success } from '@shared/contract/outcome'

export type FeedTextProblemCode = 'feed_encoding_unknown'

/** As far into a document as an XML declaration is looked for. */
const declarationBytes = 200
const declared = /^\s*<\?xml[^>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/
const charset = /charset\s*=\s*"?([A-Za-z0-9._-]{1,40})/i

const marks: readonly (readonly [label: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/**
 * The text of a feed's bytes. What it is encoded in is said, in this order of trust, by its byte order mark, by the
 * answer's Content-Type (RFC 7303, section 3) and by its XML declaration; otherwise it is UTF-8. Bytes that the encoding
 * does not know become replacement characters.
 */
export function feedText(bytes: Uint8Array, contentType: string | null): Outcome<string, FeedTextProblemCode> {
  const mark = marks.find(([, wanted]) => wanted.every((byte, at) => bytes[at] === byte))
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, declarationBytes))
  const label = mark?.[0] ?? charset.exec(contentType ?? '')?.[1] ?? declared.exec(start)?.[1] ?? 'utf-8'
  try {
    return success(new TextDecoder(label).decode(bytes))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return failure('feed_encoding_unknown', `The feed says it is written in "${label}", which is no known encoding.`)
  }
}
