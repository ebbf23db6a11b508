/**
 * The content of chunked files on its way here: what the remote alone has is fetched, what the file has already is taken
 * from where it is.
 *
 * A file of up to DELTA_MIN_BYTES comes as bytes; several of them share a request. A larger one is built chunk by chunk in
 * a stage, so that neither side ever holds it in memory, and a reader sees the whole of it or nothing. Where little of a
 * large file changes and nobody can have it open, only that is written. Every chunk that is used is checked by its hash.
 */
import { AgentFsError } from '../../base/index.js';
import type { NodeId, NodeVersion } from '../core/index.js';
import { DELTA_MIN_BYTES, type LocalChangeReader } from '../local/local-changes.js';
import type { ChunkPlace, LocalContent } from '../local/local-content.js';
import type { ChunkReference, RemoteWorkspace } from '../remote/index.js';
import type { StepContent, SyncHost } from '../steps.js';
import { encodeManifest } from '../transfer/index.js';
import { FetchAhead } from './fetch-ahead.js';
import { piecesOf } from './pieces.js';
import type { TransferProgress } from './transfer-progress.js';

/** A whole number of stored chunks, of any size that is a power of two up to this; about 2 ms of the main thread. */
const FILL_BYTES = 512 * 1024;
/** What is changed in place is one message and one commit. */
const PATCH_BYTES = 4 * 1024 * 1024;
/** While much is brought here the snapshot is given up now and then, or the WAL would grow by all of it. */
const RENEWAL_BYTES = 64 * 1024 * 1024;
const ZEROS = Buffer.alloc(FILL_BYTES);

export interface ChunkedFile {
  readonly id: NodeId;
  readonly version: NodeVersion;
  /** What is here of it, if anything. */
  readonly here: NodeVersion | undefined;
  readonly chunks: readonly ChunkReference[];
  /** What is here of it goes on elsewhere: nothing may be written into that. */
  readonly isKept: boolean;
}

export interface DownloadsContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  readonly remote: Pick<RemoteWorkspace, 'getChunks'>;
  readonly changes: LocalChangeReader;
  readonly content: LocalContent;
  readonly progress: TransferProgress;
  /** Does something while the round's snapshot is not held, and takes a new one. */
  readonly renewing: (work: () => Promise<void>) => Promise<void>;
}

/** Content, and the list of its chunks where it is to be remembered. */
export interface Download {
  readonly content: StepContent;
  readonly manifest?: Uint8Array;
}

/** Whether a file travels in a stage or a patch. */
export function isLarge(file: ChunkedFile): boolean {
  return file.version.size >= DELTA_MIN_BYTES;
}

export class Downloads {
  readonly #context: DownloadsContext;
  readonly #prepared = new Map<NodeId, Download>();
  /** What could not be brought here, for whoever asks for it. */
  readonly #corrupt = new Map<NodeId, AgentFsError>();
  #expected: { readonly ids: Set<NodeId>; readonly ahead: FetchAhead } | undefined;

  #renews = false;
  #writtenBytes = 0;

  constructor(context: DownloadsContext) {
    this.#context = context;
  }

  /** Says which files will be asked for, in that order: small ones are fetched together. */
  expect(files: readonly ChunkedFile[]): void {
    const small = files.filter((file) => !isLarge(file));
    if (small.length === 0) return;
    const ahead = new FetchAhead(this.#context.remote, referencesOf(small));
    this.#expected = { ids: new Set(small.map((file) => file.id)), ahead };
  }

  /** Brings large files here before anything of the round is carried out: the base has not moved in a new snapshot. */
  async prepare(files: Iterable<ChunkedFile>): Promise<void> {
    this.#renews = true;
    for (const file of files) {
      try {
        this.#prepared.set(file.id, await this.#large(file));
      } catch (error) {
        if (!(error instanceof AgentFsError) || error.code !== 'REMOTE_CORRUPT') throw error;
        this.#corrupt.set(file.id, error);
      }
    }
    this.#renews = false;
  }

  async get(file: ChunkedFile): Promise<Download> {
    const prepared = this.#prepared.get(file.id);
    if (prepared !== undefined) return prepared;
    const corrupt = this.#corrupt.get(file.id);
    if (corrupt !== undefined) throw corrupt;
    return isLarge(file) ? await this.#large(file) : { content: await this.#small(file) };
  }

  async #small({ id, version, chunks }: ChunkedFile): Promise<StepContent> {
    const isExpected = this.#expected?.ids.delete(id) === true;
    const ahead = isExpected ? this.#expected!.ahead : new FetchAhead(this.#context.remote, chunks);
    const bytes = new Uint8Array(version.size);
    let offset = 0;
    for (const reference of chunks) {
      bytes.set(await ahead.take(reference), offset);
      offset += reference.size;
    }
    this.#context.progress.bytesDone(bytes.length);
    return { kind: 'bytes', bytes };
  }

