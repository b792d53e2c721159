import { ArrowUp } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { Panel } from '../../components/panel'
import { count } from '../../format/figures'
import { MODEL_PROBABILITY_NOTE, STARTER_PROBABILITY_NOTE } from '../../format/model-names'
import { clockName } from '../../format/times'
import { useDesk, useDeskContext } from '../../store/desk-context'
import type { DecisionRow } from '../../store/desk-picture'
import { selectDecisions } from '../../store/selectors'
import { DecisionItem } from './decision-item'

/** Rows in the page at first, and how many more each press of the button below them brings. */
const ROWS_STEP = 40
/** Scrolled further than this, the user is reading: the list stands still until they come back to the top. */
const READING_FROM_PX = 32

/**
 * The decisions, newest first. While the user reads further down, has a decision open or walks the list by keyboard,
 * nothing moves under their eyes: new ones are counted and come in when asked for.
 */
export function DecisionFeed() {
  const { store } = useDeskContext()
  const rows = useDesk(selectDecisions)
  const clock = useDesk((state) => state.clock)
  const [held, setHeld] = useState<readonly DecisionRow[] | null>(null)
  const [openId, setOpenId] = useState<string | null>(null)
  const [most, setMost] = useState(ROWS_STEP)
  const list = useRef<HTMLDivElement>(null)

  const shown = useMemo(() => withLatestFates((held ?? rows).slice(0, most), rows), [held, rows, most])
  const arrived = held === null ? 0 : arrivedSince(held, rows)
  const starterShown = shown.some(({ decision }) => decision.servedBy === 'starter')

  const standStill = useCallback(
    (still: boolean) => setHeld((before) => (still ? (before ?? selectDecisions(store.getState())) : null)),
    [store],
  )
  const isScrolled = useCallback(() => (list.current?.scrollTop ?? 0) > READING_FROM_PX, [])
  const toggle = useCallback(
    (decisionId: string) => {
      const opens = decisionId !== openId
      setOpenId(opens ? decisionId : null)
      standStill(opens || isScrolled())
    },
    [openId, standStill, isScrolled],
  )
  const scrolled = (): void => {
    if (isScrolled()) standStill(true)
    else if (openId === null) standStill(false)
  }
  const walk = useCallback(
    (to: EventTarget | null) => {
      const within = to instanceof Node && list.current?.contains(to) === true
      if (within || openId !== null || isScrolled()) standStill(true)
      else standStill(false)
    },
    [openId, standStill, isScrolled],
  )
  const showNewest = (): void => {
    setOpenId(null)
    standStill(false)
    setMost(ROWS_STEP)
    list.current?.scrollTo({ top: 0 })
  }

  return (
    <Panel
      title="Decisions"
      className="relative flex-1"
      aside={<span className="text-2xs text-faint">newest first, {clockName(clock)}</span>}
    >
      <p className="shrink-0 border-b border-line bg-ground/40 px-3 py-1 text-2xs text-soft">
        {starterShown ? STARTER_PROBABILITY_NOTE : MODEL_PROBABILITY_NOTE}
      </p>
      {arrived > 0 && (
        <button
          type="button"
          onClick={showNewest}
          className="absolute top-20 left-1/2 z-10 inline-flex -translate-x-1/2 items-center gap-1 rounded-full border border-accent bg-raised px-3 py-1 text-xs font-semibold text-accent shadow-lg"
        >
          <ArrowUp aria-hidden className="size-3.5" />
          {count(arrived)} new
        </button>
      )}
      <div ref={list} onScroll={scrolled} className="min-h-0 flex-1 overflow-y-auto [scrollbar-gutter:stable]">
        {rows.length === 0 && (
          <p className="p-4 text-xs text-faint">No decision yet. The first comes with the next closed candle.</p>
        )}
        <ol aria-label="Decisions">
          {shown.map((row) => (
            <DecisionItem
              key={row.decision.decisionId}
              row={row}
              open={row.decision.decisionId === openId}
              clock={clock}
              onToggle={toggle}
              onWalk={walk}
            />
          ))}
        </ol>
        {(held ?? rows).length > shown.length && (
          <button
            type="button"
            onClick={() => {
              standStill(true)
              setMost((before) => before + ROWS_STEP)
            }}
            className="w-full py-2 text-xs font-medium text-accent hover:bg-raised"
          >
            Show older decisions
          </button>
        )}
      </div>
    </Panel>
  )
}

/** A list that stands still may still learn what became of its decisions. */
function withLatestFates(shown: readonly DecisionRow[], rows: readonly DecisionRow[]): readonly DecisionRow[] {
  const latest = new Map(rows.map((row) => [row.decision.decisionId, row]))
  return shown.map((row) => latest.get(row.decision.decisionId) ?? row)
}

function arrivedSince(held: readonly DecisionRow[], rows: readonly DecisionRow[]): number {
  const newest = held[0]?.decision.decisionId
  const at = rows.findIndex((row) => row.decision.decisionId === newest)
  return at === -1 ? rows.length : at
}
