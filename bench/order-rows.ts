// The rows of an order saga: what Troupe itself writes for one.
import Database from 'better-sqlite3';
import { createRuntime } from 'troupe';
import { OrderPlaced } from './contracts.ts';
import { orderApp } from './order-saga.ts';
import { NOW, stateText, TURN_COLUMNS, type OperationRows, type Row } from './rows.ts';
import { COUNTERS, orderOf, OWNERS } from './workload.ts';

/** Writes one order down, and makes of it the rows of others: the same with other positions and keys. */
export async function rowsOfOrders(): Promise<(index: number) => OperationRows> {
  const { messages, turns, saga } = await writeOneOrder();
  const owners = OWNERS.map((_, at) => at * COUNTERS);
  return index => {
    const base = index * messages.length;
    const { orderId } = orderOf(index);
    const rekeyed = (row: Row): Row =>
      row.map(value => (typeof value === 'string' ? value.replaceAll(orderOf(0).orderId, orderId) : value));
    const moved = (row: Row, ...columns: readonly number[]): Row =>
      row.map((value, at) => (typeof value === 'number' && columns.includes(at) ? value + base : value));
    return {
      // Position, correlation and cause; message.
      messages: messages.map(row => rekeyed(moved(row, 0, 6, 7))),
      turns: turns.map(row => moved(row, 0)),
      inserted: [rekeyed([owners.length * COUNTERS + 1 + index, ...saga.slice(1)])],
      updated: owners.map(first => [NOW + index, stateText('W3', index), first + 1 + (index % COUNTERS)]),
    };
  };
}

async function writeOneOrder(): Promise<{ readonly messages: Row[]; readonly turns: Row[]; readonly saga: Row }> {
  await using runtime = await createRuntime(orderApp(), { database: ':memory:' });
  await runtime.publish(OrderPlaced, orderOf(0));
  await runtime.settled();
  const database = new Database(Buffer.from(runtime.serialize()));
  const all = (sql: string): Row[] => database.prepare<[], Row>(sql).raw().all();
  const rows = {
    messages: all('select * from troupe_messages order by position'),
    turns: all(`select ${TURN_COLUMNS.join(', ')} from troupe_turns order by turn`),
    saga: all('select * from troupe_states where status is not null')[0] ?? [],
  };
  database.close();
  return rows;
}
