/**
 * The life of the file at a path, backwards: each version it had, across renames and replacements.
 *
 * A file is what stands at its path. Where its node came to the path in the place of another (an editor saves a new file
 * over the old one), the other is the version before; where the place was empty, the node's own former place is followed
 * (a rename); and where the node was made there, whatever stood there before was another file, which was deleted.
 */
import { type NodeId, ROOT_NODE } from '../core/tree.js';
import type { EntrySpan, NodeSpan, Slot } from '../remote/versions.js';

export interface SpanSource {
  nodes(ids: readonly NodeId[]): Promise<NodeSpan[]>;
  slots(slots: readonly Slot[]): Promise<EntrySpan[]>;
  places(ids: readonly NodeId[]): Promise<EntrySpan[]>;
}

export type Happening = 'created' | 'modified' | 'attributes' | 'renamed' | 'deleted';

export interface TimelineEvent {
  readonly revision: number;
  readonly what: Happening;
  /** What was there from then on; of a deletion, what was there before. */
  readonly version: NodeSpan;
  readonly slot: Slot;
  /** Of a rename: where it stood before. */
  readonly from?: Slot;
}

/** Files that were saved by replacing them have a node a version. */
const EVENTS_MAX = 10_000;

/** The newest first. */
export async function readTimeline(start: Slot, source: SpanSource): Promise<TimelineEvent[]> {
  return await new Timeline(source).read(start);
}

class Timeline {
  readonly #source: SpanSource;
  readonly #slots = new Map<string, EntrySpan[]>();
  readonly #versions = new Map<NodeId, NodeSpan[]>();
  readonly #places = new Map<NodeId, EntrySpan[]>();
  readonly #events: TimelineEvent[] = [];

  constructor(source: SpanSource) {
    this.#source = source;
  }

  async read(start: Slot): Promise<TimelineEvent[]> {
    let entry = latest(await this.#occupants(start));
    if (entry !== undefined && entry.to !== null) await this.#ended(entry);
    const seen = new Set<string>();
    while (entry !== undefined && this.#events.length < EVENTS_MAX) {
      const key = `${entry.parent}/${entry.name}/${entry.from}`;
      if (seen.has(key)) break;
      seen.add(key);
      entry = await this.#before(entry);
    }
    return this.#events;
  }

  /** Tells what happened while an entry was there, and how it came to be; returns the one before it. */
  async #before(entry: EntrySpan): Promise<EntrySpan | undefined> {
    const versions = await this.#versionsOf(entry.node);
    const during = versions.filter(
      (it) => it.from >= entry.from && (entry.to === null || it.from < entry.to),
    );
    for (const version of [...during].reverse()) {
      const previous = versions.filter((it) => it.to === version.from).at(-1);
      if (version.from === entry.from) continue;
      const what = previous === undefined ? 'modified' : changeOf(previous, version);
      if (what !== undefined) this.#tell(version.from, what, { version, entry });
    }
    const atStart = versions.find((it) => it.from <= entry.from && (it.to === null || it.to > entry.from));
    if (atStart === undefined) return undefined;
    const occupants = await this.#occupants(entry);
    const replaced = occupants.find((it) => it.to === entry.from);
    const places = await this.#placesOf(entry.node);
    const left = places.find((it) => it.to === entry.from && !isSameSlot(it, entry));
    if (replaced !== undefined) {
      const before = (await this.#versionsOf(replaced.node)).filter((it) => it.from < entry.from).at(-1);
      const what = before === undefined ? 'modified' : (changeOf(before, atStart) ?? 'attributes');
      this.#tell(entry.from, what, { version: atStart, entry });
      return replaced;
    }
    if (left !== undefined) {
      this.#tell(entry.from, 'renamed', { version: atStart, entry, from: left });
      return left;
    }
    this.#tell(entry.from, 'created', { version: atStart, entry });
    const older = latest(occupants.filter((it) => it.to !== null && it.to < entry.from));
    if (older !== undefined) await this.#ended(older);
    return older;
  }

  /** An entry that nothing followed: its node was removed, or went elsewhere. */
  async #ended(entry: EntrySpan): Promise<void> {
    const to = entry.to!;
    const version = (await this.#versionsOf(entry.node)).filter((it) => it.from < to).at(-1);
    if (version !== undefined) this.#tell(to, 'deleted', { version, entry });
  }

  #tell(
    revision: number,
    what: Happening,
    of: { readonly version: NodeSpan; readonly entry: EntrySpan; readonly from?: EntrySpan },
  ): void {
    const { version, entry, from } = of;
    this.#events.push({
      revision,
      what,
      version,
      slot: { parent: entry.parent, name: entry.name },
      ...(from === undefined ? {} : { from: { parent: from.parent, name: from.name } }),
    });
  }

  /** All that ever stood in a place; what is known of those nodes is read along. */
  async #occupants(slot: Slot): Promise<EntrySpan[]> {
    const key = `${slot.parent}/${slot.name}`;
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const found = await this.#source.slots([{ parent: slot.parent, name: slot.name }]);
    this.#slots.set(key, found);
    const fresh = [...new Set(found.map(({ node }) => node))].filter((node) => !this.#versions.has(node));
    if (fresh.length > 0) await this.#load(fresh);
    return found;
  }

  async #load(nodes: readonly NodeId[]): Promise<void> {
    const [versions, places] = await Promise.all([this.#source.nodes(nodes), this.#source.places(nodes)]);
    for (const node of nodes) {
      this.#versions.set(
        node,
        versions.filter((it) => it.node === node),
      );
      this.#places.set(
        node,
        places.filter((it) => it.node === node),
      );
    }
  }

  async #versionsOf(node: NodeId): Promise<NodeSpan[]> {
    if (!this.#versions.has(node)) await this.#load([node]);
    return this.#versions.get(node)!;
  }

  async #placesOf(node: NodeId): Promise<EntrySpan[]> {
    if (!this.#places.has(node)) await this.#load([node]);
    return this.#places.get(node)!;
  }
}

