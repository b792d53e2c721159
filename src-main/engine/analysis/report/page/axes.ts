/** Scales and their ticks: where a value lies in a picture, and which values are written beside it. */

export type Scale = (value: number) => number

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Extent {
  readonly low: number
  readonly high: number
}

/** Maps [extent.low, extent.high] to [from, to]; an extent without width lies in the middle. */
export function linearScale({ low, high }: Extent, from: number, to: number): Scale {
  const width = high - low
  return (value) => (width === 0 ? (from + to) / 2 : from + ((value - low) / width) * (to - from))
}

/** As `linearScale`, over the logarithms; for values above zero. */
export function logScale({ low, high }: Extent, from: number, to: number): Scale {
  const scale = linearScale({ low: Math.log(low), high: Math.log(high) }, from, to)
  return (value) => scale(Math.log(value))
}

/** Low and high of all lists together, with what must be inside; from 0 to 1 where there is nothing. */
export function extentOf(lists: readonly (readonly number[])[], inside: readonly number[] = []): Extent {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const list of [...lists, inside]) {
    for (const value of list) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return low > high ? { low: 0, high: 1 } : { low, high }
}

/** The extent with a little air above and below. */
export function airy({ low, high }: Extent, share = 0.04): Extent {
  const air = (high - low) * share || Math.abs(high) * share || share
  return { low: low - air, high: high + air }
}

const wantedTicks = 5

/** Round values inside the extent, a 1, 2 or 5 apart. */
export function valueTicks({ low, high }: Extent, label: (value: number, step: number) => string): Tick[] {
  const width = high - low
  if (!(width > 0) || !Number.isFinite(width)) return [{ at: low, label: label(low, 1) }]
  const rough = width / wantedTicks
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const ticks: Tick[] = []
  for (let place = Math.ceil(low / step); place * step <= high; place += 1) {
    ticks.push({ at: place * step, label: label(place * step, step) })
  }
  return ticks
}

/** Round values for a logarithmic scale: 1, 2 and 5 times the powers of ten, and more of them over a short way. */
export function logTicks({ low, high }: Extent, label: (value: number, step: number) => string): Tick[] {
  const ticks: Tick[] = []
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const factor of high / low < shortWay ? denseFactors : sparseFactors) {
      const at = factor * power
      if (at >= low && at <= high) ticks.push({ at, label: label(at, power) })
    }
  }
  return ticks.length < leastLogTicks ? valueTicks({ low, high }, label) : ticks
}

const leastLogTicks = 2
const shortWay = 20
const sparseFactors = [1, 2, 5] as const
const denseFactors = [1, 1.5, 2, 3, 4, 5, 7] as const

/** Decimals that tell values `step` apart. */
export function decimalsFor(step: number): number {
  return Math.max(0, Math.min(12, -Math.floor(Math.log10(step) + 1e-9)))
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const evenSteps = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10_080, 20_160].map((minutes) => minutes * minuteMs)
const monthSteps = [1, 2, 3, 6, 12, 24, 60] as const
const mostTimeTicks = 9

/** UTC times at even distances or at the first of a month. */
export function timeTicks({ low, high }: Extent): Tick[] {
  const step = evenSteps.find((candidate) => (high - low) / candidate <= mostTimeTicks)
  if (step === undefined) return monthTicks(low, high)
  const ticks: Tick[] = []
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const iso = new Date(at).toISOString()
    const isDay = at % dayMs === 0
    ticks.push({ at, label: isDay || step >= dayMs ? iso.slice(5, 10) : iso.slice(11, 16) })
  }
  return ticks
}

function monthTicks(low: number, high: number): Tick[] {
  const first = new Date(low)
  const months = (high - low) / (30 * dayMs)
  const step = monthSteps.find((candidate) => months / candidate <= mostTimeTicks) ?? 120
  const ticks: Tick[] = []
  const startMonth = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step
  for (let month = startMonth; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12)
    if (at > high) return ticks
    if (at >= low) ticks.push({ at, label: new Date(at).toISOString().slice(0, step % 12 === 0 ? 4 : 7) })
  }
}