  async #large(file: ChunkedFile): Promise<Download> {
    const { changes } = this.#context;
    const here = file.here && changes.chunksHere(file.id, file.here.hash);
    const places = new Map<string, ChunkPlace>();
    let offset = 0;
    for (const { hash, size } of here?.chunks ?? []) {
      places.set(hash, { ino: here!.ino, offset, size });
      offset += size;
    }
    const content = (here && (await this.#patch(file, here, places))) ?? (await this.#stage(file, places));
    return { content, manifest: encodeManifest(file.chunks) };
  }

  /** What is to be written where the file is; undefined where that is much, or somebody may have it open. */
  async #patch(
    file: ChunkedFile,
    here: { readonly ino: number; readonly chunks: readonly ChunkReference[] },
    places: ReadonlyMap<string, ChunkPlace>,
  ): Promise<StepContent | undefined> {
    if (file.isKept) return undefined;
    const { host, remoteId, progress } = this.#context;
    const wanted = differing(here.chunks, file.chunks);
    const total = wanted.reduce((sum, one) => sum + one.chunk.size, 0);
    if (total > PATCH_BYTES || !(await host.isPatchable(remoteId, here.ino))) return undefined;
    const bytesOf = this.#source(
      wanted.map((one) => one.chunk),
      places,
    );
    const pieces: { offset: number; bytes: Uint8Array }[] = [];
    for (const { offset, chunk } of wanted) {
      pieces.push({ offset, bytes: await bytesOf(chunk) });
    }
    progress.bytesDone(file.version.size);
    return { kind: 'patch', size: file.version.size, pieces };
  }

  async #stage(file: ChunkedFile, places: ReadonlyMap<string, ChunkPlace>): Promise<StepContent> {
    const { host, remoteId, progress, renewing } = this.#context;
    const bytesOf = this.#source(file.chunks, places);
    const runs = async function* () {
      for (const chunk of file.chunks) yield await bytesOf(chunk);
    };
    const ino = await host.stage(remoteId);
    // The next piece is made while one is written.
    let written: Promise<void> = Promise.resolve();
    try {
      let at = 0;
      for await (const bytes of piecesOf(runs(), FILL_BYTES)) {
        const offset = at;
        at += bytes.length;
        await written;
        // What is all zeros stays a hole.
        if (Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) !== 0) {
          const renews = this.#isRenewalDue(bytes.length);
          written = renews
            ? renewing(() => host.fill(remoteId, { ino, offset, bytes }))
            : host.fill(remoteId, { ino, offset, bytes });
          written.catch(() => undefined);
          // Nothing may be read meanwhile.
          if (renews) await written;
        }
        progress.bytesDone(bytes.length);
      }
      await written;
      await host.fill(remoteId, { ino, offset: at, bytes: new Uint8Array(0), size: at });
      return { kind: 'stage', ino };
    } catch (error) {
      await written.catch(() => undefined);
      await host.unstage(remoteId, ino);
      throw error;
    }
  }

  #isRenewalDue(bytes: number): boolean {
    this.#writtenBytes += bytes;
    if (!this.#renews || this.#writtenBytes < RENEWAL_BYTES) return false;
    this.#writtenBytes = 0;
    return true;
  }

  /** Gives the bytes of chunks, asked for in this order: from here where they are, else from the remote. */
  #source(
    chunks: readonly ChunkReference[],
    places: ReadonlyMap<string, ChunkPlace>,
  ): (chunk: ChunkReference) => Promise<Uint8Array> {
    const { remote, content } = this.#context;
    const ahead = new FetchAhead(
      remote,
      chunks.filter(({ hash }) => !places.has(hash)),
    );
    return async (chunk) => {
      const place = places.get(chunk.hash);
      if (place === undefined) return await ahead.take(chunk);
      // Somebody here may have changed it since: then what was built of the file is refused, but must be whole till then.
      return content.chunkAt(place, chunk.hash) ?? (await new FetchAhead(remote, [chunk]).take(chunk));
    };
  }
}

function* referencesOf(files: readonly ChunkedFile[]): Generator<ChunkReference> {
  for (const { chunks } of files) yield* chunks;
}

/** The chunks of `after` that `before` does not have at the same place. */
function differing(
  before: readonly ChunkReference[],
  after: readonly ChunkReference[],
): { readonly offset: number; readonly chunk: ChunkReference }[] {
  const found: { offset: number; chunk: ChunkReference }[] = [];
  let [i, start, offset] = [0, 0, 0];
  for (const chunk of after) {
    while (i < before.length && start < offset) start += before[i++]!.size;
    const same = start === offset && before[i]?.hash === chunk.hash && before[i]?.size === chunk.size;
    if (!same) found.push({ offset, chunk });
    offset += chunk.size;
  }
  return found;
}
