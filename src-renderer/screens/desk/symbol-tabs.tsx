import type { MarketSymbol } from '@shared/contract/candle'
import { SignedFigure } from '../../components/signed-figure'
import { price, signedPercent } from '../../format/figures'
import { useDesk, useDeskContext } from '../../store/desk-context'
import { candlesOf, selectSymbol, selectSymbols } from '../../store/selectors'

/** The watchlist: one button for each symbol of the run, with its last close and how it moved in the last candle. */
export function SymbolTabs() {
  const symbols = useDesk(selectSymbols)
  return (
    <nav
      aria-label="Watchlist"
      className="flex h-11 shrink-0 items-stretch gap-1 overflow-x-auto border-b border-line px-1"
    >
      {symbols.map((symbol) => (
        <SymbolTab key={symbol} symbol={symbol} />
      ))}
    </nav>
  )
}

function SymbolTab({ symbol }: { readonly symbol: MarketSymbol }) {
  const { store } = useDeskContext()
  const shown = useDesk((state) => selectSymbol(state) === symbol)
  const held = useDesk((state) =>
    (state.picture?.snapshot.account.positions ?? []).some((position) => position.symbol === symbol),
  )
  const candles = useDesk(candlesOf(symbol))
  const last = candles.at(-1)
  const before = candles.at(-2)
  const change = last === undefined || before === undefined ? 0 : last.close / before.close - 1
  return (
    <button
      type="button"
      aria-current={shown}
      onClick={() => store.setState({ chosenSymbol: symbol })}
      className={`shrink-0 border-b-2 px-3 text-left leading-tight hover:bg-raised ${shown ? 'border-accent' : 'border-transparent text-soft'}`}
    >
      <span className="flex items-center gap-1.5 text-xs font-semibold">
        {symbol}
        {held && <span className="rounded bg-raised px-1 text-[0.625rem] font-medium text-soft">held</span>}
      </span>
      <span className="flex gap-2 text-2xs">
        <span className="min-w-[4.5rem]">{last === undefined ? 'no candles' : price(last.close)}</span>
        <SignedFigure text={signedPercent(change)} value={change} />
      </span>
    </button>
  )
}
