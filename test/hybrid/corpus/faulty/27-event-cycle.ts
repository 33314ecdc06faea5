// Price and stock answer each other for ever: a changed price changes the forecast, which changes the price.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const PriceChanged = defineEvent('price.changed', money);
const ForecastChanged = defineEvent('forecast.changed', money);
const ChangePrice = defineCommand('price.change', money);

const prices = defineActor('prices', { state: () => ({ cents: 0 }), publishes: [PriceChanged] })
  .on(ChangePrice, (ctx, price) => {
    ctx.state.cents = price.cents;
    ctx.publish(PriceChanged, price);
  })
  .on(ForecastChanged, (ctx, { id, cents }) => {
    ctx.state.cents += cents;
    ctx.publish(PriceChanged, { id, cents: ctx.state.cents });
  });
const forecasts = defineActor('forecasts', { publishes: [ForecastChanged] }).on(PriceChanged, (ctx, { id, cents }) => {
  ctx.publish(ForecastChanged, { id, cents: -cents });
});

export const expected: readonly CheckCode[] = ['TR110'];
export const app = defineApp({ actors: [prices, forecasts] });
