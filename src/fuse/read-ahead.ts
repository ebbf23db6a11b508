/**
 * Lets the kernel read ahead as far as one READ may be long: 1 MiB instead of the 128 KiB that a mount begins with.
 *
 * The limit belongs to the mount's backing device in /sys, which only root may write; without the right to, the
 * mount works as it did. Touches /proc and /sys only, never the mount.
 */
import { writeFile } from 'node:fs/promises';
import { listMounts } from './drivers/mountpoint.js';

const READ_AHEAD_KIB = 1024;

/** @param mountpoint absolute and without symlinks, as the mount table shows it. */
export async function raiseReadAhead(mountpoint: string): Promise<void> {
  try {
    const entry = listMounts().findLast((mount) => mount.mountpoint === mountpoint);
    if (entry === undefined) return;
    await writeFile(`/sys/class/bdi/${entry.device}/read_ahead_kb`, String(READ_AHEAD_KIB));
  } catch {
    // Not root, or no descriptor left: the kernel keeps its own limit.
  }
}
