import { sideSchema, timeInForceSchema } from '@shared/contract/order'
import { type Command, Option } from 'commander'
import { symbolWord } from '../words'
import type { OrderTicketOptions } from './place-order'

const url = (): Option =>
  new Option('--url <address>', 'address of the running desk').default('http://127.0.0.1:8080').env('QUARTET_URL')
const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)

/** `quartet order`: the trader's own orders on the desk that runs; paper only. */
export function addOrderCommands(order: Command, end: (code: number) => void): void {
  order.description("your own orders on the running desk's paper exchange")

  order
    .command('place')
    .description('place an order; with --oco-stop it is a limit and a stop of which the first ends the other')
    .requiredOption('--symbol <pair>', 'pair: BTC/USDT', symbolWord)
    .addOption(new Option('--side <side>', 'buy or sell').choices(sideSchema.options).makeOptionMandatory())
    .requiredOption('--qty <quantity>', 'in the base asset: 0.01')
    .addOption(
      new Option('--type <type>', 'market, limit, limit_maker, stop_loss[_limit], take_profit[_limit]')
        .choices(['market', 'limit', 'limit_maker', 'stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit'])
        .default('market'),
    )
    .option('--price <price>', 'the limit, in the quote asset')
    .option('--stop-price <price>', 'the trigger; of a trailing order, where it begins to trail')
    .option('--trail <bps>', 'basis points behind the best price since', Number)
    .addOption(new Option('--time-in-force <tif>', 'GTC, IOC or FOK').choices(timeInForceSchema.options))
    .option('--reduce-only', 'never more than the position', false)
    .option('--oco-stop <price>', 'trigger of the stop that goes with the limit')
    .option('--client-order-id <id>', 'your own name for it: the same ticket sent twice is one order')
    .addOption(url())
    .addOption(json())
    .action(async (options: OrderTicketOptions) => end(await (await import('./place-order')).placeOrder(options)))

  order
    .command('list')
    .description('orders that are open')
    .addOption(url())
    .addOption(json())
    .action(async (options) => end(await (await import('./list-orders')).listOrders(options)))

  order
    .command('cancel')
    .description('take an order off the books')
    .argument('<orderId>', 'its id, as `order list` shows it')
    .addOption(url())
    .addOption(json())
    .action(async (orderId, options) => end(await (await import('./cancel-order')).cancelOrder(orderId, options)))
}
