/**
 * What a round decides on what it has read: as it is, or as the filters show it.
 *
 * Under filters the remote's whole tree is what is known of it, taken or not. What is shown of both sides is decided on; all
 * later steps see the remote through the filter too. What is hidden on the remote is remembered before anything
 * is forgotten, so that it stands in the base or among what is excluded at every moment.
 */

import type { StoreReader } from '../../store/index.js';
import {
  type Change,
  type Choice,
  type DecidedPlan,
  type FilteredPlan,
  FilteredTree,
  type NodeId,
  OverlayTree,
  type Plan,
  pathOf,
  planningOf,
  planWithChoices,
  type ReconcileInput,
  reconcileFiltered,
  renamedBy,
  type TouchedSet,
  type TreeView,
  wholeTree,
} from '../core/index.js';
import { slotKey } from '../core/slot.js';
import { NOTHING_DROPPED } from '../local/attributes.js';
import type { BaseTree } from '../local/base-tree.js';
import type { KnownTree } from '../local/known-tree.js';
import type { LocalChangeReader } from '../local/local-changes.js';
import { LocalTree } from '../local/local-tree.js';
import type { NodeInos } from '../local/node-inos.js';
import type { SyncStep } from '../steps.js';
import { keyOf } from './base-steps.js';
import type { RemoteSide } from './feed-tree.js';
import type { Scope } from './scope.js';

export interface Decision {
  readonly plan: Plan;
  /** The remote as it was decided on. */
  readonly side: RemoteSide;
  readonly local: TreeView;
  readonly touchedHere: TouchedSet;
  /** For the base and for what is excluded: before anything is carried out, after the apply, after the push. */
  readonly steps: {
    readonly first: readonly SyncStep[];
    readonly afterApply: readonly SyncStep[];
    readonly afterPush: readonly SyncStep[];
  };
  /** True for news of the remote that need nothing but to be remembered. */
  readonly isRemembered: (change: Change) => boolean;
  /** What has become of a person's decisions. */
  readonly outcome: Omit<DecidedPlan, 'plan'>;
  /** When everything of this is carried out, everything has to be looked at again. */
  readonly lookAgain: boolean;
}

export interface Deciding {
  readonly reader: StoreReader;
  readonly scope: Scope;
  readonly side: RemoteSide;
  readonly base: BaseTree;
  readonly known: KnownTree;
  readonly inos: NodeInos;
  readonly localReader: LocalChangeReader;
  readonly options: Pick<ReconcileInput, 'policy' | 'tieBreak'>;
  /** What a person decided about conflicts. */
  readonly choices: readonly Choice[];
}

export function decide(deciding: Deciding): Decision {
  return deciding.scope.isWhole ? decideWhole(deciding) : decideFiltered(deciding);
}

const NO_STEPS = { first: [], afterApply: [], afterPush: [] };

function decideWhole({ base, side, localReader, options, choices }: Deciding): Decision {
  const changed = localReader.read();
  const local = new OverlayTree(base, changed.changes);
  const { plan, ...outcome } = planWithChoices(
    planningOf({
      base: side.base,
      local,
      remote: side.tree,
      touched: { local: changed.touched, remote: side.touched },
      deletedAt: { local: changed.removedAt, remote: side.removedAt },
      movedAt: { local: changed.movedAt, remote: side.movedAt },
      ...options,
    }),
    choices,
  );
  return {
    plan,
    side,
    local,
    touchedHere: changed.touched,
    steps: NO_STEPS,
    isRemembered: () => false,
    outcome,
    lookAgain: false,
  };
}

function decideFiltered(deciding: Deciding): Decision {
  const { reader, scope, side, base, inos, localReader, options, choices } = deciding;
  const changed = localReader.readTouched();
  const local = new LocalTree(reader, inos, (ino) => localReader.versionOf(ino));
  localReader.hushTimes(namesOnly(local, deciding), changed.touched);
  const remote = wholeTree(side.tree);
  const input = {
    base: side.base,
    local,
    remote,
    filter: scope.filter,
    touched: { local: changed.touched, remote: side.touched },
    deletedAt: { local: changed.removedAt, remote: side.removedAt },
    movedAt: { local: changed.movedAt, remote: side.movedAt },
    freshId: (id: NodeId) =>
      inos.freshNode(local.inoOf(id), (node) => node === id || remote.kindOf(node) !== undefined),
    ...(scope.isNew
      ? { rescope: { nodes: [...listedNodes(base, side)], entries: [...listedEntries(base, side)] } }
      : {}),
    ...options,
  };
  const { plan, ...outcome } = planWithChoices(
    {
      plan: (resolutions) => reconcileFiltered({ ...input, resolutions }),
      sides: ({ adopt, split, ...sides }: FilteredPlan) => ({
        local: renamedBy(new Map([...adopt].filter(([id]) => !split.has(id))), sides.local),
        remote: sides.remote,
      }),
      includes: ({ parent, name }, isDirectory) =>
        scope.filter.includes(`${pathOf(local, parent) ?? ''}/${name}`.replace('//', '/'), isDirectory),
    },
    choices,
  );
  const planned = new Set([...plan.push, ...plan.apply].map(keyOf));
  inos.conceal((id) => !plan.local.has(id) && local.kindOf(id) !== undefined);
  return {
    plan,
    side: { ...side, tree: plan.remote },
    local: plan.local,
    touchedHere: plan.touched.local,
    steps: stepsOf(plan, deciding),
    isRemembered: (change) =>
      !planned.has(keyOf(change)) &&
      (change.type === 'node'
        ? !plan.remote.has(change.id) && base.node(change.id) === undefined
        : plan.remote.entry(change.parent, change.name) === undefined &&
          base.entry(change.parent, change.name) === undefined),
    outcome,
    lookAgain: plan.lookAgain,
  };
}

