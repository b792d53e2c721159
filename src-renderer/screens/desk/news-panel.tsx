import type { ScreenNews, ShownHeadline } from '@shared/contract/news'
import { useEffect, useState } from 'react'
import { ForeignText } from '../../components/foreign-text'
import { Panel } from '../../components/panel'
import { SignedFigure } from '../../components/signed-figure'
import { signedScore } from '../../format/figures'
import { ageText } from '../../format/times'
import { useDesk, useDeskSession } from '../../store/desk-context'

const readEveryMs = 15_000
/** The list scrolls with the arrow keys once it has the focus. */
const scrolledByKeys = { tabIndex: 0, 'data-own-arrows': true }
const scorerNames = { fingpt: 'FinGPT', lexicon: 'word list' } as const

/**
 * Headlines that decisions can use: whose words, how old, how they were read and by whom; and whether live runs read
 * news at all. Only that switch stands here while the run has none. Everything is text from strangers and drawn as text.
 */
export function NewsPanel() {
  const [view, setSetting] = useNews()
  const marketTimeMs = useDesk((state) => state.picture?.snapshot.marketTimeMs ?? null)
  const isLive = useDesk((state) => state.picture?.snapshot.run?.spec.venue === 'binance')
  if (view === null) return null
  const newsSwitch = <NewsSwitch setting={view.setting} onSetting={setSetting} />
  if (!view.enabled) {
    return (
      <Panel title="News" aside={newsSwitch} className="shrink-0">
        {null}
      </Panel>
    )
  }
  const failing = view.feeds.filter(({ problem }) => problem !== null)
  // A recorded headline is as old as the recorded market says.
  const nowMs = isLive ? Date.now() : marketTimeMs
  return (
    <Panel title="News" aside={newsSwitch} className="max-h-48 shrink-0">
      {failing.map(({ url, problem }) => (
        <p key={url} className="border-b border-line/60 px-3 py-1 text-2xs text-warn">
          <ForeignText text={problem?.message ?? ''} />
        </p>
      ))}
      {view.headlines.length === 0 ? (
        <p className="p-3 text-xs text-faint">No headline is known yet.</p>
      ) : (
        <ul aria-label="Headlines" {...scrolledByKeys} className="min-h-0 divide-y divide-line/60 overflow-y-auto">
          {view.headlines.map((headline) => (
            <HeadlineLine key={headline.headlineId} headline={headline} nowMs={nowMs} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

interface SwitchProps {
  readonly setting: ScreenNews['setting']
  readonly onSetting: (setting: ScreenNews['setting']) => void
}

/** Whether the next live run reads news; a run that goes on keeps what it began with. */
function NewsSwitch({ setting, onSetting }: SwitchProps) {
  const session = useDeskSession()
  if (setting === null) return null
  const { enabled, feeds } = setting
  const named = feeds === 0 ? 'no feed is named yet' : `${feeds} ${feeds === 1 ? 'feed' : 'feeds'}`
  const how = feeds === 0 ? ' (npm run -s quartet -- news add URL)' : ''
  return (
    <span className="flex min-w-0 items-center gap-2 text-2xs text-faint">
      <span className="truncate" title={`From the next start of the desk on; ${named}${how}`}>
        in live runs · {named}
      </span>
      <button
        type="button"
        role="switch"
        aria-checked={enabled}
        aria-label="News in live runs, from the next start of the desk on"
        onClick={() => void session.switchNews(!enabled).then((now) => now !== null && onSetting(now))}
        className={`shrink-0 rounded border px-1.5 font-medium ${enabled ? 'border-accent/70 bg-accent/15 text-accent' : 'border-edge text-soft hover:bg-raised'}`}
      >
        {enabled ? 'On' : 'Off'}
      </button>
    </span>
  )
}

function HeadlineLine({ headline, nowMs }: { readonly headline: ShownHeadline; readonly nowMs: number | null }) {
  const { title, source, knownAtMs, publishedAtMs, score, scorer } = headline
  const sinceMs = Math.min(publishedAtMs ?? knownAtMs, knownAtMs)
  return (
    <li className="px-3 py-1 text-xs">
      <ForeignText text={title} />
      <p className="flex items-center gap-2 text-2xs text-faint">
        {nowMs !== null && <span>{ageText(nowMs - sinceMs)}</span>}
        <ForeignText text={source} className="truncate" />
        {score !== null && scorer !== null && (
          <>
            <SignedFigure value={score} text={signedScore(score)} />
            <span>{scorerNames[scorer]}</span>
          </>
        )}
      </p>
    </li>
  )
}

/** Read at first and every quarter of a minute; null until the first answer. */
function useNews(): readonly [ScreenNews | null, (setting: ScreenNews['setting']) => void] {
  const session = useDeskSession()
  const [view, setView] = useState<ScreenNews | null>(null)
  useEffect(() => {
    let wanted = true
    const read = async (): Promise<void> => {
      const answer = await session.readNews()
      if (wanted && answer.ok) setView(answer.value)
    }
    void read()
    const timer = setInterval(() => void read(), readEveryMs)
    return () => {
      wanted = false
      clearInterval(timer)
    }
  }, [session])
  return [view, (setting) => setView((known) => (known === null ? null : { ...known, setting }))]
}
