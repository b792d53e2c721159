import './app/zod-without-eval'
import './styles/theme.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import { ErrorBoundary } from './app/error-boundary'
import { startDeskSession } from './store/desk-session'
import { createDeskStore } from './store/desk-store'
import { startModelsSession } from './store/models-session'
import { createModelsStore } from './store/models-store'
import { rememberedClock } from './store/preferences'
import { chooseTransport } from './transport/choose-transport'
import { createDeskLink } from './transport/desk-link'

/**
 * The one screen of Quartet, the same in the Electron window and in a browser. It speaks the contract of
 * `src-shared` over a transport and touches nothing else. Layout and commands are in `app/`, each screen has a folder
 * in `screens/`, what the screen knows is in `store/`, the line to the engine in `transport/`.
 */
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root"')

const store = createDeskStore(rememberedClock(window.localStorage))
const link = createDeskLink(chooseTransport(window))
const session = startDeskSession(link, store, (task, delayMs) => {
  const timer = setTimeout(task, delayMs)
  return () => clearTimeout(timer)
})

const modelsStore = createModelsStore()
const modelsSession = startModelsSession(link, modelsStore, {
  say: (notice) => store.setState({ notice }),
  isShown: () => store.getState().view === 'models',
})

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App desk={{ store, session, models: { store: modelsStore, session: modelsSession } }} />
    </ErrorBoundary>
  </StrictMode>,
)
