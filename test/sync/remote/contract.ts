/**
 * What every kind of remote must do: the suite that runs on a file and on a real sqld.
 */
import type { Test } from 'tap';
import { ROOT_NODE } from '#src/sync/core/tree.js';
import { openRemote, type PushChange, type RemoteWorkspace } from '#src/sync/remote/index.js';
import {
  bytesOf,
  commit,
  directory,
  entry,
  file,
  id,
  noise,
  pull,
  pushed,
  removal,
  symlink,
  upload,
} from './trees.js';

export interface RemoteKind {
  readonly url: string;
  readonly token?: string;
}

export async function remoteContract(t: Test, kind: RemoteKind): Promise<void> {
  let count = 0;
  const open = (t: Test, workspace: string, agent = 'agent-a'): RemoteWorkspace => {
    const remote = openRemote({ ...kind, workspace, agent });
    t.teardown(() => remote.close());
    return remote;
  };
  /** A workspace of its own for each test, on the one database. */
  const fresh = async (t: Test): Promise<RemoteWorkspace> => {
    const remote = open(t, `contract-${count++}`);
    await remote.ensure();
    return remote;
  };

  await t.test(
    'two agents that enable at once get one workspace, and enabling again changes nothing',
    async (t) => {
      const agents = ['a', 'b', 'c', 'd'].map((agent) => open(t, 'together', agent));
      const identities = await Promise.all(agents.map((agent) => agent.ensure()));
      t.equal(new Set(identities.map((one) => one.incarnation)).size, 1, 'one incarnation');
      t.equal(identities.filter((one) => one.created).length, 1, 'made once');
      const again = await agents[0]!.ensure();
      t.match(again, { created: false, revision: 0, incarnation: identities[0]!.incarnation });
      t.ok(Math.abs(again.serverTimeMs - Date.now()) < 60_000, 'the time is milliseconds since the epoch');
    },
  );

  await t.test('the audit log is only appended to: a row that is there stays as it was', async (t) => {
    const remote = await fresh(t);
    const row = { agent: 'agent-a', seq: 1, atMs: 1000, action: 'sync.enable', detail: 'as it was' };
    await remote.appendAudit([row]);
    await remote.appendAudit([
      { ...row, atMs: 9000, action: 'forged', detail: 'told otherwise' },
      { ...row, seq: 2, atMs: 2000, detail: 'the next' },
      { ...row, agent: 'agent-b', atMs: 3000, detail: 'of another agent' },
    ]);
    t.same(
      (await remote.audit(10)).map(({ agent, seq, action, detail }) => [agent, seq, action, detail]),
      [
        ['agent-b', 1, 'sync.enable', 'of another agent'],
        ['agent-a', 2, 'sync.enable', 'the next'],
        ['agent-a', 1, 'sync.enable', 'as it was'],
      ],
    );
  });

  await t.test(
    'what is pushed is pulled: sizes around the borders, links, xattrs, odd names and times',
    async (t) => {
      const remote = await fresh(t);
      const contents = new Map<string, Buffer>();
      const changes: PushChange[] = [directory(id('dir')), entry([ROOT_NODE, 'dir'], id('dir'))];
      const lengths = [0, 1, 700, 16 * 1024, 16 * 1024 + 1, 5 * 1024 * 1024];
      for (const length of lengths) {
        for (const [sort, bytes] of [
          ['noise', noise(length)],
          ['text', Buffer.alloc(length, 'to be or not to be, ')],
        ] as const) {
          const name = `${sort}-${length}`;
          contents.set(id(name), bytes);
          await upload(remote, bytes);
          changes.push(file(id(name), bytes), entry([id('dir'), name], id(name)));
        }
      }
      const odd = ['ä ö', '日本', '😀', 'a"b\\c', "it's", 'new\nline', 'x'.repeat(255), '%_', '...', ' '];
      for (const name of odd)
        changes.push(directory(id(`odd ${name}`)), entry([ROOT_NODE, name], id(`odd ${name}`)));
      changes.push(symlink(id('link'), '../ö/target'), entry([ROOT_NODE, 'link'], id('link')));
      changes.push(entry([ROOT_NODE, 'hard'], id('noise-1')));
      const state = {
        mtimeSec: -1_234_567,
        mtimeNsec: 999_999_999,
        mode: 0o4755,
        uid: 0,
        gid: 4_294_967_295,
      };
      changes.push(
        file(id('old'), Buffer.from('old'), { state: { ...state, xattrs: 'user.a=QUJD\nuser.b=\n' } }),
        entry([ROOT_NODE, 'old'], id('old')),
        {
          ...directory(id('fifo'), { state: { kind: 'fifo' } }),
        },
        entry([ROOT_NODE, 'fifo'], id('fifo')),
      );
      const outcome = await pushed(remote, commit(0, changes));
      t.equal(outcome.revision, 1);

      const other = open(t, `contract-${count - 1}`, 'agent-b');
      const pulled = await pull(other);
      t.same(pulled.quarantined, []);
      t.equal(pulled.head, 1);
      t.equal(pulled.nodes.size, changes.filter((change) => change.type === 'node').length);
      t.equal(pulled.entries.size, changes.filter((change) => change.type === 'entry').length);
      for (const change of changes) {
        if (change.type === 'entry') {
          t.equal(pulled.entries.get(`${change.parent}/${change.name}`)?.node, change.node);
          continue;
        }
        const node = pulled.nodes.get(change.id)!;
        const expected = { ...change.state, revision: 1, agent: 'agent-a' };
        if (JSON.stringify(node.state) !== JSON.stringify(expected)) t.same(node.state, expected);
        t.match(node, { revision: 1, agent: 'agent-a', committedAtMs: outcome.committedAtMs });
        const bytes = contents.get(change.id);
        if (bytes !== undefined) t.ok(bytes.equals(await bytesOf(other, node.content)), 'the same bytes');
      }
      t.same(pulled.nodes.get(id('link'))?.content, { kind: 'target', target: '../ö/target' });
      t.match(await other.nodeContent(id('old')), { id: id('old'), state: { mtimeSec: -1_234_567 } });
      t.equal(await other.nodeContent(id('nobody')), undefined);
    },
  );

  await t.test('the feed tells what is live after a cursor, and what has gone since', async (t) => {
    const remote = await fresh(t);
    const [one, two, three] = [id('one'), id('two'), id('three')];
    await pushed(
      remote,
      commit(0, [
        file(one, Buffer.from('1')),
        entry([ROOT_NODE, 'one'], one),
        file(two, Buffer.from('2')),
        entry([ROOT_NODE, 'two'], two),
      ]),
    );
    const nothing = await pull(remote, 1);
    t.same([nothing.head, nothing.nodes.size, nothing.entries.size, nothing.pages], [1, 0, 0, 1]);
    await pushed(remote, commit(1, [file(one, Buffer.from('11'), { base: 1 })]));
    await pushed(remote, commit(2, [file(three, Buffer.from('3')), entry([ROOT_NODE, 'three'], three)]));
    await pushed(
      remote,
      commit(3, [
        removal(two, 1),
        entry([ROOT_NODE, 'two'], null, 1),
        removal(three, 3),
        entry([ROOT_NODE, 'three'], null, 3),
      ]),
    );
    const since = await pull(remote, 1);
    t.equal(since.head, 4);
    t.same([...since.nodes.keys()].sort(), [one, two, three].sort());
    t.match(since.nodes.get(three), { revision: 4, state: null }, 'three came and went');
    t.match(since.nodes.get(one), { revision: 2, state: { size: 2 } });
    t.match(since.nodes.get(two), { revision: 4, state: null });
    t.match(since.entries.get(`${ROOT_NODE}/two`), { revision: 4, node: null });
    t.equal(since.entries.size, 2);
    const all = await pull(remote);
    t.same([...all.nodes.keys()], [one], 'a first pull reads what is live only');
    t.equal((await pull(remote, 3)).nodes.size, 2, 'both removals after revision 3');
    t.match(await remote.nodeContent(two, 3), { revision: 1 }, 'history keeps what was removed');
  });

  await t.test('a feed keeps to its head while commits arrive, and is cut into bounded pages', async (t) => {
    const remote = await fresh(t);
    const many = 600;
    const changes: PushChange[] = [];
    for (let i = 0; i < many; i++) {
      changes.push(file(id(`n${i}`), noise(12_000, i + 1)), entry([ROOT_NODE, `n${i}`], id(`n${i}`)));
    }
    await pushed(remote, commit(0, changes));
    const seen = new Map<string, number>();
    let pages = 0;
    for await (const page of remote.feed(0)) {
      pages++;
      t.equal(page.head, 1);
      t.ok(
        page.nodes.reduce((sum, node) => sum + (node.state?.size ?? 0), 0) <= 4 * 1024 * 1024,
        'a page is bounded in bytes',
      );
      for (const node of page.nodes) seen.set(node.id, node.revision);
      if (pages === 1) {
        // Ends a row that is still to come and one that has been: both belong to the head all the same.
        const last = id(`n${many - 1}`);
        await pushed(
          remote,
          commit(1, [
            file(last, Buffer.from('new'), { base: 1 }),
            removal(id(`n${many - 2}`), 1),
            entry([ROOT_NODE, `n${many - 2}`], null, 1),
            removal(id('n0'), 1),
            entry([ROOT_NODE, 'n0'], null, 1),
          ]),
        );
      }
    }
    t.ok(pages >= 2, `${pages} pages`);
    t.equal(seen.size, many);
    t.ok([...seen.values()].every((revision) => revision === 1));
    const rest = await pull(remote, 1);
    t.equal(rest.nodes.size, 3);
    t.equal(rest.entries.size, 2);
  });

  await t.test('a stale commit of any kind is an outcome and changes nothing', async (t) => {
    const remote = await fresh(t);
    const ids = ['d', 'd2', 'f', 'g', 'sub'].map(id) as [string, string, string, string, string];
    const [d, d2, f, g, sub] = ids;
    await pushed(
      remote,
      commit(0, [
        directory(d),
        entry([ROOT_NODE, 'd'], d),
        directory(d2),
        entry([ROOT_NODE, 'd2'], d2),
        directory(sub),
        entry([d, 'sub'], sub),
        file(f, Buffer.from('f')),
        entry([d, 'f'], f),
        entry([d2, 'f'], f),
      ]),
    );
    await pushed(remote, commit(1, [file(f, Buffer.from('ff'), { base: 1 })]));
    const bystander = [file(g, Buffer.from('g')), entry([ROOT_NODE, 'g'], g)];
    const absent = { hash: 'ab'.repeat(32), size: 20_000 };
    const big = file(id('big'), noise(20_000)) as Extract<PushChange, { type: 'node' }>;
    const cases: readonly (readonly [string, number, readonly PushChange[]])[] = [
      ['node', 2, [...bystander, file(f, Buffer.from('mine'), { base: 1 })]],
      ['node', 2, [...bystander, file(id('gone'), Buffer.from('x'), { base: 1 })]],
      ['node', 2, [...bystander, file(f, Buffer.from('mine')), entry([ROOT_NODE, 'again'], f)]],
      ['entry', 2, [...bystander, entry([d, 'f'], null, 2)]],
      ['entry', 2, [...bystander, entry([d, 'f'], g, 0)]],
      ['head', 1, [...bystander, entry([d, 'sub'], null, 1), entry([d2, 'sub'], sub)]],
      ['parent', 2, [file(g, Buffer.from('g')), entry([id('nowhere'), 'g'], g)]],
      ['parent', 2, [file(g, Buffer.from('g')), entry([f, 'g'], g)]],
      ['parent', 2, [...bystander, removal(sub, 1), entry([d, 'sub'], null, 1), entry([sub, 'f'], f)]],
      ['children', 2, [...bystander, removal(d, 1), entry([ROOT_NODE, 'd'], null, 1)]],
      ['link', 2, [...bystander, removal(f, 2), entry([d, 'f'], null, 1)]],
      ['link', 2, [...bystander, entry([ROOT_NODE, 'ghost'], id('ghost'))]],
      ['link', 2, [...bystander, entry([d2, 'second'], sub)]],
      ['orphan', 2, [...bystander, entry([d, 'f'], null, 1), entry([d2, 'f'], null, 1)]],
      [
        'content',
        2,
        [
          ...bystander,
          {
            ...(file(f, Buffer.from('other'), { base: 2 }) as object),
            content: { kind: 'unchanged' },
          } as PushChange,
        ],
      ],
      [
        'chunk',
        2,
        [{ ...big, content: { kind: 'chunks', chunks: [absent] } }, entry([ROOT_NODE, 'big'], id('big'))],
      ],
    ];
    for (const [reason, base, changes] of cases) {
      t.same(await remote.push(commit(base, changes)), { outcome: 'stale', reason }, `stale: ${reason}`);
    }
    t.equal((await remote.head()).revision, 2);
    t.equal((await pull(remote, 2)).nodes.size, 0);
    await pushed(remote, commit(2, bystander));
  });

  await t.test('a commit that is sent again is found, and changes nothing twice', async (t) => {
    const remote = await fresh(t);
    const change = commit(0, [file(id('f'), Buffer.from('f')), entry([ROOT_NODE, 'f'], id('f'))]);
    const first = await pushed(remote, change);
    await pushed(remote, commit(1, [file(id('f'), Buffer.from('later'), { base: 1 })]));
    const again = await pushed(remote, change);
    t.match(again, { revision: 1, committedAtMs: first.committedAtMs, repeated: true, rowsWritten: 0 });
    t.equal((await remote.head()).revision, 2);
    t.equal((await remote.nodeContent(id('f')))?.revision, 2);
  });

  await t.test('moving a directory of 1 000 files writes three rows', async (t) => {
    const remote = await fresh(t);
    const changes: PushChange[] = [
      ...[directory(id('from')), entry([ROOT_NODE, 'from'], id('from'))],
      ...[directory(id('to')), entry([ROOT_NODE, 'to'], id('to'))],
    ];
    for (let i = 0; i < 1000; i++)
      changes.push(file(id(`f${i}`), Buffer.from(`${i}`)), entry([id('from'), `f${i}`], id(`f${i}`)));
    await pushed(remote, commit(0, changes));
    const move = commit(1, [entry([ROOT_NODE, 'from'], null, 1), entry([id('to'), 'moved'], id('from'))]);
    const before = remote.statistics();
    const outcome = await pushed(remote, move);
    t.equal(outcome.rowsWritten, 3, 'the commit, the old entry, the new entry');
    t.equal(remote.statistics().rowsWritten - before.rowsWritten, 3);
    t.equal(remote.statistics().roundTrips - before.roundTrips, 1);
    const since = await pull(remote, 1);
    t.equal(since.nodes.size, 0);
    t.equal(since.entries.size, 2);
  });

  await t.test('a commit of 20 000 files is one round trip up, and all of it is pulled', async (t) => {
    const remote = await fresh(t);
    const changes: PushChange[] = [];
    for (let i = 0; i < 20_000; i++) {
      const node = id(`many ${i}`);
      changes.push(
        file(node, Buffer.from(`${i}`)),
        entry([ROOT_NODE, `a rather long name of a file ${i}`], node),
      );
    }
    const before = remote.statistics().roundTrips;
    t.match(await remote.push(commit(0, changes)), { outcome: 'committed', rowsWritten: 40_001 });
    t.equal(remote.statistics().roundTrips - before, 1);
    const pulled = await pull(remote);
    t.equal(pulled.nodes.size, 20_000);
    t.equal(pulled.entries.size, 20_000);
    const gone = changes.map((change) =>
      change.type === 'node' ? removal(change.id, 1) : entry([change.parent, change.name], null, 1),
    );
    await pushed(remote, commit(1, gone));
    t.equal((await pull(remote)).nodes.size, 0);
    const tombs = await pull(remote, 1);
    t.equal(tombs.nodes.size + tombs.entries.size, 40_000);
  });

  await t.test('a chmod sends no content and keeps it', async (t) => {
    const remote = await fresh(t);
    const bytes = noise(40_000);
    await upload(remote, bytes);
    for (const [name, content] of [
      ['big', bytes],
      ['small', Buffer.from('small')],
    ] as const) {
      const made = file(id(name), content) as Extract<PushChange, { type: 'node' }>;
      const { revision } = await remote.head();
      const first = await pushed(remote, commit(revision, [made, entry([ROOT_NODE, name], id(name))]));
      const state = { ...made.state!, mode: 0o600 };
      const chmod = { ...made, state, content: { kind: 'unchanged' as const }, base: first.revision };
      await pushed(remote, commit(first.revision, [chmod]));
      const now = await remote.nodeContent(id(name));
      t.equal(now?.state?.mode, 0o600);
      t.ok(content.equals(await bytesOf(remote, now!.content)));
    }
  });

  await t.test(
    'content that is there is not sent again, and an inserted byte moves few chunks',
    async (t) => {
      const remote = await fresh(t);
      const bytes = noise(8 * 1024 * 1024, 77);
      t.ok((await upload(remote, bytes)) > 60);
      t.equal(await upload(remote, bytes), 0);
      const at = 3_333_333;
      const inserted = Buffer.concat([bytes.subarray(0, at), Buffer.from('!'), bytes.subarray(at)]);
      const sent = await upload(remote, inserted);
      t.ok(sent >= 1 && sent <= 3, `${sent} chunks`);
      t.ok(remote.statistics().chunksReused > 150);
    },
  );

  await t.test('a look at an unchanged head is one round trip', async (t) => {
    const remote = await fresh(t);
    const before = remote.statistics().roundTrips;
    t.equal((await remote.head()).revision, 0);
    t.equal(remote.statistics().roundTrips - before, 1);
    await pull(remote, 0);
    t.equal(remote.statistics().roundTrips - before, 2, 'so is a feed with nothing in it');
  });

  await t.test('a listener hears of another agent', async (t) => {
    const remote = await fresh(t);
    const other = open(t, `contract-${count - 1}`, 'agent-b');
    let heard: () => void = () => {};
    const hint = new Promise<string>((resolve) => {
      heard = () => resolve('heard');
    });
    const subscription = await other.listen(heard);
    if (!subscription.available) throw new Error(subscription.reason);
    await remote.push(commit(0, [directory(id('d')), entry([ROOT_NODE, 'd'], id('d'))]));
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      deadline = setTimeout(() => resolve('nothing within 5 s'), 5000);
    });
    t.equal(await Promise.race([hint, late]), 'heard');
    clearTimeout(deadline);
    subscription.stop();
    t.same(await subscription.ended, { reason: 'stopped' });
  });

  await t.test('commits by two agents at once are put in a row, and a lost race is stale', async (t) => {
    const remote = await fresh(t);
    const other = open(t, `contract-${count - 1}`, 'agent-b');
    const outcomes = await Promise.all(
      [remote, other].map((agent, i) =>
        agent.push(commit(0, [file(id(`f${i}`), noise(9)), entry([ROOT_NODE, 'same'], id(`f${i}`))])),
      ),
    );
    t.same(outcomes.map((one) => one.outcome).sort(), ['committed', 'stale']);
    const free = await Promise.all(
      [remote, other].map((agent, i) =>
        agent.push(commit(1, [file(id(`g${i}`), noise(9)), entry([ROOT_NODE, `g${i}`], id(`g${i}`))])),
      ),
    );
    t.same(free.map((one) => one.outcome === 'committed' && one.revision).sort(), [2, 3]);
    await remote.heartbeat({ host: 'here', revision: 3 });
    await remote.heartbeat({ host: 'here', revision: 3 });
  });
}
