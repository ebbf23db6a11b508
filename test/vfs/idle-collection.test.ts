import t from 'tap';
import { IdleCollection } from '#src/vfs/idle-collection.js';

function collection() {
  let due: (() => void) | undefined;
  let collected = 0;
  const idle = new IdleCollection(
    {
      after: (_delayMs, callback) => {
        due = callback;
        return () => {
          due = undefined;
        };
      },
      turn: () => Promise.resolve(),
    },
    50_000,
    () => {
      collected += 1;
    },
  );
  return {
    idle,
    forget(count: number) {
      for (let i = 0; i < count; i += 1) idle.forgot(1);
    },
    /** Lets the time that is waited for go by; false where nothing is waited for. */
    rest() {
      const callback = due;
      due = undefined;
      callback?.();
      return callback !== undefined;
    },
    collected: () => collected,
  };
}

t.test('memory is collected twice when much was forgotten, and once it has come to rest', async (t) => {
  const { forget, rest, collected } = collection();
  forget(60_000);
  t.equal(collected(), 0);
  forget(1);
  t.ok(rest());
  t.equal(collected(), 0, 'more was forgotten meanwhile');
  t.ok(rest());
  t.ok(rest());
  t.equal(collected(), 2);
  t.notOk(rest(), 'and then never again');
  forget(60_000);
  rest();
  rest();
  t.equal(collected(), 3, 'until as much is forgotten anew');
});

t.test('little is not worth it, and a closed one waits for nothing', async (t) => {
  const { idle, forget, rest } = collection();
  forget(1000);
  t.notOk(rest());
  forget(60_000);
  idle.close();
  t.notOk(rest());
});
