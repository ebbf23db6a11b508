/**
 * What can stop a sync before it changes anything, as data, and the error that says it. Pure.
 *
 * A brake is no failure: it names what was seen, what would have happened, and the command that goes on all the same.
 */
import { AgentFsError, rfc3339 } from '../../base/index.js';

/** Which side would lose something. */
export type BrakedSide = 'local' | 'remote';

export type Brake =
  | {
      readonly kind: 'deletions';
      readonly side: BrakedSide;
      /** Paths that would go, and how many there are. */
      readonly deleted: number;
      readonly total: number;
      /** Some of them. */
      readonly paths: readonly string[];
    }
  /** The remote says that it has nothing, and nobody removed it. */
  | { readonly kind: 'emptied' }
  | { readonly kind: 'rolled-back'; readonly there: number; readonly seen: number }
  /** Another workspace of the same name is in its place. */
  | { readonly kind: 'recreated' }
  /** Another remote of this workspace, by its name, is the same one. */
  | { readonly kind: 'twin'; readonly of: string }
  /** Another database syncs under this agent's id, or this one has forgotten what it did. */
  | {
      readonly kind: 'copied';
      /** Commits that this database did not make: how many, between which revisions, and when the last came (server's clock). */
      readonly commits: number;
      readonly first: number;
      readonly last: number;
      readonly lastAtMs: number;
    };

/** With these the memory of the remote is worth nothing; going on means to forget it. */
export function needsRejoin(brake: Brake): boolean {
  return brake.kind !== 'deletions' && brake.kind !== 'twin' && !needsNewId(brake.kind);
}

/** With this one the memory is good, but for whose the commits of this agent's id are: a new id makes them another's. */
export function needsNewId(kind: Brake['kind']): boolean {
  return kind === 'copied';
}

/** Where it stopped: the names that go into its commands. */
export interface BrakePlace {
  readonly workspace: string;
  readonly remoteName: string;
}

export function brakeError(brake: Brake, place: BrakePlace): AgentFsError {
  return new AgentFsError('SYNC_BRAKE', messageOf(brake, place), {
    operation: 'sync',
    hint: hintOf(brake, place),
    data: { brake },
  });
}

/** The brake of an error that may have crossed a thread or the socket. */
export function brakeOf(error: unknown): Brake | undefined {
  if (!(error instanceof AgentFsError) || error.code !== 'SYNC_BRAKE') return undefined;
  return (error.data as { readonly brake?: Brake } | undefined)?.brake;
}

function messageOf(brake: Brake, { remoteName }: BrakePlace): string {
  switch (brake.kind) {
    case 'deletions': {
      const { deleted, total, paths, side } = brake;
      const where = side === 'remote' ? `on remote '${remoteName}'` : 'here';
      const some = paths.length < deleted ? `${paths.join(', ')}, …` : paths.join(', ');
      return `this sync would delete ${deleted} of ${total} files and directories ${where}: ${some}`;
    }
    case 'emptied':
      return `remote '${remoteName}' is empty, though nobody removed what was in it`;
    case 'rolled-back':
      return `remote '${remoteName}' is at revision ${brake.there}, this workspace has seen ${brake.seen}: it was rolled back`;
    case 'recreated':
      return `the workspace on remote '${remoteName}' is not the one this was synced with: it was made anew, or is another one`;
    case 'twin':
      return `remote '${remoteName}' is the same database as remote '${brake.of}'`;
    case 'copied': {
      const { commits, last, lastAtMs } = brake;
      const which = commits === 1 ? `revision ${last}` : `${commits}, the last is revision ${last}`;
      const at = rfc3339(lastAtMs);
      return (
        `remote '${remoteName}' has ${commits === 1 ? 'a commit' : 'commits'} under this agent's id that this database did not make ` +
        `(${which}, of ${at}): a copy of it syncs too, or it was restored from an older copy`
      );
    }
  }
}

function hintOf(brake: Brake, { workspace, remoteName }: BrakePlace): string {
  const remote = remoteName === 'origin' ? '' : ` --remote ${remoteName}`;
  const command = (verb: string) => `agentfs sync ${verb} ${workspace}${remote}`;
  switch (brake.kind) {
    case 'deletions':
      return brake.side === 'remote'
        ? `Nothing was changed. If they are to go: ${command('push')} --force. To get them back here instead: ${command('reset')}, then ${command('pull')}.`
        : `Nothing was changed. If they are to go: ${command('pull')} --force. To bring them back there instead: ${command('reset')}, then ${command('push')}.`;
    case 'twin':
      return `Nothing was changed. A workspace syncs with a database once: agentfs sync disable ${workspace}${remote}.`;
    case 'copied':
      return `Nothing was changed. ${command('push')} --force goes on under a new agent id: what was done under the old one counts as another agent's, edits of both sides are merged, and where both changed the same the conflict policy decides. (${command('reset')} --new-id forgets the common past as well.)`;
    default:
      return `Nothing was changed. ${command('push')} --force (or ${command('reset')}) joins both sides again without a common past: nothing is deleted, and what is here goes up again.`;
  }
}