/** What changed between two versions; undefined where it is only a time. */
function changeOf(before: NodeSpan, after: NodeSpan): Happening | undefined {
  if (before.kind !== after.kind || before.hash !== after.hash || before.size !== after.size)
    return 'modified';
  const same = before.mode === after.mode && before.owner === after.owner && before.xattrs === after.xattrs;
  return same && after.kind === 'directory' ? undefined : 'attributes';
}

function isSameSlot(a: Slot, b: Slot): boolean {
  return a.parent === b.parent && a.name === b.name;
}

/** The one that is there, else the one that went last. */
function latest(entries: readonly EntrySpan[]): EntrySpan | undefined {
  let found: EntrySpan | undefined;
  for (const entry of entries) {
    if (found === undefined || (entry.to ?? Infinity) >= (found.to ?? Infinity)) found = entry;
  }
  return found;
}

/**
 * The place that a path names in which anything ever stood: through the directories that have these names now, else
 * through those that had them last. undefined where there was none.
 */
export async function findSlot(names: readonly string[], source: SpanSource): Promise<Slot | undefined> {
  const name = names.at(-1);
  return name === undefined ? undefined : await findBelow(ROOT_NODE, names, source);
}

async function findBelow(
  parent: NodeId,
  [name = '', ...rest]: readonly string[],
  source: SpanSource,
): Promise<Slot | undefined> {
  const entries = await source.slots([{ parent, name }]);
  if (rest.length === 0) return entries.length === 0 ? undefined : { parent, name };
  const nodes = new Set(entries.sort((a, b) => (b.to ?? Infinity) - (a.to ?? Infinity)).map((it) => it.node));
  const directories = new Set(
    (await source.nodes([...nodes])).flatMap((it) => (it.kind === 'directory' ? [it.node] : [])),
  );
  for (const node of nodes) {
    const found = directories.has(node) ? await findBelow(node, rest, source) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The path of a place at a revision, as far as it can be told. */
export async function pathAt(slot: Slot, revision: number, source: SpanSource): Promise<string> {
  const names = [slot.name];
  const seen = new Set<NodeId>();
  for (let at = slot.parent; at !== ROOT_NODE && !seen.has(at); ) {
    seen.add(at);
    const places = await source.places([at]);
    const place =
      places.find((it) => it.from <= revision && (it.to === null || it.to > revision)) ?? latest(places);
    if (place === undefined) break;
    names.unshift(place.name);
    at = place.parent;
  }
  return `/${names.join('/')}`;
}
