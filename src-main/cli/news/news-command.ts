/**
 * The commands of the news, one file each. They work beside a running desk: what they fetch is there for it, and what
 * they set counts from its next start on.
 */
import { type Command, Option } from 'commander'
import type { Places } from '../../engine/places'

export function addNewsCommands(news: Command, places: Places, end: (code: number) => void): void {
  const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)
  news.description('headlines from feeds that you name: what models are shown, and where sentiment comes from')

  news
    .command('list')
    .description('the newest headlines, and how the feeds fare')
    .option(
      '--limit <n>',
      'how many headlines',
      (word) => Math.min(200, Math.max(1, Number.parseInt(word, 10) || 20)),
      20,
    )
    .addOption(json())
    .action(async (options) => end((await import('./list')).listNews(places, options)))

  news
    .command('fetch')
    .description('ask every feed once, now')
    .addOption(json())
    .action(async (options) => end(await (await import('./fetch')).fetchNews(places, options)))

  news
    .command('add')
    .description('name a feed: RSS, Atom, RDF or JSON Feed')
    .argument('<url>', 'its address, http or https')
    .addOption(json())
    .action(async (url: string, options) => end((await import('./feeds')).addFeed(places, url, options)))

  news
    .command('remove')
    .description('forget a feed; its headlines stay until they are old')
    .argument('<url>', 'its address, as it is listed')
    .addOption(json())
    .action(async (url: string, options) => end((await import('./feeds')).removeFeed(places, url, options)))

  for (const [name, enabled] of [
    ['on', true],
    ['off', false],
  ] as const) {
    news
      .command(name)
      .description(
        enabled
          ? 'let live runs read the feeds, from the next start of the desk on'
          : 'decide without news: sentiment comes from price action',
      )
      .addOption(json())
      .action(async (options) => end((await import('./feeds')).switchNews(places, enabled, options)))
  }

  news
    .command('export')
    .description('write the headlines that a run has read as a recording for --news')
    .requiredOption('--out <file>', 'the file to write, JSON lines')
    .option('--run <id>', 'the run (default: the last one)')
    .addOption(json())
    .action(async (options) => end((await import('./export')).exportNews(places, options)))
}
