/**
 * The command line: one file per command, loaded only when it is called. Standard output carries the answer, standard
 * error everything else; exit codes are those of `exit.ts`.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { horizonSchema } from '@shared/contract/calibration'
import { fillSourceSchema } from '@shared/contract/market-data'
import { slotSchema } from '@shared/contract/model'
import { Command, CommanderError, Option } from 'commander'
import { findPlaces, type Places } from '../engine/places'
import { addAnswersCommands } from './answers/answers-command'
import { criteria, namedFileWord, sweepWord, windowsWord } from './backtest-words'
import { exchangeUrlOption } from './exchange-url'
import { exitCode, failWith } from './exit'
import { addMarketCommands } from './market/market-command'
import { addModelsCommands } from './models/models-command'
import { addNewsCommands } from './news/news-command'
import { addOrderCommands } from './order/order-command'
import { venueWords } from './venue-word'
import {
  atOnceWord,
  countWord,
  loadWord,
  portWord,
  runsWord,
  samplesWord,
  slotWord,
  speedWord,
  symbolsWord,
  symbolWord,
  timeframeWord,
  timeWord,
} from './words'

const places: Places = findPlaces(dirname(fileURLToPath(import.meta.url)), process.env, process.platform)

const program = new Command('quartet')
  .description(
    'A local-first trading assistant: four open models, one paper-trading desk. Paper only; no financial advice.',
  )
  .exitOverride()
  .showHelpAfterError('Try: npm run -s quartet -- --help')

const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)
const candles = (): Option => new Option('--candles <dir>', 'folder of candle files (default: the bundled sample)')
const fills = (): Option =>
  new Option('--fills <by>', 'what fills orders in a replay: candles, or recorded trades or books beside them')
    .choices(fillSourceSchema.options)
    .default('candles')
const svg = (): Option => new Option('--svg <file>', 'draw the figures into this SVG file')
const atOnce = (): Option =>
  new Option('--at-once <n>', 'questions put at one time: faster on a GPU, but last digits may differ from run to run')
    .argParser(atOnceWord)
    .default(1)
const news = (): Option => new Option('--news <file>', 'recorded headlines (JSON lines) that decisions may use')
const model = (): Option => new Option('--model <slot>', 'ask this model whatever the rules say').argParser(slotWord)

program
  .command('run')
  .description('run the desk over a market, decide on every closed candle, trade on paper, journal everything')
  .addOption(new Option('--venue <name>', 'where candles come from').choices(venueWords).default('replay'))
  .requiredOption('--symbols <list>', 'pairs, comma-separated: BTC/USDT,ETH/USDT', symbolsWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
  .option('--from <time>', 'decide on candles that open at or after this time (ISO 8601, UTC)', timeWord)
  .option('--to <time>', 'and before this time', timeWord)
  .option('--speed <speed>', 'max, or market seconds per second: 60x', speedWord, 'max')
  .addOption(candles())
  .addOption(fills())
  .addOption(news())
  .addOption(model())
  .addOption(exchangeUrlOption())
  .option('--until-end', 'end when the recorded market ends (always so in a replay)', false)
  .option('--print-decisions', 'print a line on stderr for every decision, once the journal has it', false)
  .addOption(json())
  .action(async (options) => end(await (await import('./run')).run(places, options)))

program
  .command('backtest')
  .description('trade a policy over recorded candles at full speed, and judge it: report.json and report.html in --out')
  .requiredOption('--symbols <list>', 'pairs, comma-separated: BTC/USDT,ETH/USDT', symbolsWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
  .option('--from <time>', 'decide on candles that open at or after this time (ISO 8601, UTC)', timeWord)
  .option('--to <time>', 'and before this time', timeWord)
  .option(
    '--policy <policy>',
    'models, rules, hold, random, or the path of a module that exports decide(context)',
    'models',
  )
  .addOption(fills())
  .option('--no-inside', 'settle orders by the timeframe alone, also where shorter candles are recorded')
  .option('--seed <n>', 'of the policy random', countWord, 7)
  .option('--compare <name=file>', 'also with the settings of this file; may be given several times', namedFileWord, [])
  .option(
    '--sweep <setting=values>',
    'every value of a setting: risk.stopAtr=1,2,3; several make a grid',
    sweepWord,
    [],
  )
  .option('--walk-forward <windows>', 'choose on one window, trade on the next: train=90d,test=30d', windowsWord)
  .addOption(
    new Option('--by <figure>', 'what a sweep and a walk-forward choose by').choices(criteria).default('sharpe'),
  )
  .option(
    '--threads <n>',
    'workers of a sweep of rules, hold or random (default: as many as there are cores)',
    countWord,
  )
  .option('--out <dir>', 'folder for the report, and for the journal of models and modules')
  .addOption(candles())
  .addOption(news())
  .addOption(json())
  .action(async (options) => end(await (await import('./backtest')).backtest(places, options)))

program
  .command('lookahead')
  .description(
    'look for knowledge of the future: decide on the full history, and again on history cut at each decision',
  )
  .requiredOption('--symbols <list>', 'pairs, comma-separated: BTC/USDT,ETH/USDT', symbolsWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
  .option('--from <time>', 'decide on candles that open at or after this time (ISO 8601, UTC)', timeWord)
  .option('--to <time>', 'and before this time', timeWord)
  .option('--policy <policy>', 'models, rules, hold, random, or the path of a module', 'rules')
  .option('--samples <n>', 'how many decisions, evenly spaced, or all', samplesWord, 200)
  .addOption(candles())
  .addOption(news())
  .addOption(json())
  .action(async (options) => end(await (await import('./lookahead')).lookahead(places, options)))

program
  .command('serve')
  .description('open the desk in the browser, with the HTTP API on the loopback address')
  .option('--port <port>', 'port of the web server; 0 takes a free one', portWord)
  .addOption(new Option('--venue <name>', 'where candles come from').choices(venueWords).default('replay'))
  .option('--symbols <list>', 'pairs, comma-separated', symbolsWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord)
  .option('--from <time>', 'first candle (ISO 8601, UTC)', timeWord)
  .option('--to <time>', 'end of the window (exclusive)', timeWord)
  .option('--speed <speed>', 'max, or market seconds per second: 3600x', speedWord)
  .addOption(candles())
  .addOption(news())
  .addOption(model())
  .addOption(exchangeUrlOption())
  .option('--print-decisions', 'print a line on stdout for every decision, once the journal has it', false)
  .action(async (options) => end(await (await import('./serve')).serve(places, options)))

program
  .command('practice')
  .description("run an exchange on the loopback address that speaks Binance's formats over recorded candles")
  .addOption(candles())
  .option('--symbols <list>', 'only these pairs: BTC/USDT,ETH/USDT', symbolsWord)
  .option('--from <time>', 'market time at the start (ISO 8601, UTC; default: the last recorded day)', timeWord)
  .option('--speed <speed>', 'market seconds per second: 60x', speedWord, 1)
  .option('--port <port>', 'port; 0 takes a free one', portWord, 0)
  .option('--faults <plan>', 'let faults strike: a JSON file, or everything, outage, rate-limits')
  .option('--load <size>', 'made-up pairs instead, symbols x messages per second: 200x50', loadWord)
  .addOption(json())
  .action(async (options) => end(await (await import('./practice')).practice(places, options)))

program
  .command('decide')
  .description(
    'ask for one decision, at a moment of recorded history or on a context of your own; journalled, not traded',
  )
  .option('--symbol <pair>', 'pair: BTC/USDT', symbolWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
  .option('--at <time>', 'decide on the last candle closed by then (ISO 8601, UTC)', timeWord)
  .addOption(candles())
  .addOption(news())
  .addOption(model())
  .option('--context <file>', 'a request body as POST /decide takes it, instead of recorded history')
  .addOption(json())
  .action(async (options) => end(await (await import('./decide')).decide(places, options)))

program
  .command('decisions')
  .description('the last decisions, newest first')
  .option('--limit <n>', 'how many', countWord, 20)
  .option('--symbol <pair>', 'only this pair', symbolWord)
  .addOption(json())
  .action(async (options) => end((await import('./decisions')).decisions(places, options)))

program
  .command('report')
  .description('judge a run: every figure with its reasons, as a page, as JSON, or in short; several runs side by side')
  .option('--run <ids>', 'ids of runs, comma-separated (their first characters are enough), or last', runsWord, [
    'last',
  ])
  .option('--out <file>', 'write one self-contained HTML page')
  .addOption(json())
  .action(async (options) => end((await import('./report')).report(places, options)))

program
  .command('export')
  .description('write every decision, with what became of it, to a file')
  .addOption(new Option('--format <format>', 'file format').choices(['csv', 'jsonl', 'parquet']).makeOptionMandatory())
  .requiredOption('--out <file>', 'the file to write')
  .addOption(json())
  .action(async (options) => end(await (await import('./export')).exportJournal(places, options)))

program
  .command('verify')
  .description('walk the journal from the first event to the last and check that nothing was changed')
  .addOption(json())
  .action(async (options) => end((await import('./verify')).verify(places, options)))

addMarketCommands(program.command('market'), places, end)
addModelsCommands(program.command('models'), places, end)

addOrderCommands(program.command('order'), end)
addNewsCommands(program.command('news'), places, end)
addAnswersCommands(program.command('answers'), places, end)

program
  .command('status')
  .description('where the desk stands: last run, account, journal')
  .addOption(json())
  .action(async (options) => end(await (await import('./status')).status(places, options)))

program
  .command('doctor')
  .description('check what the desk needs, and say what to do about what is missing')
  .addOption(json())
  .action(async (options) => end(await (await import('./doctor')).doctor(places, options)))

for (const [name, does] of [
  ['kill', 'the kill switch: cancel entries, close positions (or freeze them, as set), and halt until resumed'],
  ['pause', 'allow no new positions; exits still work'],
  ['resume', 'allow new positions again'],
] as const) {
  program
    .command(name)
    .description(does)
    .addOption(json())
    .action(async (options) => end(await (await import('./command-desk')).commandDesk(places, name, options)))
}

const evaluation = program.command('eval').description('judge a model by what it was asked and by what came of it')

evaluation
  .command('decisions')
  .description('ask about recorded moments and compare the answers with what the market did, net of costs')
  .requiredOption('--symbols <list>', 'pairs, comma-separated: BTC/USDT,ETH/USDT', symbolsWord)
  .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
  .option('--from <time>', 'ask at candles that open at or after this time (ISO 8601, UTC)', timeWord)
  .option('--to <time>', 'and before this time', timeWord)
  .option('--cutoff <time>', "the model's knowledge cutoff: tell what came before it from what came after", timeWord)
  .option('--samples <n>', 'how many moments in all, evenly spaced, or all', samplesWord, 500)
  .addOption(atOnce())
  .addOption(candles())
  .addOption(model())
  .addOption(
    new Option('--fit-calibration [horizon]', 'also fit calibration maps on the outcomes after this time')
      .choices(horizonSchema.options)
      .preset('4h'),
  )
  .addOption(svg())
  .addOption(json())
  .action(async (options) => end(await (await import('./eval-decisions')).evalDecisions(places, options)))

evaluation
  .command('sentiment')
  .description('read labelled headlines and compare the reading with the labels')
  .requiredOption('--data <file>', 'CSV with the header text,label or text,label,source')
  .addOption(
    new Option('--scorer <name>', 'the word list, or a model')
      .choices(['lexicon', ...slotSchema.options])
      .default('lexicon'),
  )
  .addOption(atOnce())
  .addOption(svg())
  .addOption(json())
  .action(async (options) => end(await (await import('./eval-sentiment')).evalSentiment(places, options)))

function end(code: number): void {
  process.exitCode = code
}

/** What is wrong with a command is best read beside its own options. */
function pointToOwnHelp(command: Command, words: readonly string[]): void {
  for (const inner of command.commands) {
    const path = [...words, inner.name()]
    inner.showHelpAfterError(`Try: npm run -s quartet -- ${path.join(' ')} --help`)
    pointToOwnHelp(inner, path)
  }
}

pointToOwnHelp(program, [])

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    end(error.exitCode === 0 ? exitCode.done : exitCode.usage)
  } else {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    end(failWith({ code: 'bug', message: `This is a bug in Quartet: ${message}` }))
  }
}
