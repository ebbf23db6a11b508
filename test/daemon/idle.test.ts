import t from 'tap';
import { Idle } from '#src/daemon/idle.js';
import { eventually } from '../workspace/temporary-home.js';

function idle(firstMs: number, lingerMs: number) {
  const state = { reasons: [] as string[], ended: 0 };
  const watch = new Idle({
    reasons: () => state.reasons,
    end: () => {
      state.ended += 1;
    },
    firstMs,
    lingerMs,
  });
  return { state, watch };
}

t.test('an owner that nobody ever needs ends after its first wait', async (t) => {
  const { state, watch } = idle(10, 10_000);
  watch.look();
  await eventually(() => state.ended === 1);
  watch.look();
  t.equal(state.ended, 1);
});

t.test('a need that comes keeps it, and when the last has gone it lingers and ends', async (t) => {
  const { state, watch } = idle(10_000, 20);
  state.reasons = ['mount'];
  watch.look();
  state.reasons = [];
  watch.look();
  t.equal(state.ended, 0, 'not at once');
  state.reasons = ['clients'];
  watch.look();
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.equal(state.ended, 0, 'a need that came back within the linger keeps it');
  state.reasons = [];
  watch.look();
  await eventually(() => state.ended === 1);
});

t.test('a need that shows up while it waits is seen when the wait ends', async (t) => {
  const { state, watch } = idle(20, 20);
  state.reasons = ['sync'];
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.equal(state.ended, 0);
  state.reasons = [];
  watch.look();
  await eventually(() => state.ended === 1);
});
