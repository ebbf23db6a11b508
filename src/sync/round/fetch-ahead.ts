/**
 * Chunks of the remote in the order in which they will be needed, fetched in requests of a few MiB, one ahead.
 *
 * Small files share a request, so that a pull of many costs a round trip for some MiB and not one for each of them. A
 * chunk is kept until everything that named it when it was fetched has taken it.
 */
import { AgentFsError } from '../../base/index.js';
import type { ChunkReference, RemoteWorkspace } from '../remote/index.js';

/** In one request; two are in memory at most. */
const REQUEST_BYTES = 4 * 1024 * 1024;

interface Kept {
  readonly bytes: Uint8Array;
  /** How many are still to take it. */
  uses: number;
}

export class FetchAhead {
  readonly #remote: Pick<RemoteWorkspace, 'getChunks'>;
  readonly #references: Iterator<ChunkReference>;
  readonly #kept = new Map<string, Kept>();
  /** Chunks that the remote does not have, or not as they should be: why. */
  readonly #bad = new Map<string, string>();
  #next: ChunkReference | undefined;
  /** The request under way, or done and not looked at. */
  #request: Promise<void> | undefined;
  #ended = false;

  /** `references` are walked as far as requests reach; every one is taken once, in their order. */
  constructor(remote: Pick<RemoteWorkspace, 'getChunks'>, references: Iterable<ChunkReference>) {
    this.#remote = remote;
    this.#references = references[Symbol.iterator]();
  }

  /** The bytes of the next reference. Throws REMOTE_CORRUPT where the remote does not have them. */
  async take(reference: ChunkReference): Promise<Uint8Array> {
    let kept = this.#kept.get(reference.hash);
    while (kept === undefined) {
      const bad = this.#bad.get(reference.hash);
      if (bad !== undefined) throw corrupt(`chunk ${reference.hash} ${bad}`);
      const request = this.#request ?? this.#ask();
      if (request === undefined) throw corrupt(`chunk ${reference.hash} is not one of those to come`);
      this.#request = undefined;
      await request;
      this.#request = this.#ask();
      // Its failure is the one's who waits for it next, and nobody's until then.
      this.#request?.catch(() => undefined);
      kept = this.#kept.get(reference.hash);
    }
    kept.uses -= 1;
    if (kept.uses === 0) this.#kept.delete(reference.hash);
    if (kept.bytes.length !== reference.size) throw corrupt(`chunk ${reference.hash} has two sizes`);
    return kept.bytes;
  }

  /** Begins the request for what comes next; undefined where nothing does. */
  #ask(): Promise<void> | undefined {
    const wanted = new Map<string, { reference: ChunkReference; uses: number }>();
    let bytes = 0;
    while (!this.#ended && bytes < REQUEST_BYTES) {
      const reference = this.#pull();
      if (reference === undefined) break;
      const known = this.#kept.get(reference.hash) ?? wanted.get(reference.hash);
      if (known !== undefined) {
        known.uses += 1;
        continue;
      }
      if (bytes > 0 && bytes + reference.size > REQUEST_BYTES) {
        this.#next = reference;
        break;
      }
      wanted.set(reference.hash, { reference, uses: 1 });
      bytes += reference.size;
    }
    return wanted.size === 0 ? undefined : this.#fetch(wanted);
  }

  #pull(): ChunkReference | undefined {
    const reference = this.#next;
    this.#next = undefined;
    if (reference !== undefined) return reference;
    const { done, value } = this.#references.next();
    if (done === true) this.#ended = true;
    return done === true ? undefined : value;
  }

  async #fetch(wanted: ReadonlyMap<string, { reference: ChunkReference; uses: number }>): Promise<void> {
    const references = [...wanted.values()].map((one) => one.reference);
    const { chunks, missing, quarantined } = await this.#remote.getChunks(references);
    for (const { id, reason } of quarantined) this.#bad.set(id, `cannot be used: ${reason}`);
    for (const hash of missing) this.#bad.set(hash, 'is missing');
    for (const [hash, { uses }] of wanted) {
      const bytes = chunks.get(hash);
      if (bytes !== undefined) this.#kept.set(hash, { bytes, uses });
    }
  }
}

function corrupt(what: string): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', `the remote sent what cannot be believed: ${what}`, {
    operation: 'pull',
  });
}
