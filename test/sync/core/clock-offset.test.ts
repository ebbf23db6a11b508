/** The clock's offset: a slow answer changes nothing, a wrong clock is corrected. */
import t from 'tap';
import { clockOffsetMs } from '#src/sync/core/clock-offset.js';

t.test('clocks that may be equal are taken for equal, however long the answer took', async (t) => {
  t.equal(clockOffsetMs({ serverTimeMs: 1000, askedAtMs: 990, answeredAtMs: 9000 }), 0);
  t.equal(
    clockOffsetMs({ serverTimeMs: 1000, askedAtMs: 1001, answeredAtMs: 1001 }),
    0,
    'whole milliseconds',
  );
});

t.test('a clock that is off is corrected to half the round trip', async (t) => {
  const hour = 3_600_000;
  t.equal(clockOffsetMs({ serverTimeMs: hour + 50, askedAtMs: 0, answeredAtMs: 100 }), hour);
  t.equal(clockOffsetMs({ serverTimeMs: 50, askedAtMs: hour, answeredAtMs: hour + 100 }), -hour);
});
