import { ChevronRight } from 'lucide-react'
import { memo, useId } from 'react'
import { ActionTag } from '../../components/action-tag'
import { ForeignText } from '../../components/foreign-text'
import { ProbabilityBar } from '../../components/probability-bar'
import { percent } from '../../format/figures'
import { routeText } from '../../format/model-names'
import { shortTime } from '../../format/times'
import type { DecisionRow } from '../../store/desk-picture'
import type { Clock } from '../../store/desk-store'
import { DecisionDetail } from './decision-detail'
import { DECISION_BUTTON } from './decision-focus'
import { FateTag } from './fate-tag'

interface Props {
  readonly row: DecisionRow
  readonly open: boolean
  readonly clock: Clock
  readonly onToggle: (decisionId: string) => void
  /** Told where the keyboard focus goes when it comes to this decision or leaves it. */
  readonly onWalk: (to: EventTarget | null) => void
}

/** One decision in the feed; drawn again only when it or its fate changes. */
export const DecisionItem = memo(function DecisionItem({ row, open, clock, onToggle, onWalk }: Props) {
  const { decision, fate } = row
  const detailId = useId()
  return (
    <li className="relative border-b border-line px-3 py-2 hover:bg-raised/50 has-[button:focus-visible]:bg-raised/70">
      <button
        type="button"
        {...{ [DECISION_BUTTON]: true }}
        aria-expanded={open}
        aria-controls={open ? detailId : undefined}
        onClick={() => onToggle(decision.decisionId)}
        onFocus={(event) => onWalk(event.currentTarget)}
        onBlur={(event) => onWalk(event.relatedTarget)}
        className="flex w-full items-center gap-1.5 text-left text-xs xl:gap-2 after:absolute after:inset-x-0 after:top-0 after:h-9"
      >
        <ChevronRight aria-hidden className={`size-3.5 shrink-0 text-faint ${open ? 'rotate-90' : ''}`} />
        <span className="whitespace-nowrap text-soft">{shortTime(decision.decidedAtMs, clock)}</span>
        <span className="min-w-0 truncate font-semibold">{decision.symbol}</span>
        <ActionTag action={decision.action} />
        <span className="whitespace-nowrap">
          <span className="sr-only">confidence </span>
          {percent(decision.confidence, 0)}{' '}
          <span aria-hidden className="hidden text-faint xl:inline">
            sure
          </span>
        </span>
        <span className="ml-auto">
          <FateTag fate={fate} />
        </span>
      </button>
      <p className="mt-1 truncate pl-5.5 text-2xs text-faint" title={decision.routeReason}>
        <span className="font-medium text-accent">{routeText(decision.routedTo, decision.servedBy)}</span>
        {': '}
        <ForeignText text={decision.routeReason} />
      </p>
      <div className="mt-1 pl-5.5">
        <ProbabilityBar probabilities={decision.probabilities} />
      </div>
      <p className={`mt-1 pl-5.5 text-xs text-soft ${open ? '' : 'line-clamp-2'}`}>
        <ForeignText text={decision.rationale === '' ? 'No rationale.' : decision.rationale} />
      </p>
      {open && (
        <div id={detailId} className="pl-5.5">
          <DecisionDetail row={row} clock={clock} />
        </div>
      )}
    </li>
  )
})
