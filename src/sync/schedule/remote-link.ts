/**
 * The connection of one remote's loop: opened when first needed, checked against what is remembered, and listened to.
 *
 * A link that failed is dropped, so that the next one checks again whether the remote is still the one that it was.
 */
import type { StoreReader } from '../../store/index.js';
import { brakeError, judgeIdentity } from '../brakes/index.js';
import {
  openRemote,
  type RemoteIdentity,
  type RemoteOptions,
  type RemoteWorkspace,
  type Subscription,
} from '../remote/index.js';
import type { SyncHost } from '../steps.js';
import type { SyncConfig } from '../types.js';

/** A server without hints is asked again after this time. */
const LISTEN_AGAIN_MS = 300_000;

export interface LinkSettings {
  readonly remoteName: string;
  readonly workspace: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly agent: string;
  readonly config: SyncConfig;
}

export interface LinkPorts {
  readonly reader: StoreReader;
  readonly host: SyncHost;
  /** Something may have been committed. */
  readonly onHint: () => void;
  /** No more hints will come from the subscription that there was. */
  readonly onSilence: () => void;
  readonly openRemote?: ((options: RemoteOptions) => RemoteWorkspace) | undefined;
}

export class RemoteLink {
  readonly #ports: LinkPorts;
  #remote: RemoteWorkspace | undefined;
  /** Not recognised yet. */
  #opening: RemoteWorkspace | undefined;
  #listenAgainAt = 0;
  #subscription: Extract<Subscription, { available: true }> | undefined;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  get isHinting(): boolean {
    return this.#subscription !== undefined;
  }

  /** How long the remote has not answered, milliseconds; from the first request on. */
  get waitingMs(): number {
    return (this.#remote ?? this.#opening)?.statistics().waitingMs ?? 0;
  }

  async connect(settings: LinkSettings): Promise<RemoteWorkspace> {
    if (this.#remote !== undefined) return this.#remote;
    const { url, token, workspace, agent, config } = settings;
    const open = this.#ports.openRemote ?? openRemote;
    const remote = open({
      url,
      workspace,
      agent,
      timeoutMs: config.timeout * 1000,
      compression: config.compression,
      ...(token === undefined ? {} : { token }),
    });
    this.#opening = remote;
    try {
      await this.#recognise(settings, remote, await remote.ensure());
    } catch (error) {
      remote.close();
      throw error;
    } finally {
      this.#opening = undefined;
    }
    this.#remote = remote;
    return remote;
  }

  /** Listens for hints where that is possible. Returns true where it has begun just now. */
  async listen(): Promise<boolean> {
    if (this.#subscription !== undefined || this.#remote === undefined) return false;
    if (performance.now() < this.#listenAgainAt) return false;
    const subscription = await this.#remote.listen(this.#ports.onHint).catch(() => undefined);
    if (subscription?.available !== true) {
      this.#listenAgainAt = performance.now() + LISTEN_AGAIN_MS;
      return false;
    }
    this.#subscription = subscription;
    void subscription.ended.then(() => {
      if (this.#subscription !== subscription) return;
      this.#subscription = undefined;
      this.#ports.onSilence();
    });
    return true;
  }

  stopListening(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    subscription?.stop();
  }

  close(): void {
    this.stopListening();
    this.#opening?.close();
    this.#remote?.close();
    this.#remote = undefined;
    this.#listenAgainAt = 0;
  }

  /** A workspace of that name, but another one: nothing of what is remembered is true of it. */
  async #recognise(settings: LinkSettings, remote: RemoteWorkspace, identity: RemoteIdentity): Promise<void> {
    const { reader, host } = this.#ports;
    const known = reader.remote(settings.remoteName);
    if (known === undefined) return;
    if (known.incarnation === '') {
      // A replica may not have all that this agent pushed before it joined.
      const { incarnation, revision } = identity.created ? identity : await remote.catchUp();
      const since = { joinedAt: revision, notedFrom: revision, idsFrom: revision };
      await host.finish({ remote: known.id, incarnation, ...since });
      return;
    }
    const isBehind = identity.incarnation === known.incarnation && identity.revision < known.cursor;
    const brake = judgeIdentity(known, isBehind ? await remote.catchUp() : identity);
    if (brake !== undefined) throw brakeError(brake, settings);
  }
}
