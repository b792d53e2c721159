/**
 * JSON with the keys of every object in code-unit order, no white space, and no `undefined`: equal values give equal
 * text, so that a hash over it means something. The number and string forms are those of JSON.stringify, which
 * RFC 8785 (JSON Canonicalization Scheme) prescribes too.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members: string[] = []
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
    for (const [key, member] of entries) {
      if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
    }
    return `{${members.join(',')}}`
  }
  const text = JSON.stringify(value)
  if (text === undefined) throw new Error(`No JSON form for a ${typeof value}`)
  return text
}
