/** Times on the server's clock: a slow answer changes nothing, a wrong clock is corrected. */
import t from 'tap';
import { clockOffsetMs, toServerTime } from '#src/sync/core/clock-offset.js';

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

t.test('nothing was edited later than now, whatever the clock said when it was', async (t) => {
  const year = 365 * 86_400_000;
  const there = toServerTime({ serverTimeMs: 1000, askedAtMs: 990, answeredAtMs: 1010 });
  t.equal(there(980), 980);
  t.equal(there(980 + year), 1020, 'an edit of a clock that has been put back since');
  const late = toServerTime({ serverTimeMs: 1000, askedAtMs: year, answeredAtMs: year - 10 });
  t.equal(late(year - 100), 905, 'a clock that is off is corrected first');
  t.equal(late(2 * year), 1000, 'and one that went back while it waited makes nothing earlier');
});
