/**
 * Who wins a conflict. Pure; it knows times only as data.
 *
 * local-wins and remote-wins name the side. last-write-wins takes the later edit; where the times are equal it goes by
 * agent, then hash, then the whole state, then the place, then the id, so that both agents, who see each other's
 * sides swapped, name the same version. Of a place, the time of the move counts, where it is known: on this side that of
 * the move, on the remote's that of its commit. A deletion has no version: its time may be given, and without one it loses,
 * because a file that comes back is seen and a file that is gone is not; against it stands the later of edit and move.
 * manual names no one.
 */
import { type Side, stateText } from './state.js';
import type { ConflictPolicy, NodeId, NodeVersion } from './tree.js';

export interface TieBreak {
  /** This agent's id, which stands for the empty agent of unpushed versions. */
  readonly agent: string;
}

/** When something was done to nodes, in milliseconds since the epoch, on the server's clock; as far as it is known. */
export interface NodeTimes {
  readonly local: ReadonlyMap<NodeId, number>;
  readonly remote: ReadonlyMap<NodeId, number>;
}

/** One side's stake: a version, or a deletion where there is none. */
export interface Stake {
  readonly node: NodeId;
  readonly version: NodeVersion | undefined;
  /** Where it stands, for ties between equal versions in different places. */
  readonly place?: string;
  /** Where it is about the place: when it was moved there, as far as that is known. */
  readonly movedAtMs?: number | undefined;
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
  readonly #deletedAt: NodeTimes | undefined;
  readonly #movedAt: NodeTimes | undefined;

  constructor(
    policy: ConflictPolicy,
    tieBreak: TieBreak,
    times: { readonly deletedAt?: NodeTimes | undefined; readonly movedAt?: NodeTimes | undefined } = {},
  ) {
    this.#policy = policy;
    this.#agent = tieBreak.agent;
    this.#deletedAt = times.deletedAt;
    this.#movedAt = times.movedAt;
  }

  /** When a side moved a node to where it is there, where that is known. */
  movedAt(side: Side, node: NodeId): number | undefined {
    return this.#movedAt?.[side].get(node);
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
    if (!local.version) return this.#deletionWins('local', local.node, remote) ? 'local' : 'remote';
    if (!remote.version) return this.#deletionWins('remote', remote.node, local) ? 'remote' : 'local';
    return compareRanks(this.#rank(local, local.version), this.#rank(remote, remote.version)) > 0
      ? 'local'
      : 'remote';
  }

  #rank(stake: Stake, version: NodeVersion): Rank {
    const { editedAtMs, agent, hash } = version;
    return [
      stake.movedAtMs ?? editedAtMs,
      agent || this.#agent,
      hash,
      stateText(version),
      stake.place ?? '',
      stake.node,
    ];
  }

  #deletionWins(side: Side, node: NodeId, { version, movedAtMs = 0 }: Stake): boolean {
    const at = this.#deletedAt?.[side].get(node);
    return at !== undefined && (!version || at > Math.max(version.editedAtMs, movedAtMs));
  }
}
