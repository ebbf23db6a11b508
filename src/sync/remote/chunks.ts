/**
 * Chunks on the remote: which are missing, bringing them up, and fetching them checked.
 *
 * A chunk is stored once for the whole database, whoever needs it. Requests are bounded by bytes, so that each is well
 * inside a transaction's 5 s and a response's 10 MB; two agents that upload the same chunk at once both succeed.
 */
import { CHUNK_MAX_BYTES, encode } from '../transfer/index.js';
import { checkChunk } from './checks.js';
import type { Connection } from './connection.js';
import type { Chunk, ChunkReference, FetchedChunks, Quarantined } from './types.js';
import { BlobPacker } from './wire.js';

const HASHES_A_QUERY = 10_000;
/** Of encoded chunks, an upload and a download at most; a third more as base64. */
const UPLOAD_BYTES = 3 * 1024 * 1024;
const DOWNLOAD_BYTES = 4 * 1024 * 1024;

export async function chunksMissing(connection: Connection, hashes: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(hashes)];
  const missing: string[] = [];
  for (let start = 0; start < wanted.length; start += HASHES_A_QUERY) {
    const part = wanted.slice(start, start + HASHES_A_QUERY);
    const result = await connection.execute({
      sql: `SELECT json_group_array(j.key) FROM json_each(?1) j LEFT JOIN agentfs_chunks c ON c.hash = unhex(j.value)
            WHERE c.id IS NULL`,
      args: [JSON.stringify(part)],
    });
    const indexes = JSON.parse(String(result.rows[0]?.[0] ?? '[]')) as unknown[];
    const lacking = new Set(indexes.map(Number));
    missing.push(...part.filter((_, index) => lacking.has(index)));
  }
  return missing;
}

/** Uploads these, skipping what is there; resolves with the bytes of data sent. */
export async function putChunks(
  connection: Connection,
  chunks: Iterable<Chunk>,
  compression: boolean,
): Promise<void> {
  let rows: unknown[] = [];
  let blob = new BlobPacker();
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    const args = [JSON.stringify(rows), blob.finish()];
    rows = [];
    blob = new BlobPacker();
    await connection.execute({
      sql: `INSERT INTO agentfs_chunks (hash, size, encoding, data)
            SELECT unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, substr(?2, j.value ->> 3, j.value ->> 4)
            FROM json_each(?1) j WHERE true ON CONFLICT (hash) DO NOTHING`,
      args,
    });
  };
  for (const chunk of chunks) {
    const { encoding, data } = encode(chunk.data, compression);
    if (blob.length > 0 && blob.length + data.length > UPLOAD_BYTES) await flush();
    rows.push([chunk.hash, chunk.size, encoding, blob.add(data), data.length]);
  }
  await flush();
}

export async function getChunks(
  connection: Connection,
  references: readonly ChunkReference[],
): Promise<FetchedChunks> {
  const wanted = new Map(references.map((reference) => [reference.hash, reference]));
  const chunks = new Map<string, Uint8Array>();
  const quarantined: Quarantined[] = [];
  const refuse = (hash: string, reason: string): void => {
    quarantined.push({ what: 'chunk', id: hash, revision: 0, reason });
  };
  for (const part of parts([...wanted.values()])) {
    const result = await connection.execute({
      sql: `SELECT lower(hex(c.hash)), c.size, c.encoding, iif(length(c.data) > ?2, NULL, c.data)
            FROM json_each(?1) j CROSS JOIN agentfs_chunks c ON c.hash = unhex(j.value)`,
      args: [JSON.stringify(part.map((reference) => reference.hash)), CHUNK_MAX_BYTES],
    });
    for (const row of result.rows) {
      const reference = wanted.get(String(row[0]));
      if (reference === undefined || chunks.has(reference.hash)) continue;
      const bytes = checkChunk(reference, { size: row[1], encoding: row[2], data: row[3] });
      if (typeof bytes === 'string') refuse(reference.hash, bytes);
      else chunks.set(reference.hash, bytes);
    }
  }
  const bad = new Set(quarantined.map((one) => one.id));
  const missing = [...wanted.keys()].filter((hash) => !chunks.has(hash) && !bad.has(hash));
  return { chunks, missing, quarantined };
}

/** Groups of references whose bytes fit one download. */
export function* parts(references: readonly ChunkReference[]): Generator<ChunkReference[]> {
  let part: ChunkReference[] = [];
  let bytes = 0;
  for (const reference of references) {
    if (part.length > 0 && bytes + reference.size > DOWNLOAD_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(reference);
    bytes += reference.size;
  }
  if (part.length > 0) yield part;
}
