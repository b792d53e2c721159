/**
 * Works on the items in their order, on up to `atOnce` of them at one time, as long as `goesOn` says so. What was begun is
 * finished, so that the results are those of the first items, in their order and without a gap.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  goesOn: () => boolean,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const line = items.entries()
  async function serve(): Promise<void> {
    while (goesOn()) {
      const next = line.next()
      if (next.done) return
      const [place, item] = next.value
      results[place] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, serve))
  return results
}