/** What is shown here, for questions that need no more than names. */
function namesOnly(local: LocalTree, { scope, side }: Deciding): FilteredTree {
  return new FilteredTree(local, { filter: scope.filter, isBased: (id) => side.base.node(id) !== undefined });
}

function* listedNodes(base: BaseTree, { own }: RemoteSide): Iterable<NodeId> {
  for (const [id] of base.nodesAfter(-1)) yield id;
  for (const change of own) if (change.type === 'node' && change.state !== null) yield change.id;
}

function* listedEntries(base: BaseTree, { own }: RemoteSide) {
  yield* base.entriesAfter(-1);
  for (const change of own) {
    const { type } = change;
    if (type === 'entry' && change.node !== null)
      yield { parent: change.parent, name: change.name, node: change.node };
  }
}

function stepsOf(plan: FilteredPlan, deciding: Deciding): Decision['steps'] {
  const { side } = deciding;
  const touched: Change[] = [
    ...[...side.touched.nodes].map((id): Change => ({ type: 'node', id, state: null })),
    ...side.touched.entries.map((slot): Change => ({ type: 'entry', ...slot, node: null })),
  ];
  // The remote knows nothing of a split.
  const former = new Map([...plan.split].map(([node, now]) => [now, node]));
  const gone = [...plan.forget, ...plan.agreed, ...plan.apply, ...plan.forgetAfterApply]
    .filter(isRemoval)
    .map(
      (change): Change =>
        change.type === 'node'
          ? { ...change, id: former.get(change.id) ?? change.id }
          : { ...change, parent: former.get(change.parent) ?? change.parent },
    );
  // As long as something waits to be put in a place, the news that it is free are news.
  const awaited = new Set(plan.push.map(keyOf));
  const places = [...touched, ...gone].filter((change) => !awaited.has(keyOf(change)));
  return {
    first: [
      ...hiddenSteps(places, plan, deciding),
      // What the base forgets may be shown elsewhere, and wait there: the feed does not tell of it again.
      ...keptSteps(plan.forget.filter(isRemoval), deciding),
      ...forgetSteps(plan.forget, deciding),
    ],
    afterApply: forgetSteps(plan.forgetAfterApply, deciding),
    afterPush: [
      // What stays on the remote is not shown any more from now on.
      ...keptSteps(plan.forgetAfterPush, deciding),
      ...forgetSteps(plan.forgetAfterPush, deciding),
      ...plan.push.flatMap((change) => forgottenSteps(change, deciding)),
    ],
  };
}

function isRemoval(change: Change): boolean {
  return change.type === 'node' ? change.state === null : change.node === null;
}

/** What the remote has there and does not show is remembered; what it has no more is forgotten. */
function hiddenSteps(places: readonly Change[], plan: FilteredPlan, deciding: Deciding): SyncStep[] {
  const { side } = deciding;
  const unique = new Map(places.map((change) => [keyOf(change), change]));
  return [...unique.values()].flatMap((change) => {
    if (change.type === 'node') {
      if (side.tree.node(change.id) === undefined) return forgottenSteps(change, deciding);
      return plan.remote.has(change.id) ? [] : keptSteps([change], deciding);
    }
    const { parent, name } = change;
    if (side.tree.entry(parent, name) === undefined) return forgottenSteps(change, deciding);
    return plan.remote.entry(parent, name) === undefined ? keptSteps([change], deciding) : [];
  });
}

/** Remembers what the remote has in these places. */
function keptSteps(places: readonly Change[], { side, known }: Deciding): SyncStep[] {
  return places.flatMap((change): SyncStep[] => {
    if (change.type === 'node') {
      const version = side.tree.node(change.id);
      const isKnown = version && known.excludedNode(change.id)?.revision === version.revision;
      return !version || isKnown ? [] : [{ type: 'excluded-node', id: change.id, version }];
    }
    const { parent, name } = change;
    const node = side.tree.entry(parent, name);
    const revision = side.entryRevision(parent, name);
    const before = known.excludedEntry(parent, name);
    if (node === undefined || (before?.node === node && before.revision === revision)) return [];
    return [{ type: 'excluded-entry', parent, name, node, revision }];
  });
}

function forgottenSteps(change: Change, { known }: Deciding): SyncStep[] {
  if (change.type === 'node')
    return known.excludedNode(change.id) ? [{ type: 'excluded-node', id: change.id, version: null }] : [];
  const { parent, name } = change;
  return known.excludedEntry(parent, name)
    ? [{ type: 'excluded-entry', parent, name, node: null, revision: 0 }]
    : [];
}

/** The base forgets rows, under the inodes that it has them under. */
function forgetSteps(changes: readonly Change[], { inos }: Deciding): SyncStep[] {
  const reference = (id: NodeId) => ({ id, ino: inos.baseInoOf(id) });
  return changes.map((change): SyncStep => {
    if (change.type === 'node')
      return {
        type: 'base-node',
        node: reference(change.id),
        version: null,
        dropped: NOTHING_DROPPED,
        notes: false,
      };
    const { parent, name } = change;
    return { type: 'base-entry', parent: reference(parent), name, node: null, revision: 0, notes: false };
  });
}

/** Keys of what is forgotten, for those who ask whether a place is settled. */
export function keysOf(changes: readonly SyncStep[]): ReadonlySet<string> {
  return new Set(
    changes.flatMap((step) =>
      step.type === 'base-node'
        ? [step.node.id]
        : step.type === 'base-entry'
          ? [slotKey({ parent: step.parent.id, name: step.name })]
          : [],
    ),
  );
}
