import type { DeskState, RunSpec } from '@shared/contract/journal'
import type { MarketFeed } from '@shared/contract/market-data'
import {
  AudioLines,
  CircleCheck,
  CirclePause,
  CircleQuestionMark,
  Clock3,
  OctagonX,
  Pause,
  Play,
  PlugZap,
  TriangleAlert,
  Unplug,
} from 'lucide-react'
import { ForeignText } from '../../components/foreign-text'
import { KeyCap } from '../../components/key-cap'
import { clockName, marketTime, minuteOf } from '../../format/times'
import { useDesk } from '../../store/desk-context'
import { selectDeskState, selectTimeframe } from '../../store/selectors'
import type { LinkState } from '../../transport/transport'

interface Props {
  readonly onPauseOrResume: () => void
  readonly onKill: () => void
  readonly onHelp: () => void
  readonly onToggleClock: () => void
}

const button =
  'inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded border px-2.5 text-xs font-semibold disabled:opacity-50'

/** Who we are, that the money is paper, what the desk is doing, and the two ways to stop it. */
export function TopBar({ onPauseOrResume, onKill, onHelp, onToggleClock }: Props) {
  const state = useDesk(selectDeskState)
  const command = useDesk((screen) => screen.command)
  const active = state === 'active'
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 lg:flex-nowrap rounded-md border border-line bg-surface px-3 py-1">
      <h1 className="text-sm font-bold tracking-wide">Quartet</h1>
      <span
        title="All trades are on paper: no order leaves this machine."
        className="rounded border border-warn/60 bg-warn/10 px-1.5 py-0.5 text-2xs font-bold tracking-widest text-warn"
      >
        PAPER
      </span>
      <DeskStateMark />
      <div className="ml-auto flex flex-wrap items-center gap-2 lg:shrink-0 lg:flex-nowrap">
        <RunMark />
        <FeedMark />
        <LinkMark />
        <MarketClock onToggle={onToggleClock} />
        <button
          type="button"
          onClick={onPauseOrResume}
          disabled={command !== null}
          className={`${button} w-26 justify-center border-edge bg-raised hover:border-accent`}
        >
          {active ? <Pause aria-hidden className="size-3.5" /> : <Play aria-hidden className="size-3.5" />}
          {active ? 'Pause' : 'Resume'}
          <KeyCap>P</KeyCap>
        </button>
        <button
          type="button"
          onClick={onKill}
          disabled={command !== null}
          className={`${button} border-loss/60 bg-loss/10 text-loss hover:bg-loss/20`}
        >
          <OctagonX aria-hidden className="size-3.5" />
          Kill switch
          <KeyCap>K</KeyCap>
        </button>
        <button
          type="button"
          onClick={onHelp}
          aria-label="Keyboard shortcuts"
          className="grid size-8 place-items-center rounded text-soft hover:bg-raised hover:text-ink"
        >
          <CircleQuestionMark aria-hidden className="size-4" />
        </button>
      </div>
    </header>
  )
}

const stateLooks = {
  active: { Icon: CircleCheck, name: 'Active', tone: 'text-gain', means: 'The desk decides and trades.' },
  reduce_only: {
    Icon: CirclePause,
    name: 'Reduce only',
    tone: 'text-warn',
    means: 'No entries; stops and exits still work.',
  },
  halted: { Icon: OctagonX, name: 'Halted', tone: 'text-loss', means: 'The kill switch was used.' },
} as const satisfies Record<DeskState, unknown>

function DeskStateMark() {
  const state = useDesk(selectDeskState) ?? 'reduce_only'
  const reason = useDesk((screen) => screen.picture?.snapshot.stateReason ?? '')
  const { Icon, name, tone, means } = stateLooks[state]
  const told = reason === '' ? means : reason
  return (
    <div role="status" aria-label="Desk state" className="flex min-w-0 items-center gap-2" title={told}>
      <Icon aria-hidden className={`size-4 shrink-0 ${tone}`} />
      <span className="min-w-0 leading-tight">
        <span className={`block text-xs font-semibold ${tone}`}>{name}</span>
        <span className="block truncate text-2xs text-soft">
          <ForeignText text={told} />
        </span>
      </span>
    </div>
  )
}

