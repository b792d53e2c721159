/** How figures are written in a report; `n/a` where one is not known. */
export const notKnown = 'n/a'

const minus = '\u2212'
/** Keeps a number and its unit on one line. */
const tie = '\u00a0'
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Below it, minutes say more than hours. */
const shortSpanMs = 90 * minuteMs

/** "+1.25 %", "−0.40 %": a return, with its sign. */
export function percentText(fraction: number | null, places = 2): string {
  return fraction === null ? notKnown : `${percentDigits(fraction, places)}${tie}%`
}

/** As `percentText`, without the unit: for columns that name it. */
export function percentDigits(fraction: number, places: number): string {
  const digits = Math.abs(fraction * 100).toFixed(places)
  if (Number(digits) === 0) return digits
  return `${fraction < 0 ? minus : '+'}${digits}`
}

/** "12.5 %": a share, without a sign. */
export function shareText(fraction: number | null, places = 1): string {
  return fraction === null ? notKnown : `${(fraction * 100).toFixed(places).replace('-', minus)}${tie}%`
}

/** "1.42": a ratio. */
export function ratioText(value: number | null, places = 2): string {
  return value === null ? notKnown : value.toFixed(places).replace('-', minus)
}

/** "12,345.67": an amount of the quote asset, from text or float. */
export function moneyText(value: string | number | null, places = 2): string {
  if (value === null) return notKnown
  const number = Number(value)
  const text = Math.abs(number).toLocaleString('en-US', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
  return number < 0 && /[1-9]/.test(text) ? `${minus}${text}` : text
}

/** A price with as many digits as it needs: "43,216.98", "0.00000812". */
export function priceText(value: string | number): string {
  const number = Number(value)
  const digits = 7
  const places = number === 0 ? 0 : Math.min(12, Math.max(2, digits - 1 - Math.floor(Math.log10(Math.abs(number)))))
  const text = number.toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: number >= 1 ? 2 : places,
  })
  return text
}

/** "2021-05-17". */
export function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 'yyyy-mm-dd'.length)
}

/** "2021-05-17 06:00", UTC. */
export function minuteText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length).replace('T', ' ')
}

/** "45 min", "6.5 h", "12.3 d". */
export function spanText(spanMs: number | null): string {
  if (spanMs === null) return notKnown
  if (spanMs < shortSpanMs) return `${Math.round(spanMs / minuteMs)} min`
  if (spanMs < 2 * dayMs) return `${(spanMs / hourMs).toFixed(1)} h`
  return `${(spanMs / dayMs).toFixed(1)} d`
}

/** "17,494": a count. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}
