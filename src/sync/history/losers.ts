/**
 * Which local versions a pull takes away before any remote had them, and what is to be kept of each. Pure.
 *
 * A version that was pushed is in the remote's history already. One that was not is kept where the plan removes its
 * node, gives it other content, or lets the remote's attributes win over its own. The id is made of the version itself,
 * so a round that is carried out twice keeps it once.
 */
import { pathOf } from '../core/conflict.js';
import {
  type Conflict,
  type NodeId,
  type NodeVersion,
  type Plan,
  sameState,
  stateText,
  type TreeView,
} from '../core/index.js';
import type { Keepsake } from '../steps.js';

export interface LosersInput {
  readonly plan: Pick<Plan, 'apply' | 'adopt' | 'conflicts'>;
  readonly base: TreeView;
  readonly local: TreeView;
  readonly remoteId: number;
  readonly agent: string;
  /** By the server's clock. */
  readonly atMs: number;
  /** Why, where no conflict says it. */
  readonly why?: string;
  /** SHA-256 as hex. */
  readonly digest: (text: string) => string;
}

/** What to keep, by the id that the plan gives the node. */
export function losersOf(input: LosersInput): ReadonlyMap<NodeId, Keepsake> {
  const { plan, base, local } = input;
  const former = new Map([...plan.adopt].map(([from, to]) => [to, from] as const));
  const conflicts = conflictsByNode(plan.conflicts);
  const losers = new Map<NodeId, Keepsake>();
  for (const change of plan.apply) {
    if (change.type !== 'node') continue;
    const id = local.node(change.id) === undefined ? (former.get(change.id) ?? change.id) : change.id;
    const version = local.node(id);
    // A revision says that the remote has it.
    if (version === undefined || version.kind === 'directory' || version.revision !== 0) continue;
    const before = base.node(change.id);
    if (before !== undefined && sameState(before, version)) continue;
    const conflict = conflicts.get(change.id) ?? conflicts.get(id);
    if (change.state !== null && sameBytes(change.state, version) && conflict?.winner !== 'remote') continue;
    const why = conflict?.type ?? input.why ?? 'overwritten';
    losers.set(change.id, keepsakeOf(version, { ...input, node: change.id, path: pathOf(local, id), why }));
  }
  return losers;
}

interface Loss extends Pick<LosersInput, 'remoteId' | 'agent' | 'atMs' | 'digest'> {
  readonly node: NodeId;
  readonly path: string | undefined;
  readonly why: string;
}

/** What is remembered of a version that only this side has. */
export function keepsakeOf(version: NodeVersion, loss: Loss): Keepsake {
  const { node, agent, path = '/', why } = loss;
  return {
    id: loss.digest([node, agent, version.editedAtMs, stateText(version)].join('\n')).slice(0, 32),
    remote: loss.remoteId,
    node,
    path,
    version: JSON.stringify({ ...version, agent } satisfies NodeVersion),
    why,
    keptAtMs: Math.round(loss.atMs),
  };
}

/** True where content and target are the same, whatever the attributes. */
export function sameBytes(a: NodeVersion, b: NodeVersion): boolean {
  return a.kind === b.kind && a.hash === b.hash && a.size === b.size;
}

function conflictsByNode(conflicts: readonly Conflict[]): Map<NodeId, Conflict> {
  const found = new Map<NodeId, Conflict>();
  for (const conflict of conflicts) {
    if (conflict.remoteNode !== undefined) found.set(conflict.remoteNode, conflict);
    found.set(conflict.node, conflict);
  }
  return found;
}
