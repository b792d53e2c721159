import type { Candle } from '@shared/contract/candle'
import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineStyle,
  type Time,
} from 'lightweight-charts'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { price, priceDecimals } from '../../format/figures'
import type { Clock } from '../../store/desk-store'
import { chartColors, chartLook, timeAxis } from './chart-look'
import { barTime, type ChartLevel, type ChartMarker } from './chart-marks'

export interface CandleChartContent {
  /** Another key is another chart: it starts at its own latest candles. */
  readonly key: string
  /** Oldest first. */
  readonly candles: readonly Candle[]
  readonly markers: readonly ChartMarker[]
  readonly levels: readonly ChartLevel[]
  readonly clock: Clock
}

export interface ChartControls {
  zoom(direction: 'in' | 'out'): void
  showLatest(): void
}

export interface CandleChart {
  readonly container: RefObject<HTMLDivElement | null>
  readonly controls: ChartControls
  /** How many of the candles are in view. */
  readonly inView: number
  /** Open time of the candle under the pointer; null when it is elsewhere. */
  readonly hoveredMs: number | null
}

interface Parts {
  readonly chart: IChartApi
  readonly prices: ISeriesApi<'Candlestick'>
  readonly volumes: ISeriesApi<'Histogram'>
  readonly marks: ISeriesMarkersPluginApi<Time>
  lines: IPriceLine[]
  drawn: { readonly key: string; readonly candles: readonly Candle[] }
}

const BARS_AT_FIRST = 120
/** Empty bars right of the latest candle. */
const ROOM_AT_RIGHT = 8
const ZOOM_STEP = 1.25

/**
 * The one place that touches lightweight-charts: makes the chart, keeps it true to `content`, removes it. A new
 * candle is added to what is there, so the zoom and the place that the user chose stay as they are.
 */
export function useCandleChart(content: CandleChartContent): CandleChart {
  const container = useRef<HTMLDivElement>(null)
  const parts = useRef<Parts | null>(null)
  // The chart takes a new spacing with its next frame: keys that are pressed within one count from what was asked for.
  const asked = useRef<number | null>(null)
  const [inView, setInView] = useState(0)
  const [hoveredMs, setHoveredMs] = useState<number | null>(null)

  useEffect(() => {
    if (container.current === null) return
    const made = makeChart(container.current)
    parts.current = made
    made.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range === null) return
      const lastBar = made.drawn.candles.length - 1
      setInView(Math.max(0, Math.round(Math.min(range.to, lastBar) - Math.max(range.from, 0)) + 1))
    })
    made.chart.subscribeCrosshairMove(({ time }) => setHoveredMs(typeof time === 'number' ? time * 1_000 : null))
    return () => {
      parts.current = null
      made.chart.remove()
    }
  }, [])

  const { key, candles, markers, levels, clock } = content
  useEffect(() => {
    if (parts.current !== null) drawCandles(parts.current, key, candles)
  }, [key, candles])
  useEffect(() => {
    parts.current?.marks.setMarkers([...markers])
  }, [markers])
  useEffect(() => {
    if (parts.current !== null) drawLevels(parts.current, levels)
  }, [levels])
  useEffect(() => {
    parts.current?.chart.applyOptions(timeAxis(clock))
  }, [clock])

  const [controls] = useState<ChartControls>(() => ({
    zoom(direction) {
      const scale = parts.current?.chart.timeScale()
      const spacing = asked.current ?? scale?.options().barSpacing
      if (spacing === undefined) return
      asked.current = direction === 'in' ? spacing * ZOOM_STEP : spacing / ZOOM_STEP
      scale?.applyOptions({ barSpacing: asked.current })
      requestAnimationFrame(() => {
        asked.current = null
      })
    },
    showLatest() {
      parts.current?.chart.timeScale().scrollToRealTime()
    },
  }))

  return { container, controls, inView, hoveredMs }
}

function makeChart(container: HTMLElement): Parts {
  const chart = createChart(container, chartLook)
  const prices = chart.addSeries(CandlestickSeries, {
    upColor: chartColors.gainFill,
    downColor: chartColors.loss,
    borderUpColor: chartColors.gain,
    borderDownColor: chartColors.loss,
    wickUpColor: chartColors.gain,
    wickDownColor: chartColors.loss,
  })
  const volumes = chart.addSeries(HistogramSeries, {
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    color: chartColors.volume,
    lastValueVisible: false,
    priceLineVisible: false,
  })
  chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } })
  prices.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.2 } })
  return {
    chart,
    prices,
    volumes,
    marks: createSeriesMarkers<Time>(prices, []),
    lines: [],
    drawn: { key: '', candles: [] },
  }
}

function drawCandles(parts: Parts, key: string, candles: readonly Candle[]): void {
  const before = parts.drawn
  parts.drawn = { key, candles }
  const scale = parts.chart.timeScale()
  if (before.key === key && continues(before.candles, candles)) {
    for (const candle of candles.slice(before.candles.length)) {
      parts.prices.update(priceBar(candle))
      parts.volumes.update(volumeBar(candle))
    }
    return
  }

  const last = candles.at(-1)
  if (last !== undefined) parts.prices.applyOptions({ priceFormat: priceFormat(last.close) })
  const atLatest = scale.scrollPosition() >= 0
  const range = scale.getVisibleRange()
  parts.prices.setData(candles.map(priceBar))
  parts.volumes.setData(candles.map(volumeBar))
  if (before.key !== key || before.candles.length === 0) {
    scale.setVisibleLogicalRange({ from: candles.length - BARS_AT_FIRST, to: candles.length - 1 + ROOM_AT_RIGHT })
  } else if (!atLatest && range !== null) {
    scale.setVisibleRange(range)
  }
}

/** Whether `after` only adds to the end of what is drawn. */
function continues(drawn: readonly Candle[], after: readonly Candle[]): boolean {
  const last = drawn.at(-1)
  return (
    last !== undefined &&
    drawn[0]?.openTimeMs === after[0]?.openTimeMs &&
    after[drawn.length - 1]?.openTimeMs === last.openTimeMs
  )
}

function drawLevels(parts: Parts, levels: readonly ChartLevel[]): void {
  for (const line of parts.lines) parts.prices.removePriceLine(line)
  parts.lines = levels.map((level) =>
    parts.prices.createPriceLine({
      price: level.price,
      title: level.title,
      color: chartColors[level.kind],
      lineWidth: 1,
      lineStyle: level.kind === 'entry' ? LineStyle.Solid : LineStyle.Dashed,
      axisLabelVisible: true,
    }),
  )
}

function priceBar(candle: Candle): CandlestickData<Time> {
  const { open, high, low, close } = candle
  return { time: barTime(candle.openTimeMs), open, high, low, close }
}

function volumeBar(candle: Candle): HistogramData<Time> {
  return { time: barTime(candle.openTimeMs), value: candle.volume }
}

function priceFormat(around: number) {
  return { type: 'custom' as const, minMove: 10 ** -priceDecimals(around), formatter: price }
}
