/**
 * What must hold when a simulation has come to rest. Each check returns what is wrong, as sentences.
 */
import type { Database } from 'better-sqlite3';
import { ROOT_NODE } from '#src/sync/core/index.js';
import { ContentHasher } from '#src/sync/transfer/index.js';
import type { SyncReport } from '#src/sync/types.js';
import type { SimulatedAgent } from './agent.js';
import { joinedMs } from './joined.js';
import type { Ledger } from './ledger.js';
import { mayBeBack } from './returned.js';
import { contentsOf, readTree, type Tree, textOf } from './tree.js';

interface LiveNode {
  readonly node: string;
  readonly revision: number;
  readonly kind: number;
  readonly text: string;
}

interface LiveEntry {
  readonly parent: string;
  readonly name: string;
  readonly node: string;
  readonly revision: number;
}

export interface RemoteTree {
  readonly head: number;
  readonly nodes: ReadonlyMap<string, LiveNode>;
  readonly entries: readonly LiveEntry[];
}

const DIRECTORY = 2;
const KINDS = ['', 'file', 'directory', 'symlink', 'fifo', 'socket', 'block', 'character'];

export function readRemote(db: Database): RemoteTree {
  const nodes = db
    .prepare<[], LiveNode>(
      `SELECT lower(hex(node)) AS node, rev_from AS revision, kind,
         concat_ws('|', mode, uid, gid, rdev, size, mtime_sec, mtime_nsec, xattrs, lower(hex(hash))) AS text
       FROM agentfs_nodes WHERE rev_to IS NULL ORDER BY node`,
    )
    .all();
  const entries = db
    .prepare<[], LiveEntry>(
      `SELECT lower(hex(parent)) AS parent, name, lower(hex(node)) AS node, rev_from AS revision
       FROM agentfs_entries WHERE rev_to IS NULL ORDER BY parent, name`,
    )
    .all();
  const head = db
    .prepare<[], { head: number }>('SELECT ifnull(max(revision), 0) AS head FROM agentfs_commits')
    .get()!;
  return { head: head.head, nodes: new Map(nodes.map((it) => [it.node, it])), entries };
}

/** The remote is one tree, and no version of its history repeats the one before. */
export function remoteProblems(db: Database, remote: RemoteTree): string[] {
  const problems: string[] = [];
  const places = new Map<string, LiveEntry[]>();
  for (const entry of remote.entries) {
    const list = places.get(entry.node);
    if (list === undefined) places.set(entry.node, [entry]);
    else list.push(entry);
    const parent = remote.nodes.get(entry.parent);
    if (!remote.nodes.has(entry.node)) problems.push(`remote: ${entry.name} means a node that is not there`);
    if (entry.parent !== ROOT_NODE && parent?.kind !== DIRECTORY)
      problems.push(`remote: ${entry.name} stands in what is no directory`);
  }
  for (const { node, kind } of remote.nodes.values()) {
    if (node === ROOT_NODE) continue;
    const count = places.get(node)?.length ?? 0;
    if (count === 0) problems.push(`remote: node ${node} has no entry`);
    if (kind === DIRECTORY && count > 1) problems.push(`remote: directory ${node} has ${count} entries`);
    if (kind === DIRECTORY && isInItself(node, places))
      problems.push(`remote: directory ${node} is in itself`);
  }
  const repeated = db
    .prepare<[], { node: string; revision: number }>(
      `SELECT lower(hex(b.node)) AS node, b.rev_from AS revision FROM agentfs_nodes a
       JOIN agentfs_nodes b ON b.node = a.node AND b.rev_from = a.rev_to
       WHERE (a.kind, a.mode, a.uid, a.gid, a.size, a.mtime_sec, a.mtime_nsec, a.xattrs, a.hash, a.edited_at_ms)
           = (b.kind, b.mode, b.uid, b.gid, b.size, b.mtime_sec, b.mtime_nsec, b.xattrs, b.hash, b.edited_at_ms)`,
    )
    .all();
  for (const { node, revision } of repeated)
    problems.push(`remote: revision ${revision} repeats node ${node}`);
  const repeatedEntries = db
    .prepare<[], { name: string; revision: number }>(
      `SELECT b.name, b.rev_from AS revision FROM agentfs_entries a JOIN agentfs_entries b
       ON b.parent = a.parent AND b.name = a.name AND b.rev_from = a.rev_to AND b.node = a.node`,
    )
    .all();
  for (const { name, revision } of repeatedEntries)
    problems.push(`remote: revision ${revision} repeats the entry ${name}`);
  return problems;
}

