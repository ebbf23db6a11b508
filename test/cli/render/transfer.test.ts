/** What a push or a pull under way says of itself. */
import t from 'tap';
import { describeTransfer, TransferRate } from '#src/cli/render/transfer.js';

const progress = {
  remote: 'origin',
  phase: 'push',
  done: 1234,
  total: 5678,
  bytes: 0,
  totalBytes: 0,
} as const;

t.test('files, bytes, rate and time left are told as far as they are known', async (t) => {
  t.equal(describeTransfer({ ...progress, total: 0, bytes: 2048 }, undefined), '1,234 files, 2.0 KiB');
  const known = { ...progress, bytes: 10 * 1024 ** 2, totalBytes: 30 * 1024 ** 2 };
  t.equal(
    describeTransfer(known, 4 * 1024 ** 2),
    '1,234/5,678 files, 10 MiB of 30 MiB, 4.0 MiB/s, 5.0 s left',
  );
  t.match(
    describeTransfer({ ...known, timeLeftMs: 41_000 }, undefined),
    /does not answer, given up in 41 s$/,
  );
});

t.test('the rate is that of the last seconds', async (t) => {
  const rate = new TransferRate();
  t.equal(rate.see(0, 0), undefined);
  t.equal(rate.see(1000, 1000), 1000);
  for (let second = 2; second <= 12; second += 1) rate.see(1000 + (second - 1) * 5000, second * 1000);
  t.equal(rate.see(1000 + 12 * 5000, 13_000), 5000);
  rate.reset();
  t.equal(rate.see(7, 14_000), undefined);
});
