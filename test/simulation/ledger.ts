/**
 * What must not be lost, and what must not come back.
 *
 * A content that an agent's store has committed is acknowledged. It may go only by what a person did who saw it: wrote
 * over it, or removed it. Everything else that takes it from all trees is sync's doing, and then it must be told in a
 * conflict, or be kept in the remote's history. A file that a person removed, and that nobody else has
 * touched, must not come back.
 *
 * What is done counts once it is committed: a crash takes back what was not.
 */
import type { Tree } from './tree.js';

/** What one person did at one moment. */
interface Deed {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
  /** Dropped, and not by writing something else into the file. */
  readonly removed: readonly string[];
  /** As removed, but the file is there and empty: that is an edit of it, and no deletion. With its inode. */
  readonly emptied: readonly (readonly [string, number])[];
  /** Written into a file that was there and empty. */
  readonly filled: readonly (readonly [string, number])[];
  readonly touched: readonly string[];
  /** The inodes of what is no directory and was made or changed. */
  readonly inos: readonly number[];
  /** What was written over what, in one file or under one name: new and old. */
  readonly follows: readonly (readonly [string, string])[];
}

interface Fate {
  readonly madeBy: string;
  /** What was in the file before. */
  readonly before: string | undefined;
  /** A person wrote over it, or removed it. */
  dropped: boolean;
  removedBy: string | undefined;
  /** When it was made or touched last, and each time that an agent removed it; of their commits, milliseconds. */
  touchedMs: number;
  readonly removals: { readonly agent: string; readonly atMs: number }[];
  readonly touchedBy: Set<string>;
  /** Told in a report or a pending conflict. */
  told: boolean;
}

export class Ledger {
  readonly #pending = new Map<string, { readonly deeds: Deed[]; readonly before: Tree }>();
  readonly #fates = new Map<string, Fate>();
  /** When an agent made or changed something, by `agent ino`. */
  readonly #changes = new Map<string, number[]>();
  readonly #nowMs: () => number;
  /** What an agent had before the first thing that it did and that may have been committed in part when it died. */
  readonly #doubtful = new Map<string, Tree>();
  /** What was in the files that are empty, by `agent ino`. */
  readonly #emptied = new Map<string, string>();

  /** `nowMs` is the server's clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What an agent did: the tree before and after. */
  note(agent: string, before: Tree, after: Tree): void {
    const deed = deedOf(before, after);
    const pending = this.#pending.get(agent);
    if (pending === undefined) this.#pending.set(agent, { deeds: [deed], before });
    else pending.deeds.push(deed);
  }

