/**
 * Who wants which name, and who stands in which directory, in one side's future tree. Pure; an index, no decision.
 *
 * Only subjects are in it: what is outside the scope stands where it stood and is in no one's way.
 */
import { type SlotKey, slotKey } from './slot.js';
import type { Side } from './state.js';
import type { Subject } from './subject.js';
import { type NodeId, ROOT_NODE, type TreeView } from './tree.js';

export class World {
  readonly side: Side;
  readonly #tree: TreeView;
  readonly #subjects: ReadonlyMap<NodeId, Subject>;
  readonly #claims = new Map<SlotKey, readonly Subject[]>();
  readonly #inside = new Map<NodeId, Set<Subject>>();

  constructor(side: Side, tree: TreeView, subjects: ReadonlyMap<NodeId, Subject>) {
    this.side = side;
    this.#tree = tree;
    this.#subjects = subjects;
    for (const subject of subjects.values()) this.put(subject);
  }

  put(subject: Subject): void {
    for (const entry of this.#entries(subject)) {
      const key = slotKey(entry);
      const others = this.#claims.get(key);
      this.#claims.set(key, others ? [...others, subject] : [subject]);
      const inside = this.#inside.get(entry.parent);
      if (inside) inside.add(subject);
      else this.#inside.set(entry.parent, new Set([subject]));
    }
  }

  /** Must see the same target as `put` did. */
  remove(subject: Subject): void {
    for (const entry of this.#entries(subject)) {
      const key = slotKey(entry);
      this.#claims.set(
        key,
        this.claimants(key).filter((it) => it !== subject),
      );
      this.#inside.get(entry.parent)?.delete(subject);
    }
  }

  #entries(subject: Subject) {
    const target = subject.target(this.side);
    return target.state ? target.entries : [];
  }

  claimants(key: SlotKey): readonly Subject[] {
    return this.#claims.get(key) ?? [];
  }

  inside(directory: NodeId): ReadonlySet<Subject> {
    return this.#inside.get(directory) ?? NONE;
  }

  lives(id: NodeId): boolean {
    const subject = this.#subjects.get(id);
    return id === ROOT_NODE || !subject || subject.target(this.side).state !== undefined;
  }

  #parent(id: NodeId): NodeId | undefined {
    const subject = this.#subjects.get(id);
    const entries = subject ? this.#entries(subject) : this.#tree.entriesOf(id);
    return entries[0]?.parent;
  }

  /** The subjects on the circle that goes through this directory, or none. */
  circle(directory: Subject): Subject[] {
    const seen = new Set<NodeId>([directory.id]);
    const on = [directory];
    for (let at = this.#parent(directory.id); at !== undefined && at !== ROOT_NODE; at = this.#parent(at)) {
      if (at === directory.id) return on;
      if (seen.has(at)) return [];
      seen.add(at);
      const subject = this.#subjects.get(at);
      if (subject) on.push(subject);
    }
    return [];
  }
}

const NONE: ReadonlySet<Subject> = new Set();
