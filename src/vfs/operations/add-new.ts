/**
 * Makes nodes that nobody has seen yet, with their names, straight as rows: how a first pull fills a workspace.
 *
 * All of them come in one commit, and only then do live directories and the kernel hear of them: where the commit fails
 * there is nothing to take back. Constraint of the caller: each parent exists (or comes earlier in the list), and has
 * no entry of that name.
 */
import type { NewNode } from '../../store/index.js';
import { Dentry } from '../directory.js';
import { tellEntry, tellNode, type VfsState } from '../state.js';
import { S_IFDIR, S_IFMT } from '../types.js';

/** `record` writes in the same transaction. */
export function addNew(state: VfsState, nodes: readonly NewNode[], record: () => void): void {
  const bytes = nodes.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  state.pending.assertWritable(bytes + nodes.length * 512);
  state.pending.commitAlone(
    () => {
      state.pending.also(() => {
        state.store.addNodes(nodes);
        record();
      });
    },
    () => {},
  );
  for (const node of nodes) publish(state, node);
}

function publish(state: VfsState, { inode, entry }: NewNode): void {
  const { id, parentIno, name } = entry;
  if (!state.inodes.has(parentIno)) return;
  const parent = state.inodes.get(parentIno)!;
  const type = inode.mode & S_IFMT;
  if (type === S_IFDIR) parent.nlink += 1;
  if (state.directories.has(parentIno)) {
    const directory = state.directories.get(parent);
    directory.learn(new Dentry(id, name, { ino: inode.ino, type, stored: true }));
    state.directories.measure(directory);
  }
  tellEntry(state, parentIno, name);
  tellNode(state, parent, false);
}
