/**
 * Makes a tree of what was decided node by node. Pure.
 *
 * Both sides are trees; their merge need not be. Four things can be wrong with it, and each has one repair:
 * - a node stands in a directory that is gone. Something made, moved or edited in a directory that the other side
 *   deleted: directory/deleted. Under last-write-wins the directory comes back, at its old place and without the
 *   rest of what was in it, because an edit beats the deletion around it. local-wins and remote-wins mean what they
 *   say: if the deleting side wins, what was moved in goes back and what was made in it is lost to the tree, and
 *   every file that is lost so is reported (losses.ts);
 * - two nodes want one name: create/create, type/type when their kinds differ, modify/modify when they both replaced what
 *   stood there. The loser goes back to where the winner's side has it; what was made new is in the conflict only.
 *   A file whose own side made something new in its old place has no way back (way-back.ts), and is in the conflict only, too.
 *   Who goes back to where his own side has put what can go back as well contests nothing there, unless he wins it.
 *   Equal things are no conflict, the remote's has the name. Under last-write-wins, if one is a directory, then
 *   the one that can go back does, and else a directory beats a file: one file is lost, not what is in a directory;
 * - directories stand in each other: move/cycle; the loser's moves on the circle are undone;
 * - under manual, any of these: all that take part are held, and so is what depends on them: what stands in a directory
 *   that waits, and what wants the name which the base has for a node that waits. That waiting is no conflict of its own.
 *
 * It ends: every repair moves a subject one step on its way merge, side, final (subject.ts), or takes a name from it,
 * or holds it; and as long as anything is wrong someone has a step left, since each side by itself is a tree.
 */
import { AgentFsError } from '../../base/index.js';
import { placeStake } from './entries.js';
import type { Deciding } from './nodes.js';
import type { Stake } from './policy.js';
import { sameSlots, slotKey, slotsWithout } from './slot.js';
import { isEdit, otherSide, type Side, sameThing } from './state.js';
import type { Subject } from './subject.js';
import { type Entry, type NodeId, ROOT_NODE } from './tree.js';
import { goesBack, isGivenAway } from './way-back.js';
import { World } from './world.js';

export class Structure {
  readonly #deciding: Deciding;
  readonly #worlds: readonly World[];
  readonly #queue: Subject[];
  readonly #queued: Set<Subject>;
  #finalSide: Side | undefined;

  constructor(deciding: Deciding) {
    const { trees, subjects, arbiter } = deciding;
    this.#deciding = deciding;
    // Without manual both sides get the same tree, so one index does for both.
    const sides: readonly Side[] = arbiter.manual ? ['local', 'remote'] : ['local'];
    this.#worlds = sides.map((side) => new World(side, trees[side], subjects));
    // One order for both agents, who see each other's sides swapped: what is repaired first may decide the rest.
    this.#queue = [...subjects.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    this.#queued = new Set(this.#queue);
  }

  repair(): void {
    for (let subject = this.#queue.pop(); subject; subject = this.#queue.pop()) {
      this.#queued.delete(subject);
      for (const world of this.#worlds) {
        if (!this.#check(subject, world)) continue;
        this.#enqueue(subject);
        break;
      }
    }
  }

  #enqueue(subject: Subject): void {
    if (this.#queued.has(subject)) return;
    this.#queued.add(subject);
    this.#queue.push(subject);
  }

  /** Returns true when something was wrong and one repair was made. */
  #check(subject: Subject, world: World): boolean {
    const target = subject.target(world.side);
    if (!target.state) {
      for (const child of world.inside(subject.id)) this.#enqueue(child);
      return false;
    }
    for (const entry of target.entries) {
      if (!subject.held && this.#isAncestorsName(entry)) {
        this.#hold([subject]);
        return true;
      }
      const parent = this.#deciding.subjects.get(entry.parent);
      if (parent && !world.lives(entry.parent)) {
        this.#repairOrphan(subject, entry, parent);
        return true;
      }
      if (world.claimants(slotKey(entry)).length > 1) {
        this.#repairSlot(entry);
        return true;
      }
    }
    if (!subject.isDirectory || sameSlots(subject.local.entries, subject.remote.entries)) return false;
    const circle = world.circle(subject);
    if (circle.length === 0) return false;
    this.#repairCircle(circle);
    return true;
  }

