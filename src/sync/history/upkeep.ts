/**
 * Upkeep of a remote's history: what is older than `--keep` goes, and then the chunks that nothing needs any more.
 *
 * Any agent whose setting asks for it does it, at most one in an hour. It is never a reason for a sync to fail.
 */
import type { RemoteWorkspace } from '../remote/index.js';
import type { PruneReport } from './types.js';

/** How often, at most, over all agents of a workspace. */
export const UPKEEP_MS = 3_600_000;

/** `undefined` where somebody else has done it lately. */
export async function keepHistory(
  remote: RemoteWorkspace,
  options: { readonly keepMs: number; readonly everyMs: number; readonly graceMs?: number },
): Promise<PruneReport | undefined> {
  if (!(await remote.history.claimUpkeep(options.everyMs))) return undefined;
  const pruning = await remote.history.prune(options.keepMs);
  const { noted, deleted } = await remote.history.collectGarbage(options.graceMs);
  return { ...pruning, chunksNoted: noted, chunksDeleted: deleted };
}
