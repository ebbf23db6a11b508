/**
 * What a person writes to name a place in the past: a time, a revision, a checkpoint, a version that lost. Pure.
 *
 * Times are RFC 3339 with a zone, a date (its beginning in UTC), or so long ago. A checkpoint's name begins with a
 * letter, so that none of these can be taken for another.
 */
import { AgentFsError } from '../../base/index.js';

export type PlaceText =
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'checkpoint'; readonly name: string }
  /** The first digits of its id. */
  | { readonly kind: 'lost'; readonly id: string };

const CHECKPOINT = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
const LOST = /^lost-([0-9a-f]{8,32})$/;
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?$/;
const AGO = /^(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)\s+ago$/i;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const TIME_HINT = 'Write it as 2024-01-15T10:30:00Z (any zone: +05:30), as 2024-01-15, or as "2h ago".';

/** Milliseconds since the epoch. Throws INVALID_ARGUMENT. */
export function parseTime(text: string, nowMs: number): number {
  const ago = AGO.exec(text.trim());
  if (ago !== null) return nowMs - Number(ago[1]) * UNIT_MS[ago[2]![0]!.toLowerCase()]!;
  const match = RFC_3339.exec(text.trim());
  if (match === null) throw wrong(`'${text}' is not a time`, TIME_HINT);
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] = match;
  if (match[4] !== undefined && zone === undefined)
    throw wrong(`'${text}' does not say in which zone`, 'Add Z for UTC, or an offset as +02:00.');
  const utc = `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`;
  const atMs = Date.parse(utc);
  // 30 February would come out as 1 March.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== utc.slice(0, 10))
    throw wrong(`'${text}' is not a time`, TIME_HINT);
  return atMs - offsetMs(zone);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || /^z$/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) throw wrong(`'${zone}' is not an offset`, TIME_HINT);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Throws INVALID_ARGUMENT for a name that no checkpoint can have. */
export function assertCheckpointName(name: string): void {
  if (CHECKPOINT.test(name) && !name.startsWith('lost-')) return;
  throw wrong(
    `'${name}' cannot be the name of a checkpoint`,
    'Use 1 to 63 of letters, digits, dot, underscore and dash; begin with a letter, and not with lost-.',
  );
}

/** What `--version` means: a checkpoint, a revision, or a version that lost. */
export function parseVersion(text: string): PlaceText {
  const lost = LOST.exec(text);
  if (lost !== null) return { kind: 'lost', id: lost[1]! };
  if (/^\d{1,15}$/.test(text)) return { kind: 'revision', revision: Number(text) };
  assertCheckpointName(text);
  return { kind: 'checkpoint', name: text };
}

/** What `--from` and `--to` mean: a revision, a checkpoint or a time. */
export function parsePlace(text: string, nowMs: number): PlaceText {
  if (/^\d{1,15}$/.test(text) || CHECKPOINT.test(text)) return parseVersion(text);
  return { kind: 'time', atMs: parseTime(text, nowMs) };
}

/** The handle of a version that lost, as `history` shows it and `restore` takes it. */
export function lostHandle(id: string): string {
  return `lost-${id.slice(0, 12)}`;
}

function wrong(message: string, hint: string): AgentFsError {
  return new AgentFsError('INVALID_ARGUMENT', message, { operation: 'history', hint });
}
