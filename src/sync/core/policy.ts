/**
 * Who wins a conflict. Pure; it knows times only as data.
 *
 * local-wins and remote-wins name the side. last-write-wins takes the later edit; where the times are equal it goes by
 * agent, then hash, then the whole state, then the place, then the id, so that both agents, who see each other's
 * sides swapped, name the same version. A deletion has no version: its time may be given, and without one it loses,
 * because a file that comes back is seen and a file that is gone is not. manual names no one.
 */
import { type Side, stateText } from './state.js';
import type { ConflictPolicy, NodeId, NodeVersion } from './tree.js';

export interface TieBreak {
  /** This agent's id, which stands for the empty agent of unpushed versions. */
  readonly agent: string;
}

/** When nodes were deleted, in milliseconds since the epoch, on the server's clock; as far as it is known. */
export interface DeletionTimes {
  readonly local: ReadonlyMap<NodeId, number>;
  readonly remote: ReadonlyMap<NodeId, number>;
}

/** One side's stake: a version, or a deletion where there is none. */
export interface Stake {
  readonly node: NodeId;
  readonly version: NodeVersion | undefined;
  /** Where it stands, for ties between equal versions in different places. */
  readonly place?: string;
}

type Rank = readonly (string | number)[];

function compareRanks(a: Rank, b: Rank): number {
  for (const [i, value] of a.entries()) {
    const other = b[i]!;
    if (value !== other) return value > other ? 1 : -1;
  }
  return 0;
}

export class Arbiter {
  readonly #policy: ConflictPolicy;
  readonly #agent: string;
  readonly #deletedAt: DeletionTimes | undefined;

  constructor(policy: ConflictPolicy, tieBreak: TieBreak, deletedAt?: DeletionTimes) {
    this.#policy = policy;
    this.#agent = tieBreak.agent;
    this.#deletedAt = deletedAt;
  }

  get manual(): boolean {
    return this.#policy === 'manual';
  }

  /** The side that wins whatever the conflict is; undefined under last-write-wins and manual. */
  get fixed(): Side | undefined {
    if (this.#policy === 'local-wins') return 'local';
    return this.#policy === 'remote-wins' ? 'remote' : undefined;
  }

  /** The winner, or undefined under manual. */
  choose(local: Stake, remote: Stake): Side | undefined {
    if (this.manual) return undefined;
    return this.fixed ?? this.#laterOf(local, remote);
  }

  /** The later of two versions on one side. */
  later(a: Stake, b: Stake): Stake {
    if (!a.version || !b.version) return a.version ? a : b;
    return compareRanks(this.#rank(a, a.version), this.#rank(b, b.version)) >= 0 ? a : b;
  }

  #laterOf(local: Stake, remote: Stake): Side {
    if (!local.version) return this.#deletionWins('local', local.node, remote.version) ? 'local' : 'remote';
    if (!remote.version) return this.#deletionWins('remote', remote.node, local.version) ? 'remote' : 'local';
    return compareRanks(this.#rank(local, local.version), this.#rank(remote, remote.version)) > 0
      ? 'local'
      : 'remote';
  }

  #rank(stake: Stake, version: NodeVersion): Rank {
    const { editedAtMs, agent, hash } = version;
    return [editedAtMs, agent || this.#agent, hash, stateText(version), stake.place ?? '', stake.node];
  }

  #deletionWins(side: Side, node: NodeId, edit: NodeVersion | undefined): boolean {
    const at = this.#deletedAt?.[side].get(node);
    return at !== undefined && (!edit || at > edit.editedAtMs);
  }
}
