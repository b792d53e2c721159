import { TriangleAlert } from 'lucide-react'
import { ForeignText } from '../../components/foreign-text'
import { marketTime } from '../../format/times'
import { useDesk, useDeskSession } from '../../store/desk-context'
import type { DeskScreenState } from '../../store/desk-store'

/** Says that what is shown may be old, and why, or that the market is not heard; takes no room while all is well. */
export function Banner() {
  const text = useDesk(bannerText)
  const feedText = useDesk(marketText)
  const session = useDeskSession()
  if (text === null) return feedText === null ? null : <MarketTrouble text={feedText} />
  return (
    <div
      role="alert"
      className="flex shrink-0 items-center gap-3 rounded-md border border-warn/50 bg-warn/10 px-3 py-1.5 text-xs"
    >
      <TriangleAlert aria-hidden className="size-4 shrink-0 text-warn" />
      <span className="min-w-0 [overflow-wrap:anywhere]">{text}</span>
      <button
        type="button"
        onClick={session.retryNow}
        className="ml-auto shrink-0 rounded border border-warn/60 px-2 py-0.5 font-semibold text-warn hover:bg-warn/20"
      >
        Try now
      </button>
    </div>
  )
}

function MarketTrouble({ text }: { readonly text: string }) {
  return (
    <div
      role="alert"
      className="flex shrink-0 items-center gap-3 rounded-md border border-warn/50 bg-warn/10 px-3 py-1.5 text-xs"
    >
      <TriangleAlert aria-hidden className="size-4 shrink-0 text-warn" />
      <ForeignText text={text} className="min-w-0" />
    </div>
  )
}

/** What is wrong with the live market, and since when; the engine mends it by itself as soon as it can. */
function marketText({ picture, clock }: DeskScreenState): string | null {
  const feed = picture?.snapshot.feed ?? null
  if (feed === null || feed.state === 'sound') return null
  return `The market has been ${feed.state} since ${marketTime(feed.sinceMs, clock)}: ${feed.reason}`
}

function bannerText(state: DeskScreenState): string | null {
  if (state.link.phase === 'stopped') return state.link.reason
  if (state.link.phase === 'reconnecting') {
    return `${state.link.reason} The screen shows what it last knew and reads everything again once it is connected.`
  }
  return state.problem?.message ?? null
}
