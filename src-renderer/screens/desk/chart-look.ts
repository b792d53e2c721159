import {
  type ChartOptions,
  ColorType,
  CrosshairMode,
  type DeepPartial,
  TickMarkType,
  type Time,
} from 'lightweight-charts'
import { dateOf, marketTime, minuteOf } from '../../format/times'
import type { Clock } from '../../store/desk-store'

/** The chart is drawn on a canvas, which knows no style sheet: these repeat the tokens of `theme.css`. */
export const chartColors = {
  gain: '#35c48d',
  gainFill: '#14382e',
  loss: '#ff7b72',
  still: '#8fa3bf',
  volume: '#26364a',
  entry: '#7db1ff',
  stop: '#ff7b72',
  take_profit: '#35c48d',
} as const

/** The attribution that lightweight-charts asks for stands under the chart: its own logo would need inline styles. */
export const chartLook: DeepPartial<ChartOptions> = {
  autoSize: true,
  layout: {
    background: { type: ColorType.Solid, color: 'transparent' },
    textColor: '#a5b1c0',
    fontSize: 11,
    fontFamily: 'system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif',
    attributionLogo: false,
  },
  grid: { vertLines: { color: '#171e28' }, horzLines: { color: '#171e28' } },
  crosshair: { mode: CrosshairMode.Normal },
  rightPriceScale: { borderColor: '#232c39', minimumWidth: 76 },
  timeScale: { borderColor: '#232c39', timeVisible: true, secondsVisible: false, minBarSpacing: 1 },
}

/** Axis and crosshair in UTC or in local time. */
export function timeAxis(clock: Clock): DeepPartial<ChartOptions> {
  return {
    localization: { timeFormatter: (time: Time) => marketTime(milliseconds(time), clock) },
    timeScale: {
      tickMarkFormatter: (time: Time, kind: TickMarkType) => tickText(milliseconds(time), kind, clock),
    },
  }
}

function tickText(timeMs: number, kind: TickMarkType, clock: Clock): string {
  const date = dateOf(timeMs, clock)
  switch (kind) {
    case TickMarkType.Year:
      return date.slice(0, 4)
    case TickMarkType.Month:
      return date.slice(0, 7)
    case TickMarkType.DayOfMonth:
      return date.slice(5)
    case TickMarkType.Time:
    case TickMarkType.TimeWithSeconds:
      return minuteOf(timeMs, clock)
  }
}

/** The desk gives every bar its time in seconds; the other forms of the library's type are not used. */
function milliseconds(time: Time): number {
  return typeof time === 'number' ? time * 1_000 : Number.NaN
}
