/**
 * JSON with the keys of every object in code-unit order, no white space, and no `undefined`: equal values give equal
 * text, so that a hash over it means something. The number and string forms are those of JSON.stringify, which
 * RFC 8785 (JSON Canonicalization Scheme) prescribes too.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isRecord(value)) return scalarJson(value)
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    const comma = members === '' ? '' : ','
    members += `${comma}${JSON.stringify(key)}:${typeof member === 'object' ? canonicalJson(member) : scalarJson(member)}`
  }
  return `{${members}}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object'
}

function scalarJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new Error(`No JSON form for a ${typeof value}`)
  return text
}