  /** True for a name that the base has for a node in conflict: taken, it would be gone from the base that conflict needs. */
  #isAncestorsName({ parent, name, node }: Entry): boolean {
    const { trees, subjects, arbiter } = this.#deciding;
    const before = arbiter.manual ? trees.base.entry(parent, name) : undefined;
    if (before === undefined || before === node || !subjects.get(before)?.held) return false;
    return trees.local.entry(parent, name) !== trees.remote.entry(parent, name);
  }

  #repairOrphan(child: Subject, entry: Entry, parent: Subject): void {
    const { trees, arbiter, book } = this.#deciding;
    const side = trees.local.entry(entry.parent, entry.name) === child.id ? 'local' : 'remote';
    const top = this.#topmostDeleted(parent, side);
    const about = `directory:${top.id}`;
    const finding = { type: 'directory/deleted', local: top, remote: top } as const;
    if (arbiter.manual) {
      if (!child.held && !parent.held) book.add(about, { ...finding, winner: undefined });
      this.#hold([child, parent]);
      return;
    }
    const winner = arbiter.fixed ?? (parent.lock === 'free' ? side : otherSide(side));
    if (winner === side && parent.lock === 'free') {
      book.fold(parent.id);
      book.add(about, { ...finding, winner });
      this.#lock(parent, side);
    } else if (child.lock === 'final') {
      this.#lock(parent, this.#final());
    } else {
      if (parent.lock === 'free') book.add(about, { ...finding, winner });
      this.#loseName(child, entry, otherSide(side));
    }
  }

  /** The outermost of the directories that were deleted together with this one: it is what the conflict is about. */
  #topmostDeleted(directory: Subject, side: Side): Subject {
    let top = directory;
    for (;;) {
      const [entry] = top[side].entries;
      const above = entry && this.#deciding.subjects.get(entry.parent);
      if (!above?.base.state || above[otherSide(side)].state) return top;
      top = above;
    }
  }

  #repairSlot(slot: Entry): void {
    const { trees, book } = this.#deciding;
    const local = this.#subject(trees.local.entry(slot.parent, slot.name));
    const remote = this.#subject(trees.remote.entry(slot.parent, slot.name));
    const giver = this.#giverOf(slot, local, remote);
    const winner = giver ?? this.#slotWinner(local, remote);
    const replaced = this.#replaced(slot, [local, remote]);
    const base = replaced?.base.state;
    const [a, b] = [local.merged, remote.merged];
    if (!local.held && !remote.held && a && b && !local.isDirectory && sameThing(a, b)) {
      const loser = this.#equalThatYields(local, remote);
      if (loser) {
        loser.absorbed = true;
        this.#loseName(loser, slot, loser === local ? 'remote' : 'local');
        return;
      }
    }
    const loser = winner === 'local' ? remote : local;
    if (giver) {
      this.#giveUp(loser, slot, giver);
      return;
    }
    const yielding = loser.lock !== 'final' ? loser : loser === local ? remote : local;
    if (winner !== undefined || (!local.held && !remote.held)) {
      const sameKind = a?.kind === b?.kind;
      const type = !sameKind ? 'type/type' : base?.kind === a?.kind ? 'modify/modify' : 'create/create';
      for (const { id } of [local, remote]) book.fold(id);
      const prevailing = winner && (yielding === local ? 'remote' : 'local');
      const finding = { type, local, remote, base, baseNode: replaced?.id, winner: prevailing } as const;
      const about = `slot:${slotKey(slot)}`;
      if (!prevailing || book.has(about) || !this.#isEntailed(slot, yielding, prevailing))
        book.add(about, finding);
    }
    if (winner === undefined) {
      this.#hold([local, remote]);
      return;
    }
    this.#loseName(yielding, slot, yielding === local ? 'remote' : 'local');
  }

  /** The side that has put something new in a place which the other left as it was: nobody contests it. Under manual all wait. */
  #giverOf(slot: Entry, local: Subject, remote: Subject): Side | undefined {
    const { trees, arbiter } = this.#deciding;
    if (arbiter.manual) return undefined;
    if (isGivenAway(trees, { ...slot, node: remote.id }, 'remote')) return 'local';
    return isGivenAway(trees, { ...slot, node: local.id }, 'local') ? 'remote' : undefined;
  }

  /**
   * Of two equal things the one that is on one side only: the other would go back to its place and be there twice. Of two
   * that go back, one whose place is free; where none is, and nobody decides (manual), they are in conflict.
   */
  #equalThatYields(local: Subject, remote: Subject): Subject | undefined {
    if (local.lock === 'final' || remote.lock === 'final') return local.lock === 'final' ? remote : local;
    const [localReturns, remoteReturns] = [!!local.remote.state, !!remote.local.state];
    if (localReturns !== remoteReturns) return localReturns ? remote : local;
    if (!localReturns) return local;
    const [localCan, remoteCan] = [this.#canReturn(local, 'remote'), this.#canReturn(remote, 'local')];
    if (localCan !== remoteCan) return localCan ? local : remote;
    if (!localCan && this.#deciding.arbiter.manual) return undefined;
    return local.id < remote.id ? remote : local;
  }

  /** True where nobody else wants the names which this one falls back to when it loses one. */
  #canReturn(subject: Subject, side: Side): boolean {
    if (subject.decision.entries.length > 1) return true;
    return subject[side].entries.every((entry) =>
      this.#worlds.every((world) => world.claimants(slotKey(entry)).every((it) => it === subject)),
    );
  }

  /** What stood there and was replaced; not what stands elsewhere now and goes its own way. */
  #replaced({ parent, name }: Entry, by: readonly Subject[]): Subject | undefined {
    const { trees, subjects } = this.#deciding;
    const before = subjects.get(trees.base.entry(parent, name) ?? '');
    if (!before || (!by.includes(before) && (before.local.state || before.remote.state))) return undefined;
    return before;
  }

  /**
   * True where the one that yields is as it was, in its old place, on its side, and the winner's side had put something else
   * there: it only came back to that name when it lost another one, and that conflict is told.
   */
  #isEntailed({ parent, name }: Entry, yielding: Subject, winner: Side): boolean {
    const { base, id } = yielding;
    const there = yielding[otherSide(winner)].state;
    const isInPlace = this.#deciding.trees.base.entry(parent, name) === id;
    return isInPlace && !!yielding[winner].state && !!base.state && !!there && !isEdit(base.state, there);
  }

  #slotWinner(local: Subject, remote: Subject): Side | undefined {
    const { trees, arbiter } = this.#deciding;
    if (!arbiter.manual && !arbiter.fixed && (local.isDirectory || remote.isDirectory)) {
      const [localReturns, remoteReturns] = [
        goesBack(trees, local.id, 'remote'),
        goesBack(trees, remote.id, 'local'),
      ];
      if (localReturns !== remoteReturns) return localReturns ? 'remote' : 'local';
      if (local.isDirectory !== remote.isDirectory) return local.isDirectory ? 'local' : 'remote';
    }
    return arbiter.choose(
      { node: local.id, version: local.local.state },
      { node: remote.id, version: remote.remote.state },
    );
  }

  #repairCircle(circle: readonly Subject[]): void {
    const { arbiter, book } = this.#deciding;
    const moved = circle.filter(
      ({ local, remote }) => local.state && remote.state && !sameSlots(local.entries, remote.entries),
    );
    if (arbiter.manual) {
      const [first] = moved;
      if (first && !circle.some(({ held }) => held)) this.#addCircle(book, moved, undefined);
      this.#hold(moved);
      return;
    }
    const movers = (side: Side) => moved.filter((it) => sameSlots(it.decision.entries, it[side].entries));
    const [local, remote] = [movers('local'), movers('remote')];
    const winner = this.#circleWinner(local, remote);
    const losers = (winner === 'local' ? remote : local).filter(({ lock }) => lock === 'free');
    this.#addCircle(book, moved, winner);
    if (losers.length > 0) for (const loser of losers) this.#lock(loser, winner);
    else for (const it of circle) if (it.lock !== 'final') this.#finalize(it);
  }

  #addCircle(book: Deciding['book'], circle: readonly Subject[], winner: Side | undefined): void {
    // A circle has no beginning: the conflict names the same two wherever it was found.
    const moved = [...circle].sort((a, b) => (a.id < b.id ? -1 : 1));
    const ids = moved.map(({ id }) => id);
    const here = (it: Subject) => sameSlots(it.base.entries, it.remote.entries);
    const local = moved.find(here) ?? moved[0];
    const remote = moved.find((it) => !here(it)) ?? moved.at(-1);
    if (!local || !remote) throw broken('a circle that no move made');
    book.add(`cycle:${ids.join()}`, { type: 'move/cycle', local, remote, base: local.base.state, winner });
  }

  #circleWinner(local: readonly Subject[], remote: readonly Subject[]): Side {
    const { arbiter } = this.#deciding;
    if (arbiter.fixed) return arbiter.fixed;
    const [a, b] = [this.#latest(local, 'local'), this.#latest(remote, 'remote')];
    return !a ? 'local' : !b ? 'remote' : (arbiter.choose(a, b) ?? 'remote');
  }

  #latest(subjects: Iterable<Subject>, side: Side): Stake | undefined {
    let latest: Stake | undefined;
    for (const subject of subjects) {
      if (!subject[side].state) continue;
      const stake = placeStake(subject, side, this.#deciding.arbiter);
      latest = latest ? this.#deciding.arbiter.later(latest, stake) : stake;
    }
    return latest;
  }

  /** The side that all fall back to when repairs contradict each other: the policy's, or the one edited last. */
  #final(): Side {
    if (!this.#finalSide) {
      const all = [...this.#deciding.subjects.values()];
      this.#finalSide = this.#circleWinner(all, all);
    }
    return this.#finalSide;
  }

  #subject(id: NodeId | undefined): Subject {
    const subject = id === undefined ? undefined : this.#deciding.subjects.get(id);
    if (!subject) throw broken('a name is wanted by a node that no side has there');
    return subject;
  }

  #loseName(subject: Subject, lost: Entry, side: Side): void {
    if (subject.lock === 'final') throw broken('a final decision is not valid');
    if (!this.#keepOthers(subject, lost)) this.#lock(subject, side);
  }

  /** It leaves a name that was given away. Who went back there, and has no other name, is in no tree any more. */
  #giveUp(subject: Subject, lost: Entry, giver: Side): void {
    if (this.#keepOthers(subject, lost)) return;
    if (subject.lock === 'free') this.#lock(subject, giver);
    else this.#oust(subject);
  }

  /** It lives on under its other names; false where it has none. */
  #keepOthers(subject: Subject, lost: Entry): boolean {
    const left = slotsWithout(subject.decision.entries, [lost]);
    if (left.length > 0) this.#change(subject, () => subject.live(left));
    return left.length > 0;
  }

  #oust(subject: Subject): void {
    const { lock } = subject;
    this.#change(subject, () => {
      subject.oustedBy = lock === 'local' || lock === 'remote' ? lock : this.#final();
      subject.die();
    });
  }

  /** Takes one side's version; the second time the final side's. */
  #lock(subject: Subject, side: Side): void {
    if (subject.lock !== 'free') {
      this.#finalize(subject);
      return;
    }
    this.#change(subject, () => {
      subject.lock = side;
      subject.take(side);
    });
  }

  #finalize(subject: Subject): void {
    if (subject.lock === 'final') throw broken('a final decision is not valid');
    const side = this.#final();
    this.#change(subject, () => {
      subject.lock = 'final';
      subject.take(side);
    });
  }

  #hold(subjects: readonly Subject[]): void {
    const free = subjects.filter(({ held }) => !held);
    if (free.length === 0) throw broken('a side is no tree by itself');
    for (const subject of free) {
      this.#change(subject, () => {
        subject.held = true;
      });
      for (const entry of subject.base.entries) {
        for (const world of this.#worlds) for (const it of world.claimants(slotKey(entry))) this.#enqueue(it);
      }
    }
  }

  #change(subject: Subject, decide: () => void): void {
    if (subject.id === ROOT_NODE) throw broken('the root cannot yield');
    for (const world of this.#worlds) world.remove(subject);
    decide();
    for (const world of this.#worlds) world.put(subject);
    this.#enqueue(subject);
  }
}

function broken(what: string): AgentFsError {
  return new AgentFsError('INTERNAL', `broken invariant: ${what}`, { operation: 'reconcile' });
}
