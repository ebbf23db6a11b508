/**
 * Conflicts as data: collected while deciding, finished with id and path at the end. Pure.
 *
 * Invariants: a conflict carries both sides' versions, so that the loser can be kept in history though the tree has
 * it no more; its id is made of the type, the nodes, their states and their places, never of revisions or times
 * of edit, so that the same conflict found again has the same id. For a directory that one side alone has, what that
 * side changed inside is part of it. One cause is one conflict: what a conflict entails (a child that waits, a directory
 * above one that came back) is not reported again.
 */
import type { Trees } from './identity.js';
import { hasSlot, slotKey } from './slot.js';
import { isEdit, otherSide, type Side, stateText } from './state.js';
import type { Subject } from './subject.js';
import {
  type Conflict,
  type ConflictType,
  type NodeId,
  type NodeVersion,
  ROOT_NODE,
  type TreeView,
} from './tree.js';

export interface Finding {
  readonly type: ConflictType;
  /** What the local side, and what the remote side, has at stake; most often the same node. */
  readonly local: Subject;
  readonly remote: Subject;
  readonly base?: NodeVersion | undefined;
  readonly baseNode?: NodeId | undefined;
  readonly winner: Side | undefined;
}

type Subjects = ReadonlyMap<NodeId, Subject>;

export class ConflictBook {
  readonly #findings = new Map<string, Finding>();
  readonly #concerned = new Set<NodeId>();
  readonly #resolved: Conflict[] = [];

  /** Takes a finding down; the same cause (`about`, a kind of conflict and what it is about) is taken once, with the last winner. */
  add(about: string, finding: Finding): void {
    const known = this.#findings.get(about);
    this.#findings.set(about, known === undefined ? finding : { ...known, winner: finding.winner });
    if (known !== undefined) return;
    this.#concerned.add(finding.local.id).add(finding.remote.id);
  }

  has(about: string): boolean {
    return this.#findings.has(about);
  }

  /** Takes down one that a person decided: it is in no tree any more. */
  addResolved(conflict: Conflict, winner: Side): void {
    this.#resolved.push({ ...conflict, winner });
    this.#concerned.add(conflict.node).add(conflict.remoteNode ?? conflict.node);
  }

  get hasResolved(): boolean {
    return this.#resolved.length > 0;
  }

  /** A conflict over a name tells of a deletion by replacement already: the separate one is taken back. */
  fold(id: NodeId): void {
    this.#findings.delete(`life:${id}`);
  }

  /** True when some conflict carries this node's versions. */
  concerns(id: NodeId): boolean {
    return this.#concerned.has(id);
  }

  /** The conflicts, by path. */
  finish(trees: Trees, subjects: Subjects): Conflict[] {
    const found = [...this.#findings.values()].map((finding) => toConflict({ trees, subjects }, finding));
    return [...this.#resolved, ...found].sort(
      (a, b) => compareText(a.path, b.path) || compareText(a.id, b.id),
    );
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toConflict(
  { trees, subjects }: { readonly trees: Trees; readonly subjects: Subjects },
  { type, local, remote, base, baseNode, winner }: Finding,
): Conflict {
  const baseState = base ?? (local === remote ? local.base.state : undefined);
  const stakeOf = (subject: Subject, side: Side) => {
    const { state, entries } = subject[side];
    const inside = changedInside(subject, side, { tree: trees[side], subjects });
    return fingerprint([stakeText(state), ...entries.map(slotKey).sort(), '', ...inside].join('\n'));
  };
  const stakes = { local: stakeOf(local, 'local'), remote: stakeOf(remote, 'remote') };
  const [here, there] = [pathOf(trees.local, local.id), pathOf(trees.remote, remote.id)];
  const path = here ?? there ?? pathOf(trees.base, local.id) ?? '/';
  return {
    id: fingerprint(
      [type, local.id, remote.id, stakeText(baseState), stakes.local, stakes.remote].join('\n'),
    ),
    path,
    type,
    node: local.id,
    base: baseState ?? null,
    local: local.local.state ?? null,
    remote: remote.remote.state ?? null,
    ...(winner === undefined ? {} : { winner }),
    stakes,
    ...(baseNode === undefined || baseNode === local.id ? {} : { baseNode }),
    ...(local === remote ? {} : { remoteNode: remote.id }),
    ...(there === undefined || there === path ? {} : { remotePath: there }),
  };
}

/** A directory's time moves with everything that is made in it, and is nothing that anybody contests. */
function stakeText(state: NodeVersion | undefined): string {
  return stateText(state?.kind === 'directory' ? { ...state, mtimeSec: 0, mtimeNsec: 0 } : state);
}

/** What `side` changed in a directory that the other side has not: a decision about the directory is one about that. */
function changedInside(
  directory: Subject,
  side: Side,
  { tree, subjects }: { readonly tree: TreeView; readonly subjects: Subjects },
): string[] {
  const changed: string[] = [];
  if (!directory.isDirectory || directory[otherSide(side)].state) return changed;
  const seen = new Set<NodeId>([directory.id]);
  for (const id of seen) {
    for (const entry of tree.children(id)) {
      const { node } = entry;
      const subject = subjects.get(node);
      if (!subject || seen.has(node)) continue;
      const { base, [side]: there, [otherSide(side)]: other } = subject;
      if (subject.isDirectory && !other.state) seen.add(node);
      const isOld = other.state || (base.state && there.state && !isEdit(base.state, there.state));
      // Its names elsewhere are nothing of this directory's.
      if (isOld && hasSlot(base.entries, entry)) continue;
      const state = subject.isDirectory || other.state ? '' : stateText(there.state);
      changed.push(`${node} ${state} ${slotKey(entry)}`);
    }
  }
  return changed.sort();
}

/** The path of a node's first name, beginning with a slash; undefined where it is not in the tree. */
export function pathOf(tree: TreeView, id: NodeId): string | undefined {
  const names: string[] = [];
  const seen = new Set<NodeId>();
  for (let at = id; at !== ROOT_NODE; ) {
    const entry = tree.entriesOf(at)[0];
    if (!entry || seen.has(at)) return undefined;
    seen.add(at);
    names.push(entry.name);
    at = entry.parent;
  }
  return tree.node(id) ? `/${names.reverse().join('/')}` : undefined;
}

/** 64 bits as 16 hex digits: two FNV-1a hashes (http://www.isthe.com/chongo/tech/comp/fnv/) of different offsets. */
function fingerprint(text: string): string {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
