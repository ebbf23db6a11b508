/**
 * workspace: what stands around a workspace's database on this machine: the home and its registry of names, tokens, the
 * agent's identity, the owner lock, and where the owner listens.
 *
 * Everything made here is for its user alone and is written whole or not at all. It never opens the workspace's
 * database; sdk, daemon and cli may use it.
 */
export { agentId, renewAgentId } from './agent-id.js';
export { Credentials, environmentToken } from './credentials.js';
export { lockFileOf, ownerFileOf, resolveDatabase } from './database-place.js';
export type { Environment } from './home.js';
export { makePrivateDirectory, resolveHome } from './home.js';
export { mountSourceOf } from './mount-source.js';
export { OwnerLock } from './owner-lock.js';
export type { OwnerRecord } from './owner-record.js';
export { readOwnerRecord, removeOwnerRecord, writeOwnerRecord } from './owner-record.js';
export type { WorkspaceRecord } from './registry.js';
export { Registry } from './registry.js';
export { socketPathOf } from './runtime-directory.js';
