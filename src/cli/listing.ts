/**
 * A directory's entries with their attributes, sorted by name.
 */
import type { StatRecord, Workspace } from '../sdk/typescript/index.js';

export type NamedFile = StatRecord & { readonly name: string };

export async function listDirectory(workspace: Workspace, path: string): Promise<NamedFile[]> {
  const entries = await workspace.readdir(path, { stat: true });
  return entries
    .map((entry) => ({ ...entry.stat, name: entry.name }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
