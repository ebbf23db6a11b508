import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { late, loadAhead, loadsAhead } from '#src/base/index.js';

/** Of the build, for a process of its own. */
const BASE = new URL('../../../dist/base/index.js', import.meta.url).href;

t.test('a part is loaded when it is asked for, once', async (t) => {
  let loads = 0;
  const part = late(async () => ({ loads: ++loads }));
  t.equal(loads, 0);
  t.same(await Promise.all([part(), part()]), [{ loads: 1 }, { loads: 1 }]);
  t.same(await part(), { loads: 1 });
});

t.test('a part whose file is gone says what to do, and is asked for again', async (t) => {
  let there = false;
  const part = late(async () => {
    if (there) return 'here';
    throw Object.assign(new Error('Cannot find module'), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  await t.rejects(part(), {
    code: 'INTERNAL',
    message: 'a part of AgentFS could not be loaded: Cannot find module',
    hint: /agentfs stop WORKSPACE/,
  });
  there = true;
  t.equal(await part(), 'here');
});

t.test(
  'a process that stays has all parts loaded one after the other, also those that come later',
  async (t) => {
    // What loads ahead keeps no process alive.
    const hold = setInterval(() => {}, 1000);
    t.teardown(() => clearInterval(hold));
    t.equal(loadsAhead(), false);
    const told: string[] = [];
    const failures: unknown[] = [];
    const noted = (name: string) => async () => {
      told.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`${name} ends`);
      return name;
    };
    const never = late(noted('never'), { ahead: false });
    const wanted = late(noted('wanted'), { ahead: false });
    late(async () => {
      late(noted('brought'));
      return await noted('first')();
    });
    late(async () => {
      throw new Error('gone');
    });
    late(noted('last'));
    // The parts of the tests before are loaded, and stay so.
    await loadAhead({ onFailure: (error) => failures.push(error), delayMs: 0 });
    t.equal(loadsAhead(), true);
    t.same(
      told,
      ['first', 'last', 'brought'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
    t.match(failures, [{ code: 'INTERNAL', message: /gone/ }]);
    await new Promise<void>((resolve) => {
      late(async () => resolve());
      wanted.expect();
    });
    t.equal(await wanted(), 'wanted');
    t.notOk(told.includes('never begins'));
    t.equal(await never(), 'never');
  },
);

t.test('without descriptors nothing is imported, so it can be with them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-late-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['asked', 'ahead']) {
    writeFileSync(join(folder, `${name}-leaf.mjs`), `export const name = '${name}';`);
    writeFileSync(join(folder, `${name}.mjs`), `export * from './${name}-leaf.mjs';`);
  }
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { closeSync, openSync } from 'node:fs';
    import { late, loadAhead } from '${BASE}';
    const asked = late(() => import('./asked.mjs'), { ahead: false });
    const failures = [];
    let loaded;
    const ahead = new Promise((resolve) => {
      late(() => import('./ahead.mjs').then((part) => resolve(part.name)));
    });
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    const loading = loadAhead({ onFailure: (error) => failures.push(error.message), delayMs: 0 });
    const refusal = await asked().catch(({ code, hint }) => ({ code, hint }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const descriptor of held) closeSync(descriptor);
    const hold = setInterval(() => {}, 1000);
    const after = [(await asked()).name, await ahead];
    await loading;
    clearInterval(hold);
    console.log(JSON.stringify({ refusal, after, failures }));`,
  );
  const script = 'ulimit -n 64; exec "$0" "$1"';
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, join(folder, 'main.mjs')], {
    // Under tap it loads hooks that write into the checkout.
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.match(JSON.parse(stdout), {
    refusal: { code: 'EMFILE', hint: /ulimit -n/ },
    after: ['asked', 'ahead'],
    failures: [],
  });
});
