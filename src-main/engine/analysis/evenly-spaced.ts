/** `count` of the items, each from the middle of one of `count` stretches of equal length; all of them if they are fewer. */
export function evenlySpaced<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (count >= items.length) return items
  const middle = (stretch: number): number => Math.floor(((stretch + 0.5) * items.length) / count)
  const chosen = new Set(Array.from({ length: count }, (_, stretch) => middle(stretch)))
  return items.filter((_, index) => chosen.has(index))
}
