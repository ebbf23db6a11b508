/**
 * transfer: how file content is cut, named and packed for a remote. Formats, without I/O and without SQL.
 *
 * The same content gives the same chunks, hashes and manifests on every machine and for ever. For the sync engine
 * (hashing what is local) and for `sync/remote` (checking what came).
 */
export * from './byte-ranges.js';
export * from './chunker.js';
export * from './compress.js';
export * from './content-hash.js';
export * from './manifest.js';
export * from './rechunk.js';
