/**
 * A directory of an agent that a story takes for the whole workspace, so that many stories are told to one pair of agents:
 * each agent's first sync starts a thread, which costs more than most stories do.
 */
import type { Agent } from './agent.js';

export class Room {
  readonly agent: Agent;
  readonly at: string;

  constructor(agent: Agent, at: string) {
    this.agent = agent;
    this.at = at;
  }

  mkdir = (path: string) => this.agent.mkdir(this.at + path);
  write = (path: string, content: string | Uint8Array) => this.agent.write(this.at + path, content);
  writeAt = (path: string, offset: number, content: string) =>
    this.agent.writeAt(this.at + path, offset, content);
  replace = (path: string, content: string) => this.agent.replace(this.at + path, content);
  symlink = (target: string, path: string) => this.agent.symlink(target, this.at + path);
  link = (from: string, to: string) => this.agent.link(this.at + from, this.at + to);
  rename = (from: string, to: string, flags = 0) => this.agent.rename(this.at + from, this.at + to, flags);
  unlink = (path: string) => this.agent.unlink(this.at + path);
  remove = (path: string) => this.agent.remove(this.at + path);
  setattr = (path: string, changes: Parameters<Agent['setattr']>[1]) =>
    this.agent.setattr(this.at + path, changes);
  setxattr = (path: string, name: string, value: string) => this.agent.setxattr(this.at + path, name, value);
  chmod = (path: string, mode: number) => this.setattr(path, { mode });
  chown = (path: string, uid: number, gid: number) => this.setattr(path, { uid, gid });
  utimes = (path: string, sec: number) => this.setattr(path, { mtime: { sec, nsec: 123_456_789 } });

  /** Everything in it, by path. */
  contents(): Record<string, string> {
    const found: Record<string, string> = {};
    const visit = (path: string) => {
      for (const name of this.agent.names(this.at + path)) {
        found[`${path}/${name}`] = this.tell(`${path}/${name}`);
        if (found[`${path}/${name}`]?.startsWith('dir')) visit(`${path}/${name}`);
      }
    };
    visit('');
    return found;
  }

  tell(path: string): string {
    const { vfs } = this.agent;
    const inode = this.agent.inode(this.at + path);
    const isLink = (inode.mode & 0o170000) === 0o120000;
    const isDirectory = this.agent.isDirectory(inode);
    const words = [
      isDirectory ? 'dir' : isLink ? `-> ${vfs.readlink(inode)}` : this.agent.read(this.at + path),
    ];
    const mode = inode.mode & 0o7777;
    if (mode !== (isDirectory ? 0o755 : isLink ? 0o777 : 0o644)) words.push(mode.toString(8));
    if (inode.uid !== 1000 || inode.gid !== 1000) words.push(`${inode.uid}:${inode.gid}`);
    for (const name of vfs.listxattr(inode).sort())
      words.push(`${name}=${Buffer.from(vfs.getxattr(inode, name))}`);
    // Times that nobody set are those of the run.
    if (!isDirectory && inode.mtimeSec < 1_000_000) words.push(`at ${inode.mtimeSec}.${inode.mtimeNsec}`);
    return words.join(' ');
  }
}
