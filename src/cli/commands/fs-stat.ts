/**
 * `agentfs fs stat`: a symlink is described, not followed.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { formatNanoseconds, renderStat } from '../render/files.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  const stats = await workspace.lstat(path);
  const { kind, ino, mode, nlink, uid, gid, rdev, size } = stats;
  const times = {
    atime: formatNanoseconds(stats.atimeNs),
    mtime: formatNanoseconds(stats.mtimeNs),
    ctime: formatNanoseconds(stats.ctimeNs),
  };
  context.output.answer({ path, kind, ino, mode, nlink, uid, gid, rdev, size, ...times }, () =>
    renderStat(path, stats),
  );
}