  committed(agent: string): void {
    for (const deed of this.#pending.get(agent)?.deeds ?? []) this.#settle(agent, deed);
    this.#pending.delete(agent);
  }

  /** What it did is gone, but for the beginning of an operation in the middle of which something was committed. */
  crashed(agent: string): void {
    const pending = this.#pending.get(agent);
    if (pending !== undefined) this.#doubtful.set(agent, pending.before);
    this.#pending.delete(agent);
  }

  /** The agent died in the middle of an operation: what of it is there is seen when it lives again. */
  interrupted(agent: string, before: Tree): void {
    if (!this.#doubtful.has(agent)) this.#doubtful.set(agent, before);
  }

  reopened(agent: string, after: Tree): void {
    const before = this.#doubtful.get(agent);
    this.#doubtful.delete(agent);
    if (before !== undefined) this.#settle(agent, deedOf(before, after));
  }

  tell(content: string): void {
    const fate = this.#fates.get(content);
    if (fate !== undefined) fate.told = true;
  }

  /** Contents that nobody dropped. */
  *owed(): Iterable<{ readonly content: string; readonly madeBy: string; readonly told: boolean }> {
    for (const [content, { dropped, told, madeBy }] of this.#fates)
      if (!dropped) yield { content, madeBy, told };
  }

  /** Whether a content was written over the other one, or over what was, or is it. */
  descends(content: string | undefined, from: string | undefined): boolean {
    if (from === undefined) return false;
    for (let at = content; at !== undefined; at = this.#fates.get(at)?.before) if (at === from) return true;
    return false;
  }

  /** When a content was made or touched last, also by who had the file with an earlier one; undefined where nobody made it. */
  touchedMs(content: string): number | undefined {
    return latest([...this.#line(content)].map((it) => it.touchedMs));
  }

  /** When this agent last removed it by `untilMs`, with this content or an earlier one; undefined where it did not. */
  removedMs(content: string, by: { readonly agent: string; readonly untilMs: number }): number | undefined {
    const removals = [...this.#line(content)].flatMap((it) => it.removals);
    return latest(
      removals.filter(({ agent, atMs }) => agent === by.agent && atMs <= by.untilMs).map(({ atMs }) => atMs),
    );
  }

  /** When this agent last changed what has this number there, by `untilMs`. */
  changedMs(of: {
    readonly agent: string;
    readonly ino: number;
    readonly untilMs: number;
  }): number | undefined {
    const changes = this.#changes.get(`${of.agent} ${of.ino}`) ?? [];
    return latest(changes.filter((atMs) => atMs <= of.untilMs));
  }

  /** A content, and what was in the file before. */
  *#line(content: string): Iterable<Fate> {
    for (let at = this.#fates.get(content); at !== undefined; at = this.#fates.get(at.before ?? '')) yield at;
  }

  contents(): Iterable<string> {
    return this.#fates.keys();
  }

  /** Who removed this content, where nobody else ever touched it: then it must be gone. */
  goneBy(content: string): string | undefined {
    const by = this.#fates.get(content)?.removedBy;
    if (by === undefined) return undefined;
    // Whoever has not seen this content yet has the file with an earlier one.
    for (const { touchedBy } of this.#line(content)) {
      for (const agent of touchedBy) if (agent !== by) return undefined;
    }
    return by;
  }

  #settle(agent: string, deed: Deed): void {
    const { made, dropped, removed, emptied, filled, touched, follows, inos } = deed;
    const before = new Map(follows);
    for (const [content, ino] of filled) {
      const old = this.#emptied.get(`${agent} ${ino}`);
      if (old !== undefined) before.set(content, old);
    }
    for (const ino of inos) {
      const key = `${agent} ${ino}`;
      this.#changes.set(key, [...(this.#changes.get(key) ?? []), this.#nowMs()]);
    }
    for (const content of made) {
      const known = this.#fates.get(content);
      if (known !== undefined) {
        known.dropped = false;
        known.touchedMs = this.#nowMs();
        known.touchedBy.add(agent);
      } else
        this.#fates.set(content, {
          madeBy: agent,
          before: before.get(content),
          dropped: false,
          removedBy: undefined,
          touchedMs: this.#nowMs(),
          removals: [],
          touchedBy: new Set(),
          told: false,
        });
    }
    for (const content of dropped) {
      const fate = this.#fates.get(content);
      if (fate !== undefined) fate.dropped = true;
    }
    for (const content of removed) {
      const fate = this.#fates.get(content);
      if (fate === undefined) continue;
      fate.removedBy ??= agent;
      fate.removals.push({ agent, atMs: this.#nowMs() });
    }
    for (const [content, ino] of emptied) {
      this.#emptied.set(`${agent} ${ino}`, content);
      const fate = this.#fates.get(content);
      if (fate !== undefined) fate.removedBy ??= agent;
    }
    for (const content of touched) {
      const fate = this.#fates.get(content);
      fate?.touchedBy.add(agent);
      if (fate !== undefined) fate.touchedMs = this.#nowMs();
    }
  }
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((it) => it !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

interface File {
  readonly content: string;
  readonly places: string[];
  text: string;
}

function filesOf(tree: Tree): Map<number, File> {
  const files = new Map<number, File>();
  for (const { ino, isFile, content, attributes, changed, path } of tree.values()) {
    if (!isFile || content === '') continue;
    const file = files.get(ino) ?? { content, places: [], text: `${attributes} ${changed}` };
    file.places.push(path);
    files.set(ino, file);
  }
  return files;
}

function deedOf(before: Tree, after: Tree): Deed {
  const [had, has] = [filesOf(before), filesOf(after)];
  const contentsBefore = new Set([...had.values()].map(({ content }) => content));
  const contentsAfter = new Set([...has.values()].map(({ content }) => content));
  const made = [...contentsAfter].filter((content) => !contentsBefore.has(content));
  const dropped = [...contentsBefore].filter((content) => !contentsAfter.has(content));
  const removed: string[] = [];
  const emptied: [string, number][] = [];
  const left = new Set([...after.values()].map(({ ino }) => ino));
  const touched: string[] = [];
  const follows: [string, string][] = [];
  const edited = [...before.values()]
    .filter((it) => it.isDirectory && after.get(it.path)?.ino === it.ino)
    .filter((it) => after.get(it.path)!.attributes !== it.attributes)
    .map(({ path }) => `${path}/`);
  for (const [ino, { content, places, text }] of had) {
    const now = has.get(ino);
    if (now !== undefined && now.content !== content) follows.push([now.content, content]);
    const isInEdited = places.some((path) => edited.some((directory) => path.startsWith(directory)));
    if (!contentsAfter.has(content) && now === undefined) {
      if (left.has(ino)) emptied.push([content, ino]);
      else removed.push(content);
    } else if (
      now?.content !== content ||
      String(now.places) !== String(places) ||
      now.text !== text ||
      isInEdited
    )
      touched.push(content);
  }
  // As an editor saves: another file under the same name. What lives on under another name is not what was saved.
  for (const { content, places } of has.values()) {
    if (contentsBefore.has(content)) continue;
    for (const path of places) {
      const old = before.get(path);
      if (old?.isFile === true && old.content !== '' && !contentsAfter.has(old.content))
        follows.push([content, old.content]);
    }
  }
  const there = new Set([...before.values()].map(({ ino }) => ino));
  const filled = [...has]
    .filter(([ino]) => there.has(ino) && !had.has(ino))
    .map(([ino, { content }]): [string, number] => [content, ino]);
  return { made, dropped, removed, emptied, filled, touched, follows, inos: changedInos(before, after) };
}

function changedInos(before: Tree, after: Tree): number[] {
  const texts = (tree: Tree) => {
    const all = new Map<number, string>();
    for (const { ino, isDirectory, content, attributes, changed } of tree.values())
      if (!isDirectory) all.set(ino, `${attributes} ${changed} ${content}`);
    return all;
  };
  const had = texts(before);
  return [...texts(after)].flatMap(([ino, text]) => (had.get(ino) === text ? [] : [ino]));
}
