import { Panel } from '../../components/panel'

/** Before the first run there is no market to draw: what to do instead of a blank chart. */
export function EmptyDesk() {
  return (
    <Panel title="Market" className="flex-1">
      <div className="grid flex-1 place-items-center p-6 text-sm">
        <div className="max-w-md">
          <p className="font-semibold">No run yet.</p>
          <p className="mt-2 text-soft">
            The desk decides for every closed candle of a run. “npm start” begins one on the recorded market; with the
            command line you choose the symbols and the time:
          </p>
          <pre className="mt-3 overflow-x-auto rounded border border-line bg-ground p-3 font-mono text-xs">
            npm run -s quartet -- run --venue replay --symbols BTC/USDT
          </pre>
        </div>
      </div>
    </Panel>
  )
}