function isInItself(node: string, places: ReadonlyMap<string, readonly LiveEntry[]>): boolean {
  const seen = new Set<string>();
  for (
    let at: string | undefined = node;
    at !== undefined && at !== ROOT_NODE;
    at = places.get(at)?.[0]?.parent
  ) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

interface BaseNode {
  readonly ino: number;
  readonly node: string;
  readonly kind: string;
  readonly revision: number;
  readonly text: string;
}

/** At rest an agent's base is what the remote has. */
export function baseProblems(agent: SimulatedAgent, remote: RemoteTree): string[] {
  const { db } = agent.vfs.state.store;
  const problems: string[] = [];
  const nodes = db
    .prepare<[], BaseNode>(
      `SELECT ino, lower(hex(node)) AS node, kind, revision,
         concat_ws('|', mode & 4095, uid, gid, rdev, size, mtime_sec, mtime_nsec, xattrs, hash) AS text
       FROM afs_base_node ORDER BY node`,
    )
    .all();
  const idOf = new Map([[1, ROOT_NODE], ...nodes.map(({ ino, node }) => [ino, node] as const)]);
  const known = new Set<string>();
  for (const { node, kind, revision, text } of nodes) {
    known.add(node);
    const there = remote.nodes.get(node);
    if (there === undefined) problems.push(`${agent.name}: its base has node ${node}, the remote has not`);
    else if (there.revision !== revision)
      problems.push(
        `${agent.name}: node ${node} is of revision ${revision} in its base, ${there.revision} there`,
      );
    else if (KINDS[there.kind] !== kind || there.text !== text)
      problems.push(`${agent.name}: node ${node} is ${text} in its base, ${there.text} there`);
  }
  for (const node of remote.nodes.keys())
    if (!known.has(node)) problems.push(`${agent.name}: its base has not node ${node}`);
  const entries = db
    .prepare<[], { parentIno: number; name: string; ino: number; revision: number }>(
      'SELECT parent_ino AS parentIno, name, ino, revision FROM afs_base_entry',
    )
    .all()
    .map(
      ({ parentIno, name, ino, revision }) => `${idOf.get(parentIno)}/${name} ${idOf.get(ino)} ${revision}`,
    )
    .sort();
  const there = remote.entries
    .map(({ parent, name, node, revision }) => `${parent}/${name} ${node} ${revision}`)
    .sort();
  const [mine, theirs] = [new Set(entries), new Set(there)];
  for (const it of entries)
    if (!theirs.has(it)) problems.push(`${agent.name}: only its base has entry ${it}`);
  for (const it of there) if (!mine.has(it)) problems.push(`${agent.name}: its base has not entry ${it}`);
  return problems;
}

export function hashOf(content: string): string {
  const hasher = new ContentHasher();
  hasher.push(Buffer.from(content, 'latin1'));
  const { content: hashed } = hasher.finish();
  return hashed.kind === 'none' ? '' : hashed.hash;
}

/** The server tells whole milliseconds, and an agent's log has them. */
const ROUNDING_MS = 3;

/** By how much two agents' times of edits may be off: a clock is measured no better than an answer takes. */
function timeErrorMs(agents: readonly SimulatedAgent[]): number {
  const [worst = 0, next = 0] = agents
    .map(({ clockErrorMs }) => clockErrorMs + ROUNDING_MS)
    .sort((a, b) => b - a);
  return worst + next;
}

/**
 * Nobody is in conflict with what he pushed himself, the policy names the winner, and a deletion that came after an edit is
 * not taken back by it. Where clocks have jumped, times are not looked at.
 */
export function conflictProblems(
  agent: SimulatedAgent,
  { conflicts }: SyncReport,
  of: {
    readonly ledger: Ledger;
    readonly clocksJump: boolean;
    readonly db: Database;
    readonly agents: readonly SimulatedAgent[];
  },
): string[] {
  const problems: string[] = [];
  const { ledger, clocksJump, db, agents } = of;
  const { conflictResolution: policy } = agent.config;
  const contents = new Map([...ledger.contents()].map((content) => [hashOf(content), content]));
  for (const { type, path, winner, base, local, remote } of conflicts) {
    const [here, there] = [local, remote].map((it) => contents.get(it?.hash ?? ''));
    const isOwn = remote?.agent === agent.id && isPushedOnlyBy(agent.id, { db, hash: remote.hash });
    if (type === 'modify/modify' && isOwn && ledger.descends(here, there))
      problems.push(`${agent.name}: ${path} is in conflict with what it pushed itself`);
    if (agent.isResolving) continue;
    if (policy !== 'last-write-wins' && winner !== (policy === 'manual' ? undefined : policy.slice(0, -5)))
      problems.push(`${agent.name}: ${winner ?? 'nobody'} wins ${path} under ${policy}`);
    if (clocksJump || policy !== 'last-write-wins' || (local === null) === (remote === null)) continue;
    const ancestor = { hash: base?.hash ?? '', content: contents.get(base?.hash ?? '') ?? '' };
    const removedMs = local === null ? removedHereMs(agent, ledger, ancestor) : removedThereMs(ancestor, of);
    const kept = local ?? remote;
    const ownMs = ledger.touchedMs(contents.get(kept?.hash ?? '') ?? '');
    const movedMs = remote === null ? 0 : movedThereMs(db, { hash: remote.hash, upTo: agent.headRead });
    const touchedMs =
      ownMs && kept ? Math.max(ownMs, movedMs, joinedMs(kept, { db, ledger, agents })) : ownMs;
    const isEditKept = winner === (local === null ? 'remote' : 'local');
    if (
      removedMs !== undefined &&
      touchedMs !== undefined &&
      isEditKept &&
      touchedMs < removedMs - timeErrorMs(agents)
    )
      problems.push(
        `${agent.name}: an edit of ${path} wins over the deletion ${removedMs - touchedMs} ms later`,
      );
  }
  return problems;
}

/** When what has this content there got a name last, of what the agent has read: a move counts from when it is pushed. */
function movedThereMs(db: Database, of: { readonly hash: string; readonly upTo: number }): number {
  const moved = db.prepare<[{ hash: string; upTo: number }], { atMs: number }>(
    `SELECT ifnull(max(committed_at_ms), 0) AS atMs FROM agentfs_entries e JOIN agentfs_commits ON revision = e.rev_from
     WHERE e.node IN (SELECT node FROM agentfs_nodes WHERE hash = unhex(:hash)) AND e.rev_from <= :upTo
       AND EXISTS (SELECT 1 FROM agentfs_entries o WHERE o.node = e.node AND o.rev_from < e.rev_from)`,
  );
  return moved.get(of)!.atMs;
}

interface Ancestor {
  readonly hash: string;
  readonly content: string;
}

/** When it was removed here, as the first round knew that knew of it: what was removed since has decided nothing. */
function removedHereMs(agent: SimulatedAgent, ledger: Ledger, { content }: Ancestor): number | undefined {
  const known = agent.roundsMs.map((untilMs) => ledger.removedMs(content, { agent: agent.name, untilMs }));
  return known.find((it) => it !== undefined);
}

/** When it was removed by who removed on the remote what once had this content; undefined where that was not one agent. */
function removedThereMs(
  { hash, content }: Ancestor,
  of: { readonly ledger: Ledger; readonly db: Database; readonly agents: readonly SimulatedAgent[] },
): number | undefined {
  const found = of.db
    .prepare<[{ hash: string }], { agent: string; pushedMs: number }>(
      `SELECT agent, max(committed_at_ms) AS pushedMs FROM agentfs_commits WHERE revision IN (
         SELECT max(rev_to) FROM agentfs_nodes
         WHERE node IN (SELECT node FROM agentfs_nodes WHERE hash = unhex(:hash))
         GROUP BY node HAVING count(*) = count(rev_to))
       GROUP BY agent`,
    )
    .all({ hash });
  const remover = of.agents.find(({ id }) => id === found[0]?.agent);
  if (found.length !== 1 || remover === undefined) return undefined;
  return of.ledger.removedMs(content, { agent: remover.name, untilMs: found[0]!.pushedMs });
}

/** Whether all that was ever said on the remote of the nodes with this content, their names included, one agent said. */
function isPushedOnlyBy(
  agent: string,
  { db, hash }: { readonly db: Database; readonly hash: string },
): boolean {
  const others = db.prepare<[{ hash: string; agent: string }], { found: number }>(
    `WITH nodes AS (SELECT DISTINCT node FROM agentfs_nodes WHERE hash = unhex(:hash)),
       revisions AS (
         SELECT rev_from, rev_to FROM agentfs_nodes WHERE node IN nodes
         UNION ALL SELECT rev_from, rev_to FROM agentfs_entries WHERE node IN nodes)
     SELECT 1 AS found FROM revisions JOIN agentfs_commits ON revision IN (rev_from, rev_to)
     WHERE agent <> :agent`,
  );
  return others.get({ hash, agent }) === undefined;
}

/** Nothing acknowledged is lost, and nothing removed has come back. */
export function ledgerProblems(
  ledger: Ledger,
  { trees, agents, db }: { trees: readonly Tree[]; agents: readonly SimulatedAgent[]; db: Database },
): string[] {
  const problems: string[] = [];
  const current = new Set(trees.flatMap((tree) => [...contentsOf(tree)]));
  const isInHistory = db.prepare<[{ hash: string }], { found: number }>(
    `SELECT 1 AS found FROM agentfs_nodes WHERE hash = unhex(:hash)
     UNION ALL SELECT 1 FROM agentfs_kept WHERE hash = unhex(:hash)`,
  );
  const keptHere = new Set(
    agents.flatMap(({ vfs }) =>
      vfs.state.store.kept.list().map((row) => (JSON.parse(row.version) as { hash: string }).hash),
    ),
  );
  for (const { content, madeBy, told } of ledger.owed()) {
    const hash = hashOf(content);
    if (current.has(content) || isInHistory.get({ hash }) !== undefined || keptHere.has(hash)) continue;
    problems.push(
      `${madeBy}: '${content.slice(0, 40)}' is lost${told ? ', though a conflict told of it' : ''}`,
    );
  }
  for (const content of current) {
    const by = ledger.goneBy(content);
    const remover = agents.find(({ name }) => name === by);
    if (remover === undefined || mayBeBack(db, { hash: hashOf(content), by: remover.id })) continue;
    problems.push(`${by} removed '${content.slice(0, 40)}', and it is there again`);
  }
  return problems;
}

/** The agents have the same, and sound databases. */
export function treeProblems(agents: readonly SimulatedAgent[]): { problems: string[]; trees: Tree[] } {
  const problems: string[] = [];
  const trees = agents.map(({ vfs }) => readTree(vfs));
  for (const agent of agents) {
    for (const { what, path } of agent.vfs.check()) problems.push(`${agent.name}: ${what} (${path ?? ''})`);
  }
  const [first, ...others] = trees.map((tree) => textOf(tree).split('\n'));
  others.forEach((other, index) => {
    const name = agents[index + 1]!.name;
    for (const line of first!)
      if (!other.includes(line)) problems.push(`only ${agents[0]!.name} has ${line}`);
    for (const line of other) if (!first!.includes(line)) problems.push(`only ${name} has ${line}`);
  });
  return { problems, trees };
}
