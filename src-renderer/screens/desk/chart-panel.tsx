import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import { ChevronsRight, ZoomIn, ZoomOut } from 'lucide-react'
import { type ReactNode, type Ref, useImperativeHandle, useMemo } from 'react'
import { count, price } from '../../format/figures'
import { clockName } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import { candlesOf, selectActivity, selectDecisions, selectSymbol, selectTimeframe } from '../../store/selectors'
import { CandleLegend } from './candle-legend'
import { chartLevels, chartMarkers, fillTextsIn } from './chart-marks'
import { SymbolTabs } from './symbol-tabs'
import { type ChartControls, useCandleChart } from './use-candle-chart'

export type { ChartControls } from './use-candle-chart'

/** The market of the chosen symbol: candles, what was decided and filled on them, the exits of the open position. */
export function ChartPanel({ controls }: { readonly controls: Ref<ChartControls> }) {
  const symbol = useDesk(selectSymbol)
  return (
    <section
      aria-label="Market"
      className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-md border border-line bg-surface"
    >
      <SymbolTabs />
      {symbol !== null && <SymbolChart symbol={symbol} controls={controls} />}
    </section>
  )
}

interface SymbolChartProps {
  readonly symbol: MarketSymbol
  readonly controls: Ref<ChartControls>
}

function SymbolChart({ symbol, controls }: SymbolChartProps) {
  const timeframe = useDesk(selectTimeframe)
  const candles = useDesk(candlesOf(symbol))
  const rows = useDesk(selectDecisions)
  const activity = useDesk(selectActivity)
  const clock = useDesk((state) => state.clock)
  const runId = useDesk((state) => state.picture?.snapshot.run?.runId ?? '')
  const position = useDesk((state) => state.picture?.snapshot.account.positions.find((held) => held.symbol === symbol))

  const markers = useMemo(() => chartMarkers(symbol, rows, activity), [symbol, rows, activity])
  const levels = useMemo(() => chartLevels(position), [position])
  const chart = useCandleChart({ key: `${runId} ${symbol} ${timeframe}`, candles, markers, levels, clock })
  useImperativeHandle(controls, () => chart.controls, [chart.controls])

  const last = candles.at(-1)
  const told = candles.findLast((candle) => candle.openTimeMs === chart.hoveredMs) ?? last
  return (
    <>
      <div className="relative min-h-0 flex-1">
        <div
          ref={chart.container}
          role="img"
          aria-label={`Candles of ${symbol}, ${timeframe}${last === undefined ? '' : `, last close ${price(last.close)}`}`}
          className="absolute inset-0"
        />
        {told !== undefined && (
          <CandleLegend
            candle={told}
            clock={clock}
            fills={fillTextsIn(symbol, activity, told.openTimeMs, told.openTimeMs + timeframeMs[timeframe])}
          />
        )}
      </div>
      <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line px-3 text-2xs text-faint">
        <span data-chart-view className="whitespace-nowrap">
          {count(chart.inView)} of {count(candles.length)} candles in view, {clockName(clock)}
        </span>
        <span className="hidden truncate 2xl:inline">
          Arrows: decisions (grey: no order). Dots: fills at their price.
        </span>
        <a
          href="https://www.tradingview.com/"
          target="_blank"
          rel="noreferrer noopener"
          className="ml-auto truncate underline decoration-edge underline-offset-2 hover:text-ink"
        >
          Charts by TradingView Lightweight Charts™
        </a>
        <span className="flex shrink-0">
          <ChartButton label="Zoom out of the chart" onClick={() => chart.controls.zoom('out')}>
            <ZoomOut aria-hidden className="size-3.5" />
          </ChartButton>
          <ChartButton label="Zoom into the chart" onClick={() => chart.controls.zoom('in')}>
            <ZoomIn aria-hidden className="size-3.5" />
          </ChartButton>
          <ChartButton label="Back to the latest candle" onClick={chart.controls.showLatest}>
            <ChevronsRight aria-hidden className="size-3.5" />
          </ChartButton>
        </span>
      </footer>
    </>
  )
}

interface ChartButtonProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function ChartButton({ label, onClick, children }: ChartButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="grid size-6 place-items-center rounded text-soft hover:bg-raised hover:text-ink"
    >
      {children}
    </button>
  )
}
