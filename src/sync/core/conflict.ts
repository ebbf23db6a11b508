/**
 * Conflicts as data: collected while deciding, finished with id and path at the end. Pure.
 *
 * Invariants: a conflict carries both sides' versions, so that the loser can be kept in history though the tree has
 * it no more; its id is made of the type, the nodes, their states and their places, never of revisions or times
 * of edit, so that the same conflict found again has the same id. One cause is one conflict: what a conflict entails
 * (a child that waits, a directory above one that came back) is not reported again.
 */
import type { Trees } from './identity.js';
import { slotKey } from './slot.js';
import { type Side, stateText } from './state.js';
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
  readonly winner: Side | undefined;
}

export class ConflictBook {
  readonly #findings = new Map<string, Finding>();
  readonly #concerned = new Set<NodeId>();

  /** Takes a finding down; the same cause (`about`, a kind of conflict and what it is about) is taken once. */
  add(about: string, finding: Finding): void {
    if (this.#findings.has(about)) return;
    this.#findings.set(about, finding);
    this.#concerned.add(finding.local.id).add(finding.remote.id);
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
  finish(trees: Trees): Conflict[] {
    const conflicts = [...this.#findings.values()].map((finding) => toConflict(trees, finding));
    return conflicts.sort((a, b) => compareText(a.path, b.path) || compareText(a.id, b.id));
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toConflict(trees: Trees, { type, local, remote, base, winner }: Finding): Conflict {
  const baseState = base ?? (local === remote ? local.base.state : undefined);
  const places = [
    ...local.local.entries.map(slotKey).sort(),
    '',
    ...remote.remote.entries.map(slotKey).sort(),
  ];
  const states = [baseState, local.local.state, remote.remote.state].map(stateText);
  const [here, there] = [pathOf(trees.local, local.id), pathOf(trees.remote, remote.id)];
  const path = here ?? there ?? pathOf(trees.base, local.id) ?? '/';
  return {
    id: fingerprint([type, local.id, remote.id, ...states, ...places].join('\n')),
    path,
    type,
    node: local.id,
    base: baseState ?? null,
    local: local.local.state ?? null,
    remote: remote.remote.state ?? null,
    ...(winner === undefined ? {} : { winner }),
    ...(local === remote ? {} : { remoteNode: remote.id }),
    ...(there === undefined || there === path ? {} : { remotePath: there }),
  };
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
