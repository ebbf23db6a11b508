/**
 * The name of a conflict copy: `report.conflict-1a2b3c4d-20240115T103000Z.md`. Pure.
 *
 * The agent (its first 8 characters) and the time are those of the version that is kept, so that a person knows whose it
 * is; the extension stays last, so that programs know what it is. A number follows where the name is taken.
 */
import type { NodeVersion } from './tree.js';

/** NAME_MAX of Linux, bytes of UTF-8. */
const NAME_MAX_BYTES = 255;

export function copyName(
  name: string,
  version: Pick<NodeVersion, 'agent' | 'editedAtMs'>,
  isTaken: (name: string) => boolean,
): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const agent = version.agent.replaceAll(/[^0-9A-Za-z]/g, '').slice(0, 8) || 'unknown';
  for (let number = 1; ; number += 1) {
    const mark = `.conflict-${agent}-${timeText(version.editedAtMs)}${number === 1 ? '' : `-${number}`}`;
    const free = NAME_MAX_BYTES - bytesOf(mark) - bytesOf(extension);
    const candidate =
      free > 0 ? cut(stem, free) + mark + extension : cut(name, NAME_MAX_BYTES - bytesOf(mark)) + mark;
    if (!isTaken(candidate)) return candidate;
  }
}

/** `20240115T103000Z` (ISO 8601, basic format). */
function timeText(ms: number): string {
  const time = new Date(Math.max(0, Math.min(253_402_300_799_000, ms)));
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** As many whole characters as fit. */
function cut(text: string, maxBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
