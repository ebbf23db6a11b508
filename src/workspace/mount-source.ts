/**
 * What the kernel's mount table shows as the source of a mount: `name@1a2b3c4d`, a workspace's name and eight hex digits
 * of its database's path. Two agents may each have a workspace of one name; a dead mount is cleared by its own only.
 */
import { createHash } from 'node:crypto';

/** `database` is resolved. */
export function mountSourceOf(workspace: string, database: string): string {
  return `${workspace}@${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
}
