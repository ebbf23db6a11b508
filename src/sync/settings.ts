/**
 * Checks of sync settings: what a person or a program asked for, against what there is. Pure.
 */
import { AgentFsError } from '../base/index.js';
import { DEFAULT_SYNC_CONFIG, type SyncConfig } from './types.js';

const MODES = ['real-time', 'periodic', 'manual'] as const;
const POLICIES = ['last-write-wins', 'local-wins', 'remote-wins', 'manual'] as const;

/** The settings that a remote's row holds; defaults where there is none. */
export function parseConfig(json: string | undefined): SyncConfig {
  if (json === undefined) return DEFAULT_SYNC_CONFIG;
  return { ...DEFAULT_SYNC_CONFIG, ...(JSON.parse(json) as Partial<SyncConfig>) };
}

/** True where some paths may be excluded. */
export function isFiltered({ include, exclude }: Pick<SyncConfig, 'include' | 'exclude'>): boolean {
  return include.length > 0 || exclude.length > 0;
}

/** Lays changes over settings. Throws INVALID_ARGUMENT for one that cannot be. */
export function checkedConfig(before: SyncConfig, changes: Partial<SyncConfig>): SyncConfig {
  const config = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (!(key in DEFAULT_SYNC_CONFIG)) throw wrong(key, 'is no setting of sync');
    Object.assign(config, { [key]: value });
  }
  if (!MODES.includes(config.mode)) throw wrong('mode', `is one of ${MODES.join(', ')}`);
  if (!POLICIES.includes(config.conflictResolution))
    throw wrong('conflictResolution', `is one of ${POLICIES.join(', ')}`);
  whole('interval', config.interval, 5, 86_400);
  whole('batchSize', config.batchSize, 1, 100_000);
  whole('timeout', config.timeout, 1, 3600);
  keepMs(config.keep);
  if (typeof config.compression !== 'boolean') throw wrong('compression', 'is true or false');
  patterns('include', config.include);
  patterns('exclude', config.exclude);
  return config;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
const KEEP_MIN_MS = 3_600_000;

/** Milliseconds; undefined for everything. Throws INVALID_ARGUMENT. */
export function keepMs(keep: string): number | undefined {
  if (keep === 'everything') return undefined;
  const match = /^(\d{1,6})([mhdwy])$/.exec(keep);
  const ms = match === null ? 0 : Number(match[1]) * UNIT_MS[match[2]!]!;
  if (ms < KEEP_MIN_MS)
    throw wrong('keep', 'is a duration as 30d, 12h or 2w, of an hour at least, or everything');
  return ms;
}

const MAX_PATTERNS = 1000;
const MAX_PATTERN_LENGTH = 4096;

/** As lines of a .gitignore, of which neither an empty one nor a comment means anything. */
function patterns(name: string, list: unknown): void {
  if (!Array.isArray(list) || list.length > MAX_PATTERNS)
    throw wrong(name, `is a list of at most ${MAX_PATTERNS} patterns`);
  for (const pattern of list) {
    const isLine = typeof pattern === 'string' && pattern.length <= MAX_PATTERN_LENGTH;
    const isRule = isLine && !pattern.startsWith('#') && !/[\0\n]/.test(pattern);
    if (!isRule || /^!?[\s/]*$/.test(pattern))
      throw wrong(name, `has a pattern that means nothing: ${JSON.stringify(pattern)}`);
  }
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw wrong(name, `is a whole number from ${min} to ${max}`);
}

function wrong(name: string, rule: string): AgentFsError {
  return new AgentFsError('INVALID_ARGUMENT', `${name} ${rule}`, { operation: 'sync config' });
}

/** What somebody is told who names a remote that the workspace does not have. */
export function notEnabled(workspace: string, name: string, others: readonly string[]): AgentFsError {
  return new AgentFsError('SYNC_NOT_ENABLED', `workspace '${workspace}' has no remote '${name}'`, {
    operation: 'sync',
    hint:
      others.length > 0
        ? `Name one of its remotes with --remote: ${others.join(', ')}.`
        : `Enable sync first: agentfs sync enable ${workspace} --turso-db URL.`,
  });
}
