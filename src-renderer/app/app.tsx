import { FullPageMessage } from '../components/full-page-message'
import { DeskScreen } from '../screens/desk/desk-screen'
import { DeskSkeleton } from '../screens/desk/desk-skeleton'
import { type Desk, DeskContext, useDesk, useDeskSession } from '../store/desk-context'
import type { DeskScreenState } from '../store/desk-store'

/** The skeleton stays this many failed tries (about two seconds) before the screen says that something is wrong. */
const PATIENT_ATTEMPTS = 3

export function App({ desk }: { readonly desk: Desk }) {
  return (
    <DeskContext value={desk}>
      <Opening />
    </DeskContext>
  )
}

/** The desk once it was read; until then what is being waited for, or why there is nothing to wait for. */
function Opening() {
  const opened = useDesk((state) => state.picture !== null)
  const trouble = useDesk(openingTrouble)
  const session = useDeskSession()
  if (opened) return <DeskScreen />
  if (trouble === null) return <DeskSkeleton />
  return (
    <FullPageMessage
      title="The desk cannot be opened"
      text={trouble}
      advice={[
        'See whether Quartet still runs in the terminal or window where it was started.',
        'If not, start it again there ("npm start"). This page connects by itself.',
        'In a browser, open the address that Quartet printed: it carries the key to the desk.',
      ]}
      action={{ label: 'Try now', run: session.retryNow }}
    />
  )
}

function openingTrouble(state: DeskScreenState): string | null {
  if (state.problem !== null) return state.problem.message
  if (state.link.phase === 'stopped') return state.link.reason
  if (state.link.phase === 'reconnecting' && state.link.attempt >= PATIENT_ATTEMPTS) return state.link.reason
  return null
}
