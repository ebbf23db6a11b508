import t from 'tap';
import { makeClock } from '#src/base/clock.js';

/** A machine: `ms` of true time, as each of its clocks shows it. */
function machine() {
  const at = { ms: 0, wallShift: 1_700_000_000_000, asleep: 0 };
  const clock = makeClock({
    wallMs: () => Math.floor(at.wallShift + at.ms),
    monotonicMs: () => at.ms - at.asleep,
  });
  const realtimeMs = () => {
    const { sec, nsec } = clock.realtime();
    return sec * 1000 + nsec / 1e6;
  };
  return { at, realtimeMs };
}

t.test('file times have more than milliseconds, and never go back while the clock runs', async (t) => {
  const { at, realtimeMs } = machine();
  const seen = new Set<number>();
  let last = 0;
  for (let i = 0; i < 5000; i += 1) {
    at.ms += 0.013;
    const now = realtimeMs();
    if (now < last) t.fail(`${last} was followed by ${now}`);
    if (Math.abs(now - at.wallShift - at.ms) > 1.1) t.fail(`${now} at ${at.ms}`);
    last = now;
    seen.add(now);
  }
  t.ok(seen.size > 3000, `${seen.size} of 5000 differ`);
});

t.test(
  'when the clock is set, forth or back, and when the machine slept, file times follow at once',
  async (t) => {
    const { at, realtimeMs } = machine();
    for (const step of [3_600_000, -7_200_000, 10, -10, 86_400_000 * 3650]) {
      at.ms += 5.4;
      at.wallShift += step;
      t.ok(Math.abs(realtimeMs() - at.wallShift - at.ms) <= 1, `after a step of ${step} ms`);
      at.ms += 0.4;
      t.ok(Math.abs(realtimeMs() - at.wallShift - at.ms) <= 1.1);
    }
    at.ms += 28_800_000;
    at.asleep = 28_800_000;
    t.ok(Math.abs(realtimeMs() - at.wallShift - at.ms) <= 1, 'after eight hours of sleep');
  },
);

t.test('times before the epoch have nanoseconds that count up', async (t) => {
  const clock = makeClock({ wallMs: () => -1500, monotonicMs: () => 7 });
  t.match(clock.realtime(), { sec: -2, nsec: 500_000_000 });
});
