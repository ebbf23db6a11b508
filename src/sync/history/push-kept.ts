/**
 * Brings versions that lost here to the remote, beside the commits, and lets the local ones go.
 *
 * A version goes here only when the remote says that it has it. Whoever had the file open may have written to it since:
 * what is there now is what is sent. One that the remote refuses stays here, and keeps nothing else waiting.
 */
import { AgentFsError } from '../../base/index.js';
import type { KeptRow, StoreReader } from '../../store/index.js';
import type { NodeVersion } from '../core/index.js';
import { LocalContent } from '../local/local-content.js';
import type { Chunk, NodeContent, RemoteWorkspace } from '../remote/index.js';
import type { KeptUpload } from '../remote/kept.js';
import type { SyncHost } from '../steps.js';

const UPLOAD_BYTES = 4 * 1024 * 1024;
/** Attributes without the content they were of: if that has not come to the remote by then, it never will. */
const WAITS_MS = 24 * 3_600_000;

export interface KeptContext {
  readonly reader: StoreReader;
  readonly host: SyncHost;
  readonly remote: RemoteWorkspace;
  readonly remoteId: number;
  /** By the server's clock, about. */
  readonly nowMs: () => number;
}

/** Returns how many went. */
export async function pushKept(context: KeptContext): Promise<number> {
  const { reader, remoteId } = context;
  const due = reader.kept().filter((row) => row.remote === remoteId || row.remote === 0);
  let sent = 0;
  for (const row of due) {
    try {
      if (await pushOne(row, context)) sent += 1;
    } catch (error) {
      if (!(error instanceof AgentFsError) || error.code !== 'REMOTE_REJECTED') throw error;
    }
  }
  return sent;
}

async function pushOne(
  row: KeptRow,
  { reader, host, remote, remoteId, nowMs }: KeptContext,
): Promise<boolean> {
  reader.begin();
  try {
    const content = new LocalContent(reader);
    const upload = uploadOf(row, reader, content);
    if (upload.content.kind === 'chunks') await uploadChunks(remote, upload.content, content);
    const stored = await remote.history.putKept([upload]);
    const isVain = stored.length === 0 && row.ino === 0 && nowMs() > row.keptAtMs + WAITS_MS;
    if (stored.length > 0 || isVain) await host.dropKept(remoteId, [row.id]);
    return stored.length > 0;
  } finally {
    reader.end();
  }
}

/** A kept version with its content as it is here. */
export function uploadOf(row: KeptRow, reader: StoreReader, content: LocalContent): KeptUpload {
  const { id, node, path, why, keptAtMs } = row;
  const version = JSON.parse(row.version) as NodeVersion;
  const whole = { id, node, path, why, keptAtMs };
  if (row.ino === 0) return { ...whole, version, content: { kind: 'elsewhere' } };
  if (version.kind === 'symlink')
    return { ...whole, version, content: { kind: 'target', target: reader.target(row.ino) } };
  if (version.kind !== 'file') return { ...whole, version, content: { kind: 'none' } };
  const size = reader.inode(row.ino)?.size ?? 0;
  const hashed = content.hash(row.ino, size);
  return { ...whole, version: { ...version, size, hash: hashed.hash }, content: hashed.content };
}

async function uploadChunks(
  remote: RemoteWorkspace,
  { chunks }: Extract<NodeContent, { kind: 'chunks' }>,
  content: LocalContent,
): Promise<void> {
  let batch: Chunk[] = [];
  let bytes = 0;
  for (const hash of await remote.chunksMissing(chunks.map((chunk) => chunk.hash))) {
    const data = content.chunk(hash);
    if (data === undefined) continue;
    batch.push({ hash, size: data.length, data });
    bytes += data.length;
    if (bytes < UPLOAD_BYTES) continue;
    await remote.putChunks(batch);
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) await remote.putChunks(batch);
}
