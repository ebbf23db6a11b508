/** How long is waited after failures. */
import t from 'tap';
import { Backoff } from '#src/sync/schedule/backoff.js';

t.test(
  'it doubles from half a second to a minute, each time by chance between half of it and all',
  async (t) => {
    const [least, most] = [new Backoff(() => 0), new Backoff(() => 0.999_999)];
    const waits = Array.from({ length: 10 }, () => [least.next(undefined), Math.round(most.next(undefined))]);
    t.same(waits.slice(0, 4), [
      [250, 500],
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
    ]);
    t.same(waits.at(-1), [30_000, 60_000], 'never longer');
    t.equal(least.failures, 10);
    least.reset();
    t.equal(least.next(undefined), 250, 'what went well begins anew');
  },
);

t.test('a server that asks for more time has it, and one that asks for less is not hurried', async (t) => {
  const backoff = new Backoff(() => 0);
  t.equal(backoff.next(7000), 7000);
  t.equal(backoff.next(1), 500);
});
