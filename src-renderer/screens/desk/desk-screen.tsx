import { useEffect, useRef, useState } from 'react'
import { ShortcutList } from '../../app/shortcut-list'
import { useShortcuts } from '../../app/shortcuts'
import { useDesk, useDeskContext } from '../../store/desk-context'
import { rememberClock } from '../../store/preferences'
import { selectSymbol, selectSymbols } from '../../store/selectors'
import { ModelsScreen } from '../models/models-screen'
import { AccountStrip } from './account-strip'
import { Banner } from './banner'
import { type ChartControls, ChartPanel } from './chart-panel'
import { DecisionFeed } from './decision-feed'
import { moveDecisionFocus } from './decision-focus'
import { EmptyDesk } from './empty-desk'
import { Holdings } from './holdings'
import { KillDialog } from './kill-dialog'
import { ModelsPanel } from './models-panel'
import { NewsPanel } from './news-panel'
import { NoticeToast } from './notice-toast'
import { OrderDialog } from './order-dialog'
import { TopBar } from './top-bar'

/**
 * The trader's screen: what the desk holds and is worth at the top, the market on the left, what the models decided
 * and why on the right. Keys and the two dialogs are handled here; each region is a component of its own beside it.
 */
export function DeskScreen() {
  const { store, session } = useDeskContext()
  const view = useDesk((state) => state.view)
  const runId = useDesk((state) => state.picture?.snapshot.run?.runId ?? null)
  const hasRun = runId !== null
  const [dialog, setDialog] = useState<'none' | 'kill' | 'order' | 'help'>('none')
  const chart = useRef<ChartControls>(null)
  const modelsOpener = useRef<HTMLButtonElement>(null)
  const shownBefore = useRef(view)
  useEffect(() => {
    if (view === 'desk' && shownBefore.current === 'models') modelsOpener.current?.focus()
    shownBefore.current = view
  }, [view])

  const pauseOrResume = (): void => {
    const active = store.getState().picture?.snapshot.state === 'active'
    void session.command(active ? 'pause' : 'resume')
  }
  const toggleClock = (): void => {
    const clock = store.getState().clock === 'utc' ? 'local' : 'utc'
    store.setState({ clock })
    rememberClock(window.localStorage, clock)
  }
  const moveSymbol = (step: number): void => {
    const symbols = selectSymbols(store.getState())
    const shown = selectSymbol(store.getState())
    if (shown === null) return
    const index = (symbols.indexOf(shown) + step + symbols.length) % symbols.length
    store.setState({ chosenSymbol: symbols[index] ?? null })
  }

  const onDesk = (act: () => void) => (): void => {
    if (store.getState().view === 'desk') act()
  }
  const showModels = (shown: boolean): void => store.setState({ view: shown ? 'models' : 'desk' })

  useShortcuts({
    pause: pauseOrResume,
    kill: () => setDialog('kill'),
    order: onDesk(() => {
      if (hasRun) setDialog('order')
    }),
    models: () => showModels(store.getState().view === 'desk'),
    help: () => setDialog('help'),
    clock: toggleClock,
    nextSymbol: onDesk(() => moveSymbol(1)),
    previousSymbol: onDesk(() => moveSymbol(-1)),
    nextDecision: onDesk(() => moveDecisionFocus(1)),
    previousDecision: onDesk(() => moveDecisionFocus(-1)),
    zoomIn: onDesk(() => chart.current?.zoom('in')),
    zoomOut: onDesk(() => chart.current?.zoom('out')),
    latest: onDesk(() => chart.current?.showLatest()),
  })

  return (
    <div className="flex h-full min-h-0 flex-col gap-2 p-2">
      <TopBar
        onPauseOrResume={pauseOrResume}
        onKill={() => setDialog('kill')}
        onHelp={() => setDialog('help')}
        onToggleClock={toggleClock}
      />
      <Banner />
      <main className="relative flex min-h-0 flex-1 flex-col">
        {/* Beneath the models the desk keeps its place: its chart, zoom and open decisions are as they were left. */}
        <div
          inert={view !== 'desk'}
          className={`flex min-h-0 flex-1 flex-col gap-2 ${view === 'desk' ? '' : 'invisible'}`}
        >
          <AccountStrip />
          <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_25rem] gap-2 xl:grid-cols-[minmax(0,1fr)_30rem]">
            <div className="flex min-h-0 min-w-0 flex-col gap-2">
              {hasRun ? <ChartPanel controls={chart} /> : <EmptyDesk />}
              <Holdings onOrder={hasRun ? () => setDialog('order') : null} />
            </div>
            <div className="flex min-h-0 min-w-0 flex-col gap-2">
              <DecisionFeed />
              <NewsPanel key={runId} />
              <ModelsPanel opener={modelsOpener} onDetails={() => showModels(true)} />
            </div>
          </div>
        </div>
        {view === 'models' && <ModelsScreen onClose={() => showModels(false)} />}
      </main>
      <NoticeToast />
      {dialog === 'kill' && <KillDialog onClose={() => setDialog('none')} />}
      {dialog === 'order' && <OrderDialog onClose={() => setDialog('none')} />}
      {dialog === 'help' && <ShortcutList onClose={() => setDialog('none')} />}
    </div>
  )
}
