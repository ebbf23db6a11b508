/**
 * Remembers, or forgets, what the remote has and this side does not take: a step of a round, written with the rest of it.
 */
import type { SyncState } from '../../store/index.js';
import type { SyncStep } from '../steps.js';
import { NOTHING_DROPPED } from './attributes.js';
import { rowOfVersion } from './base-tree.js';

export function setExcluded(
  excluded: SyncState['excluded'],
  remote: number,
  step: Extract<SyncStep, { type: 'excluded-node' | 'excluded-entry' }>,
): void {
  if (step.type === 'excluded-node') {
    if (step.version === null) excluded.deleteNode(remote, step.id);
    else excluded.putNode(remote, rowOfVersion({ ino: 0, id: step.id }, step.version, NOTHING_DROPPED));
  } else if (step.node === null) excluded.deleteEntry(remote, step.parent, step.name);
  else excluded.putEntry(remote, { ...step, node: step.node });
}
