/**
 * A push or pull under way as text: files, bytes, rate, time left. Pure but for the times that come in.
 */
import type { SyncProgress } from '../../sdk/typescript/index.js';
import { formatBytes, formatCount, formatDuration } from './quantities.js';

/** Of the rate's memory, milliseconds. */
const WINDOW_MS = 5000;
/** What takes less needs no bar. */
export const SHOWN_AFTER_MS = 500;
/** Columns of a bar. */
export const BAR_WIDTH = 24;

/** Bytes a second over the last seconds. */
export class TransferRate {
  #seen: { readonly bytes: number; readonly atMs: number }[] = [];

  reset(): void {
    this.#seen = [];
  }

  /** Undefined where too little is known. */
  see(bytes: number, nowMs: number): number | undefined {
    this.#seen.push({ bytes, atMs: nowMs });
    while (this.#seen.length > 2 && nowMs - this.#seen[0]!.atMs > WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0]!;
    const tookMs = nowMs - first.atMs;
    return tookMs < 500 || bytes < first.bytes ? undefined : ((bytes - first.bytes) * 1000) / tookMs;
  }
}

/** How much is done, 0 to 100; 0 where it is not known how much there is. */
export function percentOf({ done, total, bytes, totalBytes }: SyncProgress): number {
  if (total === 0) return 0;
  return Math.floor(Math.min(1, totalBytes > 0 ? bytes / totalBytes : done / total) * 100);
}

export function phaseWord({ phase }: SyncProgress): string {
  return phase === 'push' ? 'Pushing' : 'Pulling';
}

/** `Pulling [======            ] 25% 1,234/5,678 files, …`, in at most `columns`. */
export function renderTransferLine(
  progress: SyncProgress,
  bytesPerSecond: number | undefined,
  columns: number,
): string {
  const percent = percentOf(progress);
  const bar = '='.repeat(Math.round((percent * BAR_WIDTH) / 100)).padEnd(BAR_WIDTH);
  const line = `${phaseWord(progress)} [${bar}] ${percent}% ${describeTransfer(progress, bytesPerSecond)}`;
  return line.slice(0, columns);
}

/** `1,234/5,678 files, 12 MiB of 30 MiB, 4.0 MiB/s, 5 s left`. */
export function describeTransfer(progress: SyncProgress, bytesPerSecond: number | undefined): string {
  const { done, total, bytes, totalBytes, timeLeftMs } = progress;
  const parts = [
    total === 0 ? `${formatCount(done)} files` : `${formatCount(done)}/${formatCount(total)} files`,
  ];
  parts.push(totalBytes === 0 ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
  if (bytesPerSecond !== undefined && bytesPerSecond > 0) {
    parts.push(`${formatBytes(Math.round(bytesPerSecond))}/s`);
    const left = totalBytes - bytes;
    if (left > 0) parts.push(`${formatDuration(Math.ceil(left / bytesPerSecond) * 1000)} left`);
  }
  if (timeLeftMs !== undefined)
    parts.push(
      `the remote does not answer, given up in ${formatDuration(Math.ceil(timeLeftMs / 1000) * 1000)}`,
    );
  return parts.join(', ');
}
