/** What a push or a pull under way says of itself. */
import t from 'tap';
import { renderPlan } from '#src/cli/render/sync-report.js';
import { describeTransfer, renderTransferLine, TransferRate } from '#src/cli/render/transfer.js';

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

t.test('a line of it has a bar, and is never wider than the terminal', async (t) => {
  const half = { ...progress, phase: 'pull', bytes: 1024 ** 2, totalBytes: 2 * 1024 ** 2 } as const;
  t.equal(
    renderTransferLine(half, undefined, 99),
    'Pulling [============            ] 50% 1,234/5,678 files, 1.0 MiB of 2.0 MiB',
  );
  t.equal(renderTransferLine(half, undefined, 40).length, 40);
  t.match(renderTransferLine({ ...half, total: 0 }, undefined, 99), /^Pulling \[ {24}\] 0% 1,234 files, /);
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

t.test('the plan of a dry run is a line a file, and tells what is left out', async (t) => {
  const file = { kind: 'file', size: 2048 } as const;
  const lines = renderPlan([
    { action: 'create', path: '/a', ...file },
    { action: 'change', path: '/b', ...file },
    { action: 'move', path: '/d', from: '/c', ...file },
    { action: 'remove', path: '/e', ...file },
    { action: 'attributes', path: '/f', ...file },
    { action: 'create', path: '/g', kind: 'directory', size: 0 },
  ]).split('\n');
  t.same(lines, [
    '  + /a (2.0 KiB)',
    '  ~ /b (2.0 KiB)',
    '  > /c -> /d (2.0 KiB)',
    '  - /e',
    '  . /f (attributes)',
    '  + /g (directory)',
  ]);
  const many = Array.from({ length: 60 }, (_, i) => ({ action: 'create' as const, path: `/${i}`, ...file }));
  t.match(renderPlan(many), /… and 10 more$/);
});
