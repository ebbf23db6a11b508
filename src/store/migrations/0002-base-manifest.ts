/**
 * Migration 2: of each large file of a base, the list of its chunks, so that an edit is cut anew only where it was made.
 *
 * A cache: a row that is missing, of another node or of another content costs a look at the whole file, nothing else. A
 * row goes with its base node or when the base is forgotten.
 */
export const createBaseManifest = `
CREATE TABLE IF NOT EXISTS afs_base_manifest (
  remote INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  node BLOB NOT NULL,               -- 16 bytes
  hash TEXT NOT NULL,               -- of the content that the list is of
  manifest BLOB NOT NULL,           -- 36 bytes a chunk: SHA-256, length
  PRIMARY KEY (remote, ino)
) STRICT;
`;
