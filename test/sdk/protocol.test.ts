/**
 * The description of the protocol against a real owner: each method in it is there, and takes what it says.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';

interface Description {
  readonly methods: readonly {
    readonly name: string;
    readonly params: readonly { readonly name: string; readonly required: boolean }[];
  }[];
}

const description = JSON.parse(
  readFileSync(new URL('../../../src/sdk/openrpc.json', import.meta.url), 'utf8'),
) as Description;

t.test('an owner knows each method that is described, and refuses what is not described of it', async (t) => {
  const afs = new AgentFS({ home: temporaryDirectory(t) });
  await using owner = await afs.workspace.create('demo');
  await using client = await afs.workspace.get('demo', { own: false });
  const methods = description.methods.filter(({ name }) => name !== 'hello' && !name.startsWith('home.'));
  t.ok(methods.length > 50);
  for (const { name, params } of methods) {
    for (const { service } of [owner, client]) {
      const call = (given: object) => service.call(name as 'fs.stat', given as { path: string });
      await t.rejects(call({ bogus: 1 }), { code: 'INVALID_ARGUMENT' }, name);
      if (!params.some(({ required }) => required)) continue;
      await t.rejects(call({}), { code: 'INVALID_ARGUMENT', message: / must be given$/ }, name);
    }
  }
});

t.test('each method that is described is in the list of cases that every SDK runs', async (t) => {
  const list = new URL('../../../test/sdk/conformance/', import.meta.url);
  const text = readdirSync(list)
    .map((name) => readFileSync(new URL(name, list), 'utf8'))
    .join('');
  const called = new Set([...text.matchAll(/"call": "([\w.]+)"/g)].map(([, name]) => name));
  for (const { name } of description.methods) t.ok(name === 'hello' || called.has(name), name);
});

t.test('the description, and what the other SDKs are made of it, are what the types say', async (t) => {
  const script = fileURLToPath(new URL('../../../scripts/protocol.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
});
