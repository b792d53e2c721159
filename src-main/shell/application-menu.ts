import { Menu } from 'electron'

/** The few entries of the first shell; Electron's default menu would bring developer tools and navigation along. */
export function installMenu(actions: { readonly restartEngine: () => void }): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: 'Quartet',
        submenu: [
          { id: 'restart-engine', label: 'Restart the stopped engine', click: actions.restartEngine },
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      { role: 'editMenu' },
      {
        label: 'View',
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { type: 'separator' },
          { role: 'togglefullscreen' },
        ],
      },
    ]),
  )
}
