/** How far a transfer is: told a few times a second, and whole at its end. */
import t from 'tap';
import { type Progress, TransferProgress } from '#src/sync/round/transfer-progress.js';

t.test('it is told at most ten times a second, and at the end in any case', async (t) => {
  const told: Progress[] = [];
  let now = 0;
  const progress = new TransferProgress(
    (it) => told.push(it),
    () => now,
  );
  progress.expect(1000, 5000);
  for (let i = 0; i < 1000; i += 1) {
    now += 1;
    progress.filesDone(1);
    progress.bytesDone(5);
  }
  progress.end();
  t.ok(told.length > 5 && told.length <= 12, `${told.length} times`);
  t.same(told.at(-1), { files: 1000, totalFiles: 1000, bytes: 5000, totalBytes: 5000 });
});
