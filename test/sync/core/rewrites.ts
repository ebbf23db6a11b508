/**
 * Tells a file that was made anew with the content it had: by value nothing was changed, so nothing can be lost.
 */
import type { MemoryTree, Plan } from '#src/sync/core/index.js';
import { pathsOf } from './scratch-tree.js';

/** A file made anew in the place of one that had the same content: by value nothing was changed. */
export function isRewrite(
  base: MemoryTree,
  side: MemoryTree,
  { id, plan }: { id: string; plan: Plan },
): boolean {
  const before = pathsOf(base);
  const replaced = [
    ...[...pathsOf(side)].map(([path, at]) => (at === id ? before.get(path) : undefined)),
    ...side.entriesOf(id).map(({ parent, name }) => base.entry(parent, name)),
    ...[...plan.adopt].map(([here, there]) => (here === id ? there : there === id ? here : undefined)),
  ];
  return replaced.some((it) => it !== undefined && base.node(it)?.hash === side.node(id)?.hash);
}
