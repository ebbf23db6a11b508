/**
 * When two states of a node are equal, and how three of them become one. Pure.
 *
 * A state falls into four groups of fields: content (hash, size, device number and the time of modification), mode,
 * owner (uid and gid) and extended attributes. A group that only one side changed is taken from that side, whatever
 * the other side did to the other groups: a chmod here and an edit there are no conflict. A group clashes only
 * when both sides changed it to different values.
 *
 * The time of modification follows its content. Alone it never clashes: where both sides have the same content under
 * two new times the later one is taken, because no one can lose anything by that. For a directory, whose time moves
 * with everything that is made in it, that is the rule which keeps two agents in one directory out of each other's way.
 */
import type { NodeVersion } from './tree.js';

export type Side = 'local' | 'remote';

export function otherSide(side: Side): Side {
  return side === 'local' ? 'remote' : 'local';
}

type Group = 'content' | 'mode' | 'owner' | 'xattrs';

function sameContent(a: NodeVersion, b: NodeVersion): boolean {
  if (a.kind === 'directory' && b.kind === 'directory') return true;
  return a.hash === b.hash && a.size === b.size && a.rdev === b.rdev;
}

function sameTime(a: NodeVersion, b: NodeVersion): boolean {
  return a.mtimeSec === b.mtimeSec && a.mtimeNsec === b.mtimeNsec;
}

function sameOwner(a: NodeVersion, b: NodeVersion): boolean {
  return a.uid === b.uid && a.gid === b.gid;
}

/** Equal by value: everything that is synced, whoever made it and when. */
export function sameState(a: NodeVersion, b: NodeVersion): boolean {
  return (
    a.kind === b.kind &&
    sameContent(a, b) &&
    sameTime(a, b) &&
    a.mode === b.mode &&
    sameOwner(a, b) &&
    a.xattrs === b.xattrs
  );
}

/** The same thing made twice: kind, content, mode and attributes. Times and owners may differ. */
export function sameThing(a: NodeVersion, b: NodeVersion): boolean {
  return a.kind === b.kind && sameContent(a, b) && a.mode === b.mode && a.xattrs === b.xattrs;
}

/** True when `now` is an edit of `base` that a deletion would lose. A directory's time is no edit of it. */
export function isEdit(base: NodeVersion, now: NodeVersion): boolean {
  return now.kind === 'directory' ? !(sameThing(base, now) && sameOwner(base, now)) : !sameState(base, now);
}

/** What identifies a state in a conflict's id and in a tie: all its values as one text. */
export function stateText(state: NodeVersion | null | undefined): string {
  if (!state) return '-';
  const { kind, mode, uid, gid, rdev, size, mtimeSec, mtimeNsec, hash, xattrs } = state;
  return [hash, kind, mode, uid, gid, rdev, size, mtimeSec, mtimeNsec, xattrs].join('|');
}

const EQUAL: Readonly<Record<Group, (a: NodeVersion, b: NodeVersion) => boolean>> = {
  content: sameContent,
  mode: (a, b) => a.mode === b.mode,
  owner: sameOwner,
  xattrs: (a, b) => a.xattrs === b.xattrs,
};

function laterTime(a: NodeVersion, b: NodeVersion): NodeVersion {
  return (a.mtimeSec - b.mtimeSec || a.mtimeNsec - b.mtimeNsec) > 0 ? a : b;
}

/** Three states on their way to become one. `base` is undefined where the sides have no common ancestor. */
export class StateMerge {
  readonly #local: NodeVersion;
  readonly #remote: NodeVersion;
  readonly #base: NodeVersion | undefined;
  readonly clashes: boolean;

  constructor(base: NodeVersion | undefined, local: NodeVersion, remote: NodeVersion) {
    this.#base = base;
    this.#local = local;
    this.#remote = remote;
    this.clashes = (Object.keys(EQUAL) as Group[]).some((group) => this.#pick(group) === 'clash');
  }

  #pick(group: Group): Side | 'equal' | 'clash' {
    const equal = EQUAL[group];
    if (equal(this.#local, this.#remote)) return 'equal';
    if (this.#base && equal(this.#base, this.#local)) return 'remote';
    if (this.#base && equal(this.#base, this.#remote)) return 'local';
    return 'clash';
  }

  #timeOf(winner: Side): NodeVersion {
    const picked = this.#pick('content');
    if (picked === 'clash') return this.#side(winner);
    if (picked !== 'equal') return this.#side(picked);
    if (this.#base && sameTime(this.#base, this.#local)) return this.#remote;
    if (this.#base && sameTime(this.#base, this.#remote)) return this.#local;
    return laterTime(this.#local, this.#remote);
  }

  #side(side: Side): NodeVersion {
    return side === 'local' ? this.#local : this.#remote;
  }

  /**
   * The ancestor that there would be, had the winner seen the other side's version before it made its own: merged
   * with it, every group that clashes is the winner's, and nothing clashes.
   */
  ancestorFor(winner: Side): NodeVersion {
    const loser = winner === 'local' ? this.#remote : this.#local;
    if (!this.#base) return loser;
    const from = (group: Group): NodeVersion => (this.#pick(group) === 'clash' ? loser : this.#base!);
    const [content, mode, owner, xattrs] = [from('content'), from('mode'), from('owner'), from('xattrs')];
    return {
      ...this.#base,
      kind: content.kind,
      rdev: content.rdev,
      size: content.size,
      mtimeSec: content.mtimeSec,
      mtimeNsec: content.mtimeNsec,
      hash: content.hash,
      mode: mode.mode,
      uid: owner.uid,
      gid: owner.gid,
      xattrs: xattrs.xattrs,
    };
  }

  /** The merged state, with the winner's value for every group that clashes. */
  result(winner: Side): NodeVersion {
    const from = (group: Group): NodeVersion => {
      const picked = this.#pick(group);
      return this.#side(picked === 'clash' ? winner : picked === 'equal' ? 'remote' : picked);
    };
    const [content, mode, owner, xattrs] = [from('content'), from('mode'), from('owner'), from('xattrs')];
    const time = this.#timeOf(winner);
    const later = this.#local.editedAtMs > this.#remote.editedAtMs ? this.#local : this.#remote;
    const merged: NodeVersion = {
      kind: content.kind,
      mode: mode.mode,
      uid: owner.uid,
      gid: owner.gid,
      rdev: content.rdev,
      size: content.size,
      mtimeSec: time.mtimeSec,
      mtimeNsec: time.mtimeNsec,
      hash: content.hash,
      xattrs: xattrs.xattrs,
      revision: 0,
      agent: '',
      editedAtMs: later.editedAtMs,
    };
    if (sameState(merged, this.#remote)) return this.#remote;
    return sameState(merged, this.#local) ? this.#local : merged;
  }
}
