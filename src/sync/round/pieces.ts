/**
 * Cuts content that comes in runs of any length into pieces of one length, the last one shorter.
 *
 * A piece written to the workspace costs a commit, and each stored chunk that it covers in part is written twice; pieces
 * that begin and end where stored chunks do cost neither. Every piece has memory of its own, so a message copies no
 * more than the piece.
 */
export async function* piecesOf(
  runs: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(pieceBytes);
  let filled = 0;
  for await (const run of runs) {
    for (let at = 0; at < run.length; ) {
      const part = run.subarray(at, at + pieceBytes - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceBytes) continue;
      yield piece;
      piece = new Uint8Array(pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}

/** A message copies the whole memory behind a view of it, so a small part of a large page becomes a copy first. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength <= bytes.byteLength * 2 ? bytes : new Uint8Array(bytes);
}
