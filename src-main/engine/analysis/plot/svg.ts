type Attributes = Readonly<Record<string, string | number>>

/** Pieces of SVG as text. Everything that is not markup goes through `escaped`: names and sources come from files. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

/** `anchor` is where (x, y) lies in the text. */
export function text(
  x: number,
  y: number,
  words: string,
  { look = 'plain', anchor = 'start' }: { readonly look?: string; readonly anchor?: 'start' | 'middle' | 'end' } = {},
): string {
  return element('text', { x, y, class: look, 'text-anchor': anchor }, escaped(words))
}

export function escaped(words: string): string {
  return [...words]
    .filter(isAllowed)
    .map((character) => entities[character] ?? character)
    .join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const firstPrintable = 0x20
const surrogates = { from: 0xd800, to: 0xdfff } as const
const noCharacters = 0xfffe

/** XML 1.0 cannot hold control characters, halves of a pair and the two non-characters, not even escaped. */
function isAllowed(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  const isHalf = code >= surrogates.from && code <= surrogates.to
  return code >= firstPrintable && !isHalf && code !== noCharacters && code !== noCharacters + 1
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100)
