/**
 * Replaces a file's content as a whole, the way a pull publishes it.
 *
 * Where the kernel does not know the file, its content is simply replaced. Where it does, the old content moves to a
 * keeper (an inode without a name), the old node id goes on with the keeper, and the file gets a fresh node id: whoever
 * has it open goes on reading the old bytes. The moves of rows stand in the transaction of one commit, so a crash leaves
 * the old content or the new, never half. `reinstate` turns it back, when somebody writes through the old node id.
 *
 * Content that no remote has is kept beyond that: an inode in `state.kept` has a row in afs_kept and none in afs_orphan,
 * and is destroyed by `dropKept` alone. Whoever has it open may go on reading, and writing, it.
 */
import { InvariantError } from '../../base/index.js';
import { CHANGED_ATTRIBUTES, CHANGED_CONTENT, type KeptRow } from '../../store/index.js';
import { Inode } from '../inode.js';
import { destroy, tellNode, touch, type VfsState } from '../state.js';

/** Chunks above any file's last: 2^53 bytes in the smallest chunks. */
const LAST_CHUNK = 2 ** 44;

/** Makes an inode without a name: a stage for content that arrives, or a keeper of content that goes. */
export function makeUnnamed(state: VfsState, like: Inode | undefined): Inode {
  const now = state.clock.realtime();
  const ino = state.pending.nextIno;
  state.pending.nextIno += 1;
  const inode = new Inode(
    {
      ino,
      mode: like?.mode ?? 0o100600,
      nlink: 0,
      uid: like?.uid ?? 0,
      gid: like?.gid ?? 0,
      rdev: 0,
      size: like?.size ?? 0,
      atimeSec: like?.atimeSec ?? now.sec,
      atimeNsec: like?.atimeNsec ?? now.nsec,
      mtimeSec: like?.mtimeSec ?? now.sec,
      mtimeNsec: like?.mtimeNsec ?? now.nsec,
      ctimeSec: like?.ctimeSec ?? now.sec,
      ctimeNsec: like?.ctimeNsec ?? now.nsec,
    },
    false,
  );
  inode.xattrs = new Map(like?.xattrs ?? []);
  state.inodes.add(inode);
  state.pending.orphaned(inode);
  state.pending.inodeChanged(inode, CHANGED_ATTRIBUTES);
  return inode;
}

/**
 * Gives `inode` the content of `stage`, an unnamed inode that then goes. Commits; where it cannot, nothing changes. With
 * `keep` the old content is kept beyond those who have it open, by the same commit.
 */
export function replaceContent(
  state: VfsState,
  inode: Inode,
  { stage, keep }: { readonly stage: Inode; readonly keep?: Omit<KeptRow, 'ino'> | undefined },
): void {
  if (stage.nlink !== 0) throw new InvariantError('a stage has a name');
  const held = state.nodes.isKnown(state.nodes.nodeOf(inode.ino));
  const keeps = keep !== undefined && state.store.kept.get(keep.id) === undefined;
  const keeper = held || keeps ? makeUnnamed(state, inode) : undefined;
  const sizes = { inode: inode.size, stage: stage.size };
  state.pending.commitAlone(
    () => {
      dropMemory(state, inode, stage);
      if (keeper === undefined) state.content.cut(inode, 0, LAST_CHUNK);
      else state.pending.also(() => state.store.moveContent(inode.ino, keeper.ino));
      state.pending.also(() => state.store.moveContent(stage.ino, inode.ino));
      // What a base remembers of its chunks follows in a commit of its own, or not at all.
      state.pending.also(() => state.store.syncState.forgetManifests(inode.ino));
      if (keeper !== undefined && keeps) {
        state.pending.adopted(keeper);
        state.pending.also(() => state.store.kept.put({ ...keep, ino: keeper.ino }));
      }
      inode.size = sizes.stage;
      stage.size = 0;
      state.pending.contentChanged(inode, 0, inode.size);
    },
    () => {
      inode.size = sizes.inode;
      stage.size = sizes.stage;
      if (keeper !== undefined) destroy(state, keeper);
    },
  );
  inode.cuts = undefined;
  destroy(state, stage);
  if (keeper !== undefined && keeps) state.kept.add(keeper.ino);
  if (keeper !== undefined && held) state.nodes.supersede(inode.ino, keeper.ino);
}

/** True where an inode keeps superseded content: a write to it means the file that it was. */
export function isKeeper(state: VfsState, inode: Inode): boolean {
  return inode.nlink === 0 && state.nodes.shownIno(inode.ino) !== inode.ino;
}

/**
 * A write arrives at old content: it becomes the file's content again, as a local change, and what was pulled is kept
 * for those who opened that. Returns the file's inode, which the old node id means from now on.
 */
export function reinstate(state: VfsState, keeper: Inode): Inode {
  const inode = state.inodes.get(state.nodes.shownIno(keeper.ino));
  if (inode === undefined || inode.nlink === 0) return keeper;
  state.pending.flush();
  const spare = makeUnnamed(state, undefined);
  const { size, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = inode;
  const keeperSize = keeper.size;
  state.pending.commitAlone(
    () => {
      dropMemory(state, inode, keeper);
      state.pending.also(() => {
        state.store.moveContent(inode.ino, spare.ino);
        state.store.moveContent(keeper.ino, inode.ino);
        state.store.moveContent(spare.ino, keeper.ino);
      });
      inode.size = keeperSize;
      keeper.size = size;
      state.pending.contentChanged(inode, 0, Math.max(size, keeperSize));
      state.pending.inodeChanged(keeper, CHANGED_ATTRIBUTES | CHANGED_CONTENT);
      // What was kept as lost is the file's again.
      if (state.kept.has(keeper.ino)) {
        state.pending.orphaned(keeper);
        state.pending.also(() => state.store.kept.deleteOfIno(keeper.ino));
      }
      touch(state, inode);
    },
    () => {
      Object.assign(inode, { size, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec });
      keeper.size = keeperSize;
      destroy(state, spare);
    },
  );
  state.kept.delete(keeper.ino);
  destroy(state, spare);
  state.nodes.swap(inode.ino, keeper.ino);
  state.outside += 1;
  tellNode(state, inode, true);
  state.outside -= 1;
  return inode;
}

export function isKept(state: VfsState, ino: number): boolean {
  return state.kept.has(ino);
}

/** An inode with a row in afs_kept has lost its last name: it stays. */
export function keepUnnamed(state: VfsState, inode: Inode): void {
  state.pending.adopted(inode);
  state.kept.add(inode.ino);
}

/** Forgets a kept version; its content goes with the last one who has it open. */
export function dropKept(state: VfsState, id: string): void {
  const row = state.store.kept.get(id);
  if (row === undefined) return;
  state.pending.also(() => state.store.kept.delete(id));
  state.kept.delete(row.ino);
  const inode = row.ino === 0 ? undefined : state.inodes.get(row.ino);
  if (inode === undefined || inode.nlink > 0) return;
  if (state.nodes.isHeld(row.ino)) state.pending.orphaned(inode);
  else destroy(state, inode);
}

function dropMemory(state: VfsState, ...inodes: Inode[]): void {
  for (const inode of inodes) state.content.drop(inode);
}
