import type { ActiveProtection, LimitUse, RiskState } from '@shared/contract/protection'
import { ShieldCheck, ShieldOff } from 'lucide-react'
import { ForeignText } from '../../components/foreign-text'
import { limitName, limitUseName, limitUseText, usedShare } from '../../format/risk-words'
import { marketTime } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import type { Clock } from '../../store/desk-store'

/** What holds entries back and until when, and how much of each limit is used. */
export function RiskOverview() {
  const risk = useDesk((state) => state.picture?.snapshot.risk ?? null)
  const clock = useDesk((state) => state.clock)
  if (risk === null) return null
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)] gap-4 p-3 text-xs">
      <Protections risk={risk} clock={clock} />
      <dl aria-label="Limits" className="grid content-start gap-y-1.5">
        {risk.limits.map((use) => (
          <Limit key={`${use.code} ${use.windowMs}`} use={use} />
        ))}
      </dl>
    </div>
  )
}

function Protections({ risk, clock }: { readonly risk: RiskState; readonly clock: Clock }) {
  const { protections, sizing, killSwitch } = risk
  return (
    <div className="space-y-2">
      {protections.length === 0 ? (
        <p className="flex items-center gap-1.5">
          <ShieldCheck aria-hidden className="size-4 shrink-0 text-gain" />
          No protection holds entries back.
        </p>
      ) : (
        <ul aria-label="Protections in force" className="space-y-2">
          {protections.map((protection) => (
            <Protection key={`${protection.code} ${protection.symbol}`} protection={protection} clock={clock} />
          ))}
        </ul>
      )}
      <p className="text-soft">
        An entry is <ForeignText text={sizing} />. The kill switch{' '}
        {killSwitch === 'flatten' ? 'closes every position.' : 'leaves positions with their stops.'}
      </p>
    </div>
  )
}

function Protection({ protection, clock }: { readonly protection: ActiveProtection; readonly clock: Clock }) {
  const { code, symbol, reason, untilMs } = protection
  return (
    <li className="flex gap-1.5">
      <ShieldOff aria-hidden className="size-4 shrink-0 text-warn" />
      <span className="min-w-0">
        <span className="font-semibold text-warn">
          {limitName(code)}
          {symbol === null ? ', whole desk' : `, ${symbol}`}
        </span>
        <span className="text-soft">
          {untilMs === null ? ' until it ends or the desk is resumed' : ` until ${marketTime(untilMs, clock)}`}
        </span>
        <span className="block text-soft">
          <ForeignText text={reason} />
        </span>
      </span>
    </li>
  )
}

/** From here on a limit is nearly reached. */
const nearly = 0.8

function Limit({ use }: { readonly use: LimitUse }) {
  const share = usedShare(use)
  const tone = share === null || share < nearly ? 'bg-still' : share < 1 ? 'bg-warn' : 'bg-loss'
  return (
    <div className="grid grid-cols-[minmax(6rem,1fr)_minmax(2rem,1.2fr)_8.5rem] items-center gap-2">
      <dt className="text-soft">{limitUseName(use)}</dt>
      <dd className="contents">
        <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-line">
          {share !== null && (
            <span className={`block h-full rounded-full ${tone}`} style={{ width: `${(share * 100).toFixed(1)}%` }} />
          )}
        </span>
        <span className="text-right whitespace-nowrap">{limitUseText(use)}</span>
      </dd>
    </div>
  )
}
