import type { NewsView, ShownHeadline } from '@shared/contract/news'
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
 * Headlines that decisions can use: whose words, how old, how they were read and by whom. Nothing stands here while news
 * are off. Everything is text from strangers and drawn as text.
 */
export function NewsPanel() {
  const view = useNews()
  const marketTimeMs = useDesk((state) => state.picture?.snapshot.marketTimeMs ?? null)
  const isLive = useDesk((state) => state.picture?.snapshot.run?.spec.venue === 'binance')
  if (view === null || !view.enabled) return null
  const failing = view.feeds.filter(({ problem }) => problem !== null)
  // A recorded headline is as old as the recorded market says.
  const nowMs = isLive ? Date.now() : marketTimeMs
  return (
    <Panel
      title="News"
      aside={<span className="text-2xs text-faint">age · source · score · read by</span>}
      className="max-h-48 shrink-0"
    >
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

/** Read when a run comes up and every quarter of a minute; null until the first answer. */
function useNews(): NewsView | null {
  const session = useDeskSession()
  const runId = useDesk((state) => state.picture?.snapshot.run?.runId ?? null)
  const [view, setView] = useState<NewsView | null>(null)
  useEffect(() => {
    let wanted = runId !== null
    const read = async (): Promise<void> => {
      const answer = await session.readNews()
      if (wanted && answer.ok) setView(answer.value)
    }
    if (wanted) void read()
    const timer = setInterval(() => {
      if (wanted) void read()
    }, readEveryMs)
    return () => {
      wanted = false
      clearInterval(timer)
    }
  }, [session, runId])
  return view
}
