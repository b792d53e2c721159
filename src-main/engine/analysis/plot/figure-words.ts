/** A figure that is not known, and how shares are printed; the same in tables, plots and on the terminal. */
export const notKnown = 'n/a'

export const shareText = (share: number | null): string => (share === null ? notKnown : share.toFixed(3))

/** A fraction as a percentage with its sign: a return. */
export function returnText(fraction: number | null): string {
  if (fraction === null) return notKnown
  const percent = (fraction * 100).toFixed(2)
  return `${fraction > 0 ? '+' : ''}${percent} %`
}
