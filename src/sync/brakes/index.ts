/**
 * brakes: what stops a sync before it does harm, decided without I/O.
 *
 * It promises that a brake is told with what was seen and with the command that goes on, and that nothing was changed when it
 * is. The round and the link ask; the engine carries out what `--force` means. For sync.
 */
export * from './brake.js';
export * from './copied.js';
export * from './deletions.js';
export * from './identity.js';
