/**
 * remote: one workspace on one libSQL server or file, by revisions.
 *
 * Promises: a push is one atomic commit or nothing; a repeated commit changes nothing twice; what is pulled has been
 * checked; no token is in any message. Runs in a worker thread, retries nothing (the scheduler does), and is the only
 * place of sync that speaks SQL. For the sync engine.
 */
export { parseRemoteAddress, type RemoteAddress } from './address.js';
export { isBusyServer, isReadOnlyToken, readOnlyToken, retryAfterMs } from './failure.js';
export { expectAddress } from './late-libraries.js';
export { COMMIT_MAX_BYTES, changeBytes } from './push.js';
export * from './remote-workspace.js';
export * from './types.js';
export { commitIdOf } from './wire.js';
export { openRemote } from './workspace.js';
