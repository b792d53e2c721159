import { canonicalJson } from '@shared/contract/canonical'
import { type Outcome, success } from '@shared/contract/outcome'
import type { AnswerSettings, Settings } from '@shared/contract/settings'
import { calibrator } from '@shared/rules/calibration'
import { type DeskMarket, deskSpans, deskWindows, type SpanDecider } from '../engine/analysis/backtest/desk-spans'
import { loadUserPolicy } from '../engine/analysis/backtest/user-policy'
import { readCalibration } from '../engine/analysis/calibration-file'
import type { Gateway } from '../engine/gateway/gateway'
import { knownModels } from '../engine/known-models'
import { createLog } from '../engine/log'
import { systemClock } from '../engine/market/clock'
import { loadSymbolRules } from '../engine/market/exchange-rules'
import { cacheUse, openAnswersHere } from '../engine/open-answers'
import { openLibraryHere } from '../engine/open-library'
import type { Places } from '../engine/places'
import { readAnswerSettings } from '../engine/settings-file'
import type { BacktestOptions } from './backtest'
import { note } from './output'
import { openQuietGateway } from './quiet-gateway'
import { openRecordedNews } from './recorded-news'
import { readMarkets, type SpanTrader, wholeOf } from './span-trader'

/**
 * Models, or a trader's own module, by the desk itself: one set after the other. Models are asked nothing twice, as far as
 * the settings allow; a module is loaded anew for each set and window.
 */
export async function openDeskTrader(
  places: Places,
  options: BacktestOptions,
  settings: Settings,
): Promise<Outcome<SpanTrader>> {
  const { symbols, timeframe, policy, fills, inside } = options
  const markets = await readMarkets(places, options)
  if (!markets.ok) return markets
  const rules = await loadSymbolRules(places.exchangeInfoPath)
  if (!rules.ok) return rules
  const calibration = readCalibration(places.dataDir)
  if (!calibration.ok) return calibration
  const answers = readAnswerSettings(places.dataDir)
  if (!answers.ok) return answers
  const deciders = policy === 'models' ? await modelDeciders(places, answers.value) : moduleDeciders(places, policy)
  const news = await openRecordedNews(places, settings, symbols, options.news)
  if (!news.ok) return news
  const market: DeskMarket = {
    ...{ dir: options.candles ?? places.sampleDataDir, symbols, timeframe, fills, inside, policy },
    news: news.value.source,
    openDecider: deciders.open,
    calibrate: calibrator(calibration.value, timeframe),
    knownModel: knownModels(places, timeframe),
    rulesOf: rules.value,
    clock: systemClock,
  }
  return success({
    whole: wholeOf({ markets: markets.value, timeframe }),
    spans: (spans, traded) => deskSpans(market, spans, traded),
    windows: (windows, traded) => deskWindows(market, windows, traded),
    async close() {
      await news.value.close()
      await deciders.close()
    },
  })
}

interface Deciders {
  open(settings: Settings): Promise<Outcome<SpanDecider>>
  close(): Promise<void>
}

function moduleDeciders(places: Places, path: string): Deciders {
  return {
    async open(settings) {
      const user = await loadUserPolicy(path, { settings, program: places.policyWorkerProgram })
      return user.ok ? success({ decide: ({ context }) => user.value.decide(context), close: user.value.close }) : user
    },
    close: async () => undefined,
  }
}

/** Models stay loaded from set to set, unless a set asks them differently. */
async function modelDeciders(places: Places, answerSettings: AnswerSettings): Promise<Deciders> {
  const library = openLibraryHere(places, process.env)
  const usable = await library.usableFiles()
  const answers = openAnswersHere(places, answerSettings, { log: createLog(process.env), nowMs: systemClock.nowMs })
  const cache = cacheUse(answerSettings, 'replay')
  let asking: { readonly key: string; readonly gateway: Gateway } | null = null
  return {
    async open(settings) {
      const { inference, routing } = settings
      const key = canonicalJson({ inference, routing })
      if (asking?.key !== key) {
        await asking?.gateway.close()
        const modelFiles = usable.ok ? usable.value.files : inference.modelFiles
        const installed = { ...settings, inference: { ...inference, modelFiles } }
        asking = { key, gateway: openQuietGateway(places, installed, answers) }
      }
      const { gateway } = asking
      return success({
        decide: async (asked) => success(await gateway.decide({ ...asked, cache })),
        close: async () => undefined,
      })
    },
    async close() {
      await asking?.gateway.close()
      if (answers === undefined) return
      const { recalled, asked } = answers.counts()
      if (recalled + asked > 0) note(`${recalled} answers were known from before, ${asked} questions went to models.`)
      answers.close()
    },
  }
}
