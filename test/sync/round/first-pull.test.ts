/**
 * The first pull: whatever the order in which nodes and entries come, each is made once its directory is there.
 */
import t from 'tap';
import { type NodeVersion, ROOT_NODE } from '#src/sync/core/index.js';
import type { FeedEntry, FeedNode, FeedPage, RemoteWorkspace } from '#src/sync/remote/index.js';
import { firstPull } from '#src/sync/round/first-pull.js';
import { TransferProgress } from '#src/sync/round/transfer-progress.js';
import type { NewNodeStep, SyncHost } from '#src/sync/steps.js';

const AGENT = 'me';
const id = (name: string) => Buffer.from(name).toString('hex').padEnd(32, '0');
const where = { revision: 3, agent: 'other', committedAtMs: 1 };

function version(kind: NodeVersion['kind']): NodeVersion {
  const state = { kind, mode: 0o644, uid: 0, gid: 0, rdev: 0, size: 1, mtimeSec: 0, mtimeNsec: 0 };
  return { ...state, hash: 'h', xattrs: '', revision: 3, agent: 'other', editedAtMs: 0 };
}

function node(name: string, more: Partial<FeedNode> = {}): FeedNode {
  const content = { kind: 'inline', bytes: Buffer.from(name) } as const;
  return { id: id(name), state: version('file'), content, ...where, ...more };
}

function directory(name: string, more: Partial<FeedNode> = {}): FeedNode {
  return node(name, { state: version('directory'), content: { kind: 'none' }, ...more });
}

function entry(parent: string, name: string, more: Partial<FeedEntry> = {}): FeedEntry {
  return { parent: parent === '' ? ROOT_NODE : id(parent), name, node: id(name), ...where, ...more };
}

function page(nodes: FeedNode[], entries: FeedEntry[]): FeedPage {
  return {
    ...{
      head: 3,
      incarnation: 'i',
      serverTimeMs: 5,
      quarantined: [],
      isEmpty: false,
      ownCommits: [],
      horizon: 0,
      last: false,
    },
    ...{ nodes, entries },
  };
}

/** Names in the order in which they are made, and what is left. */
async function pull(pages: FeedPage[], { joinedAt = 0, refuse = 0 } = {}) {
  const made: NewNodeStep[] = [];
  const remote = {
    async *feed() {
      yield* pages;
    },
  } as unknown as RemoteWorkspace;
  const host = {
    async insert(_remote: number, steps: readonly NewNodeStep[]) {
      made.push(...steps);
      return refuse;
    },
  } as unknown as SyncHost;
  const { rest, pulled, refused } = await firstPull(remote, {
    ...{ host, remoteId: 1, agent: AGENT, joinedAt },
    begin: async () => {},
    progress: new TransferProgress(() => {}),
  });
  return { names: made.map(({ name }) => name), made, rest, pulled, refused };
}

t.test('a node is made once, and only when its directory is there, whatever comes first', async (t) => {
  const nodes = [directory('a'), directory('b'), node('f'), node('g')];
  const entries = [entry('', 'a'), entry('a', 'b'), entry('b', 'f'), entry('a', 'g')];
  const orders = [
    [page(nodes, entries)],
    [page(nodes, [...entries].reverse())],
    [page([], entries), page(nodes, [])],
    [page([...nodes].reverse(), []), page([], [...entries].reverse())],
    nodes.map((one, i) => page([one], [entries[entries.length - 1 - i] as FeedEntry])),
  ];
  for (const pages of orders) {
    const { names, rest, pulled } = await pull(pages);
    t.same([...names].sort(), ['a', 'b', 'f', 'g']);
    t.ok(names.indexOf('a') < names.indexOf('b'), 'a directory before what is in it');
    t.ok(names.indexOf('b') < names.indexOf('f'));
    t.ok(names.indexOf('a') < names.indexOf('g'));
    t.same([rest.nodes, rest.entries], [[], []]);
    t.equal(pulled, 8);
  }
});

t.test(
  'what cannot simply be made is left: the root, second names, large files, what hangs on nothing',
  async (t) => {
    const large = node('large', { content: { kind: 'chunks', chunks: [] } });
    const root = directory('', { id: ROOT_NODE });
    const { names, rest } = await pull([
      page(
        [root, directory('d'), node('f'), large, node('lost')],
        [
          entry('', 'd'),
          entry('d', 'f'),
          entry('', 'f2', { node: id('f') }),
          entry('d', 'large'),
          entry('nowhere', 'lost'),
          entry('d', 'never came'),
        ],
      ),
    ]);
    t.same(names, ['d', 'f']);
    t.same(rest.nodes.map((it) => it.id).sort(), [ROOT_NODE, id('large'), id('lost')].sort());
    t.same(rest.entries.map((it) => it.name).sort(), ['f2', 'large', 'lost', 'never came']);
    t.equal(rest.head, 3);
  },
);

t.test('what a lost commit of this agent made is no news, unless it is older than the join', async (t) => {
  const own = { agent: AGENT };
  const pages = [page([node('f', own), node('g')], [entry('', 'f', own), entry('', 'g')])];
  const after = await pull(pages, { joinedAt: 2 });
  t.same(after.names, ['g']);
  t.same([after.rest.nodes.length, after.rest.entries.length], [1, 1]);
  const before = await pull(pages, { joinedAt: 3 });
  t.same(before.names.sort(), ['f', 'g']);
});

t.test('a refusal is told', async (t) => {
  const { refused, pulled } = await pull([page([node('f'), node('g')], [entry('', 'f'), entry('', 'g')])], {
    refuse: 1,
  });
  t.same([refused, pulled], [1, 2]);
});
