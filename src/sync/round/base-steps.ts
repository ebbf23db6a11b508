/**
 * The steps by which the base follows a round, beside those of what is applied and pushed. Pure.
 *
 * The base goes by inode numbers and may only say what both sides have, so a node that is merely called otherwise changes
 * nothing in it. It may run ahead of the cursor: the next round finds out what of that has gone again (feed-tree.ts).
 */
import type { Change, Entry, NodeId, NodeVersion, Plan, TreeView } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { BaseTree } from '../local/base-tree.js';
import type { NodeReference, SeenStep, SyncStep } from '../steps.js';
import type { RemoteSide } from './feed-tree.js';

export interface RoundParts {
  readonly plan: Plan;
  readonly side: RemoteSide;
  readonly base: BaseTree;
  /** Keys of what is to be pushed. */
  readonly pushed: ReadonlySet<string>;
  readonly referTo: (id: NodeId) => NodeReference;
}

export function keyOf(change: Change): string {
  return change.type === 'node' ? change.id : slotKey(change);
}

/** What the base has of an adopted node under another inode number follows it. */
export function adoptSteps({ plan, referTo }: RoundParts): SyncStep[] {
  return [...plan.adopt.values()].map((id): SyncStep => ({ type: 'adopt', node: referTo(id) }));
}

/** Nodes that both sides have already. */
export function agreedNodeSteps(parts: RoundParts): SyncStep[] {
  return agreedOf(parts).flatMap((change) =>
    change.type === 'node' ? [nodeStep(change.id, change.state, parts)] : [],
  );
}

/**
 * Entries that both sides have already, and those that were applied to a node that is pushed: when all nodes are in the
 * base, since an entry without its nodes is not taken. What has been pushed over by now is newer in the base already.
 */
export function agreedEntrySteps(
  parts: RoundParts,
  { isApplied, isPushed }: { readonly isApplied: boolean; readonly isPushed: boolean },
): SyncStep[] {
  const { plan, side, pushed, referTo } = parts;
  const applied = isApplied ? plan.apply.filter((change) => !pushed.has(keyOf(change))) : [];
  const ofPushed = applied.filter(
    (change) =>
      change.type === 'entry' &&
      !isWaitedFor(change, side) &&
      (pushed.has(change.parent) || (change.node !== null && pushed.has(change.node))),
  );
  const waitedFor = applied.flatMap((change): SyncStep[] => {
    if (change.type === 'node' || !isWaitedFor(change, side)) return [];
    const { parent, name } = change;
    const there = isThereInBase(change, parts) ? side.tree.entry(parent, name) : undefined;
    const node = there === undefined ? null : referTo(there);
    const revision = node === null ? 0 : side.entryRevision(parent, name);
    return [{ type: 'base-entry', parent: referTo(parent), name, node, revision, notes: true }];
  });
  const agreed = [...agreedOf(parts), ...ofPushed].flatMap((change): SyncStep[] => {
    if (change.type === 'node' || (isPushed && pushed.has(keyOf(change)))) return [];
    const { parent, name, node } = change;
    return [
      {
        type: 'base-entry',
        parent: referTo(parent),
        name,
        node: node === null ? null : referTo(node),
        revision: side.entryRevision(parent, name),
        notes: pushed.has(keyOf(change)),
      },
    ];
  });
  return [...agreed, ...waitedFor];
}

/**
 * True for an entry that is applied and is another on the remote, where what has it waits for a conflict: it was left here
 * by what a person's decision moved. The base goes on having what the remote has, and the rest is a change made here.
 */
export function isWaitedFor(
  { parent, name, node }: Extract<Change, { type: 'entry' }>,
  { tree }: Pick<RemoteSide, 'tree'>,
): boolean {
  return (tree.entry(parent, name) ?? null) !== node;
}

/** Whether the base can have what the remote has there; else it is news as long as it waits. */
function isThereInBase(
  { parent, name }: Extract<Change, { type: 'entry' }>,
  { side, referTo }: RoundParts,
): boolean {
  const there = side.tree.entry(parent, name);
  return there !== undefined && side.base.node(there) !== undefined && referTo(there).ino !== 0;
}

