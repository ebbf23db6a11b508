/**
 * What is done for a remote beside the syncs, now and then: that it fails is no failure of a sync.
 */
import { hostname } from 'node:os';
import type { Clock } from '../../base/index.js';
import { keepHistory, UPKEEP_MS } from '../history/upkeep.js';
import type { RemoteWorkspace } from '../remote/index.js';
import { keepMs } from '../settings.js';

const HEARTBEAT_MS = 60_000;

export class Errands {
  readonly #clock: Clock;
  #heartbeatAt = Number.NEGATIVE_INFINITY;
  #trimAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Says that this agent lives, and which revision it has. */
  async heartbeat(remote: RemoteWorkspace, revision: number): Promise<void> {
    const now = this.#clock.monotonicMs();
    if (now < this.#heartbeatAt) return;
    this.#heartbeatAt = now + HEARTBEAT_MS;
    await remote.heartbeat({ host: hostname(), revision }).catch(() => undefined);
  }

  /** Old versions go, where the setting `keep` says so. */
  async trimHistory(remote: RemoteWorkspace, keep: string): Promise<void> {
    const keepForMs = keepMs(keep);
    const now = this.#clock.monotonicMs();
    if (keepForMs === undefined || now < this.#trimAt) return;
    this.#trimAt = now + UPKEEP_MS;
    await keepHistory(remote, { keepMs: keepForMs, everyMs: UPKEEP_MS }).catch(() => undefined);
  }
}
