/**
 * What the cases of a failing disk have in common: a patient writer works while it fails. Each of its calls is done or has failed
 * with an expected error; the tree is what was acknowledged; and when the disk works again, so does the owner, by itself.
 */
import { join } from 'node:path';
import { run } from './children.mjs';
import { expect } from './problem.mjs';

/**
 * One step: `breaks` the disk, lets the writer do some operations, `repairs` it. Returns the counts of failed operations by code.
 */
export async function workThrough({ agent, writer, random, breaks, repairs, errors, operations = 60 }) {
  const client = writer.start(random, { patient: true, operations });
  let end;
  try {
    await client.said(/ready/);
    await breaks();
    end = await client.ended;
  } finally {
    await repairs();
    if (end === undefined) {
      client.kill();
      await client.ended;
    }
  }
  expect(!end.hung, () => `the writer hung: ${end.stdout}${end.stderr}`);
  expect(/^done$/m.test(end.stdout), () => `the writer ended early: ${end.stdout}${end.stderr}`);
  const failures = writer.failures();
  const others = Object.keys(failures).filter((code) => ![...errors, 'ENOTEMPTY'].includes(code));
  expect(others.length === 0, () => `errors of another sort: ${JSON.stringify(failures)}`);
  await worksAgain(agent);
  await writer.verify({ orderly: true });
  return failures;
}

/** The disk works again: the owner finds out by itself, in little time. */
export async function worksAgain(agent) {
  const script =
    'for i in $(seq 100); do (echo again > "$1" && sync "$1") 2> /dev/null && exit 0; sleep 0.1; done; exit 1';
  await run('sh', ['-c', script, 'sh', join(agent.mountpoint, 'again')], { mountpoint: agent.mountpoint });
}

export function sumOf(list) {
  const sum = {};
  for (const counts of list) {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  }
  return Object.entries(sum)
    .map(([name, count]) => `${count} x ${name}`)
    .join(', ');
}