function agreedOf(parts: RoundParts): Change[] {
  const { plan, side } = parts;
  const applied = new Set(plan.apply.map(keyOf));
  return [...side.own, ...side.renewed, ...plan.agreed].filter(
    (change) => !applied.has(keyOf(change)) && !isRenaming(change, parts),
  );
}

/**
 * A pull alone leaves what is to be pushed over news of the remote. The news are seen all the same: the base has them,
 * and what is here instead is a change made on top of them.
 */
export function seenSteps(parts: RoundParts): SyncStep[] {
  return parts.plan.push.flatMap((change) =>
    change.type === 'node' && isSeen(change, parts)
      ? [nodeStep(change.id, parts.side.tree.node(change.id) ?? null, parts)]
      : [],
  );
}

/** A new state of a node that both sides have can be in the base before it is pushed over. */
export function isSeen(
  change: Extract<Change, { type: 'node' }>,
  { side, referTo }: Pick<RoundParts, 'side' | 'referTo'>,
): boolean {
  return (
    change.state !== null &&
    side.hasNews(change.id) &&
    side.tree.node(change.id) !== undefined &&
    referTo(change.id).ino !== 0
  );
}

/**
 * What comes with the place that a person's decision gives to the remote's version beside the local one: the base has
 * what the remote has, and what is here is a change made on top of it. So the decision is made with that place, and
 * not before; who dies then leaves an ordinary change to be pushed. `kept` is what gets the place, `of` the remote's node.
 */
export function seenWithKept(
  { kept, of, local }: { readonly kept: NodeId; readonly of: NodeId; readonly local: TreeView },
  { side, base, referTo }: Pick<RoundParts, 'side' | 'base' | 'referTo'>,
): SeenStep[] {
  const notes = true;
  if (kept !== of) {
    const version = side.tree.node(of) ?? null;
    return [{ type: 'base-node', node: referTo(of), version, dropped: base.dropped(of), notes }];
  }
  const isTaken = ({ parent, name }: Entry) => local.entry(parent, name) !== undefined;
  return side.tree
    .entriesOf(of)
    .filter(isTaken)
    .map(
      ({ parent, name }): SeenStep => ({
        ...{ type: 'base-entry', parent: referTo(parent), name, node: referTo(of), notes },
        revision: side.entryRevision(parent, name),
      }),
    );
}

/** What is in the base and still to be pushed over is told to the log, which else may have forgotten it. */
function nodeStep(id: NodeId, version: NodeVersion | null, { base, pushed, referTo }: RoundParts): SyncStep {
  const dropped = base.dropped(id);
  return { type: 'base-node', node: referTo(id), version, dropped, notes: pushed.has(id) };
}

/** Keys of what the base has, as the remote has it, when the round's steps are carried out. */
export function settledKeys(
  parts: RoundParts,
  { isApplied, isPushed }: { readonly isApplied: boolean; readonly isPushed: boolean },
): ReadonlySet<string> {
  const { plan } = parts;
  const changes = agreedOf(parts);
  if (isApplied) {
    for (const change of plan.apply) {
      const isPushedOver = parts.pushed.has(keyOf(change));
      const isNews =
        !isPushedOver &&
        change.type === 'entry' &&
        isWaitedFor(change, parts.side) &&
        !isThereInBase(change, parts);
      if (!isNews && (isPushed || !isPushedOver)) changes.push(change);
    }
  }
  if (isPushed) changes.push(...plan.push);
  else changes.push(...plan.push.filter((change) => change.type === 'node' && isSeen(change, parts)));
  return new Set(changes.map(keyOf));
}

function isRenaming(change: Change, { plan: { adopt }, side }: RoundParts): boolean {
  if (change.type === 'entry') {
    const { parent, name, node } = change;
    return adopt.has(parent) || (side.tree.entry(parent, name) ?? null) !== node;
  }
  return adopt.has(change.id) || change.state?.revision !== side.tree.node(change.id)?.revision;
}
