import t from 'tap';
import {
  AgentFS,
  AgentFsError,
  type Conflict,
  SyncConflictError,
  type SyncReport,
} from '#src/sdk/typescript/index.js';
import { defaultParts, type OwnerParts } from '#src/sdk/typescript/owner/index.js';
import type { SyncEngine, SyncEvents } from '#src/sync/types.js';
import { eventually, temporaryDirectory } from '../../workspace/temporary-home.js';

/** Stands in for the engine where a test is of what happens around it: errors and events across the socket. */
class ScriptedEngine {
  readonly listeners = new Map<string, (payload: never) => void>();
  report: Partial<SyncReport> = { conflicts: [] };
  started = 0;
  stopped: unknown[] = [];

  push = async (): Promise<SyncReport> => this.report as SyncReport;
  remotes = (): readonly string[] => ['origin'];
  needsOwner = (): boolean => true;
  note = (): void => {};
  start = (): void => {
    this.started += 1;
  };
  stop = async (options: unknown): Promise<void> => {
    this.stopped.push(options);
  };
  on = (event: string, listener: (payload: never) => void): (() => void) => {
    this.listeners.set(event, listener);
    return () => this.listeners.delete(event);
  };

  emit<E extends keyof SyncEvents>(event: E, payload: Parameters<SyncEvents[E]>[0]): void {
    this.listeners.get(event)?.(payload as never);
  }
}

const CONFLICT: Conflict = {
  id: 'c1',
  path: '/a',
  type: 'modify/modify',
  base: null,
  local: null,
  remote: null,
};

async function workspaces(t: Parameters<typeof temporaryDirectory>[0], hasRemotes = false) {
  const engine = new ScriptedEngine();
  const parts = {
    ...defaultParts,
    hasRemotes: () => hasRemotes,
    openSync: async () => engine as unknown as SyncEngine,
  } as OwnerParts;
  const afs = new AgentFS({ home: temporaryDirectory(t) });
  const owner = await afs.workspace.create('demo', { parts });
  const client = await afs.workspace.get('demo', { own: false });
  return { engine, owner, client };
}

t.test(
  'a push that leaves conflicts for a person throws SyncConflictError, here and over the socket',
  async (t) => {
    const { engine, owner, client } = await workspaces(t);
    engine.report = { pushed: 3, conflicts: [CONFLICT, { ...CONFLICT, id: 'c2', winner: 'local' }] };
    for (const workspace of [owner, client]) {
      const error = await workspace.sync.push().catch((problem) => problem);
      t.type(error, SyncConflictError);
      t.type(error, AgentFsError);
      t.match(error, { code: 'SYNC_CONFLICT', path: '/a', report: { pushed: 3 } });
      t.same(error.conflicts, [CONFLICT], 'conflicts that the policy decided are none');
      t.same(JSON.parse(JSON.stringify(error)).data.conflicts, [CONFLICT]);
    }
    t.match(await client.sync.push({ dryRun: true }), { pushed: 3 }, 'a dry run only tells');
    engine.report = { pushed: 1, conflicts: [] };
    t.match(await client.sync.push(), { pushed: 1 });
    await client.close();
    await owner.close();
  },
);

t.test('events reach those who listen, in process and over the socket, and nobody else', async (t) => {
  const { engine, owner, client } = await workspaces(t);
  const heard: string[] = [];
  owner.sync.on('status', ({ workspace }) => heard.push(`owner ${workspace}`));
  const off = client.sync.on('status', ({ workspace }) => heard.push(`client ${workspace}`));
  client.sync.on('conflict', () => heard.push('conflict'));
  await owner.sync.remotes();
  await client.sync.remotes();
  engine.emit('status', { workspace: 'demo' } as never);
  engine.emit('progress', {} as never);
  await eventually(() => heard.length === 2);
  t.same(heard.sort(), ['client demo', 'owner demo']);
  off();
  engine.emit('status', { workspace: 'again' } as never);
  engine.emit('conflict', []);
  await eventually(() => heard.includes('conflict'));
  t.notOk(heard.includes('client again'));
  await client.close();
  await owner.close();
});

t.test('the engine starts by itself where a remote is enabled, and stops with a flush', async (t) => {
  const { engine, owner, client } = await workspaces(t, true);
  await eventually(() => engine.started === 1);
  await client.close();
  await owner.close();
  t.same(engine.stopped, [{ flush: true }]);
});

t.test('without a remote the engine is not even opened', async (t) => {
  const { engine, owner, client } = await workspaces(t);
  await client.writeFile('/a', 'x');
  await client.close();
  await owner.close();
  t.equal(engine.started, 0);
  t.same(engine.stopped, []);
});
