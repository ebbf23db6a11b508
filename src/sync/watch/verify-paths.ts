/**
 * Both sides by path, as `verify` compares them; a directory comes before what is in it.
 */
import type { StoreReader } from '../../store/index.js';
import { type Entry, MemoryTree, type NodeId, type NodeVersion, ROOT_NODE } from '../core/index.js';
import type { FeedEntry, FeedNode } from '../remote/index.js';

/** All that the feed has, by id and by slot. */
export interface RemoteListing {
  readonly nodes: ReadonlyMap<NodeId, FeedNode>;
  readonly entries: ReadonlyMap<string, FeedEntry>;
}

export interface LocalFile {
  readonly ino: number;
  readonly parentIno: number;
  readonly name: string;
}

export interface RemoteFile {
  readonly node: FeedNode;
  readonly entry: FeedEntry;
}

export function localPaths(reader: StoreReader): Map<string, LocalFile> {
  const children = new Map<number, LocalFile[]>();
  for (const { parentIno, name, ino } of reader.allEntries()) {
    const list = children.get(parentIno);
    if (list === undefined) children.set(parentIno, [{ ino, parentIno, name }]);
    else list.push({ ino, parentIno, name });
  }
  const found = new Map<string, LocalFile>();
  const queue: [ino: number, path: string][] = [[1, '']];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const file of children.get(next[0]) ?? []) {
      const path = `${next[1]}/${file.name}`;
      found.set(path, file);
      if (children.has(file.ino)) queue.push([file.ino, path]);
    }
  }
  return found;
}

export function remotePaths({ nodes, entries }: RemoteListing): Map<string, RemoteFile> {
  const children = new Map<NodeId, FeedEntry[]>();
  for (const entry of entries.values()) {
    const list = children.get(entry.parent);
    if (list === undefined) children.set(entry.parent, [entry]);
    else list.push(entry);
  }
  const found = new Map<string, RemoteFile>();
  const queue: [id: NodeId, path: string][] = [[ROOT_NODE, '']];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const entry of children.get(next[0]) ?? []) {
      const node = entry.node === null ? undefined : nodes.get(entry.node);
      if (node?.state === undefined || node.state === null) continue;
      const path = `${next[1]}/${entry.name}`;
      found.set(path, { node, entry });
      if (node.state.kind === 'directory') queue.push([node.id, path]);
    }
  }
  return found;
}

export function remoteTree({ nodes, entries }: RemoteListing): MemoryTree {
  const versions: [NodeId, NodeVersion][] = [];
  for (const { id, state } of nodes.values()) if (state !== null) versions.push([id, state]);
  const named: Entry[] = [];
  for (const { parent, name, node } of entries.values())
    if (node !== null) named.push({ parent, name, node });
  return new MemoryTree(versions, named);
}
