/**
 * Carries a plan's changes out one by one, as a database that has to be a tree in between: throws at the first that
 * does not find what it needs.
 */
import { type Change, type MemoryTree, ROOT_NODE } from '#src/sync/core/index.js';

export function followSteps(tree: MemoryTree, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.type === 'node' && change.state === null) {
      expect(tree.node(change.id), () => `${change.id} is removed and was not there`);
      same([tree.entriesOf(change.id), [...tree.children(change.id)]], [[], []], 'removed while in use');
    }
    if (change.type === 'entry' && change.node !== null) {
      expect(tree.node(change.parent)?.kind === 'directory', () => `no directory for ${change.name}`);
      expect(tree.node(change.node), () => `no node for ${change.name}`);
      expect(
        change.parent === ROOT_NODE || tree.entriesOf(change.parent).length > 0,
        () => 'set in a detached directory',
      );
    }
    if (change.type === 'entry' && change.node === null) {
      expect(tree.entry(change.parent, change.name), () => `${change.name} is removed and was not there`);
    }
    tree.apply([change]);
  }
}

function expect(condition: unknown, message: () => string): void {
  if (!condition) throw new Error(message());
}

function same(a: unknown, b: unknown, what: string): void {
  expect(JSON.stringify(a) === JSON.stringify(b), () => what);
}