function RunMark() {
  const run = useDesk((screen) => screen.picture?.snapshot.run ?? null)
  const timeframe = useDesk(selectTimeframe)
  if (run === null) return null
  const venue = venueName(run.spec)
  return (
    <span className="hidden text-right leading-tight xl:block">
      <span className="block text-xs whitespace-nowrap">
        {venue}, {timeframe}
      </span>
      <span className="block text-2xs text-faint">{run.finished ? 'run finished' : 'run going on'}</span>
    </span>
  )
}

function venueName({ venue, exchangeUrl }: Pick<RunSpec, 'venue' | 'exchangeUrl'>): string {
  if (venue === 'replay') return 'Recorded market'
  if (venue === 'request') return 'Requests'
  return exchangeUrl === undefined ? 'Binance' : `Exchange at ${new URL(exchangeUrl).host}`
}

const feedLooks = {
  sound: { Icon: AudioLines, word: 'Market sound', tone: 'text-soft' },
  late: { Icon: TriangleAlert, word: 'Market late', tone: 'text-warn' },
  lost: { Icon: TriangleAlert, word: 'Market lost', tone: 'text-warn' },
} as const satisfies Record<MarketFeed['state'], unknown>

/** How the live market is heard, and since when; a recorded one needs no mark. */
function FeedMark() {
  const feed = useDesk((screen) => screen.picture?.snapshot.feed ?? null)
  const clock = useDesk((screen) => screen.clock)
  if (feed === null) return null
  const { Icon, word, tone } = feedLooks[feed.state]
  const since = `since ${marketTime(feed.sinceMs, clock)}`
  return (
    <span
      role="status"
      aria-label="Market feed"
      title={`${word} ${since}. ${feed.reason}`.trim()}
      className={`flex items-center gap-1.5 px-1 text-xs whitespace-nowrap ${tone}`}
    >
      <Icon aria-hidden className="size-3.5" />
      <span className={`leading-tight ${feed.state === 'sound' ? 'max-xl:sr-only' : ''}`}>
        {word}
        <span className="block text-2xs text-faint">since {minuteOf(feed.sinceMs, clock)}</span>
      </span>
    </span>
  )
}

function LinkMark() {
  const link = useDesk((screen) => screen.link)
  const connected = link.phase === 'connected'
  const Icon = connected ? PlugZap : Unplug
  return (
    <span
      role="status"
      aria-label="Connection"
      className={`flex items-center gap-1.5 px-1 text-xs whitespace-nowrap ${connected ? 'text-soft' : 'text-warn'}`}
    >
      <Icon aria-hidden className="size-3.5" />
      {linkText(link)}
    </span>
  )
}

function linkText(link: LinkState): string {
  switch (link.phase) {
    case 'connecting':
      return 'Connecting'
    case 'connected':
      return 'Connected'
    case 'reconnecting':
      return `Reconnecting (${link.attempt})`
    case 'stopped':
      return 'Engine stopped'
  }
}

function MarketClock({ onToggle }: { readonly onToggle: () => void }) {
  const timeMs = useDesk((screen) => screen.picture?.snapshot.marketTimeMs ?? null)
  const clock = useDesk((screen) => screen.clock)
  const other = clock === 'utc' ? 'local' : 'utc'
  return (
    <button
      type="button"
      onClick={onToggle}
      aria-label={`Market time ${timeMs === null ? 'not known yet' : marketTime(timeMs, clock)}. Show times in ${clockName(other)}`}
      title={timeMs === null ? `Show times in ${clockName(other)}` : marketTime(timeMs, other)}
      className="flex h-8 items-center gap-1.5 rounded px-1.5 text-xs whitespace-nowrap hover:bg-raised"
    >
      <Clock3 aria-hidden className="size-3.5 text-soft" />
      <span className="min-w-[9.75rem] text-left">
        {timeMs === null ? 'no market time yet' : marketTime(timeMs, clock)}
      </span>
    </button>
  )
}
