/**
 * What a node of the remote is here: its attributes, without the privileges that a remote is not trusted to give.
 */
import type { ImportedAttributes } from '../../vfs/index.js';
import type { NodeVersion } from '../core/tree.js';
import { parseXattrText } from '../core/xattr-text.js';
import { TYPE_BITS } from './node-kind.js';

export interface TrustOptions {
  /** Keep set-user-id and set-group-id bits, and device nodes, that a remote sends. */
  readonly trustPrivileges: boolean;
}

export function attributesOf(version: NodeVersion, { trustPrivileges }: TrustOptions): ImportedAttributes {
  const isDevice = version.kind === 'block' || version.kind === 'character';
  const type = isDevice && !trustPrivileges ? TYPE_BITS.file : TYPE_BITS[version.kind];
  const keepsBits = trustPrivileges || version.kind === 'directory';
  return {
    mode: type | (keepsBits ? version.mode : version.mode & 0o1777),
    uid: version.uid,
    gid: version.gid,
    rdev: isDevice && !trustPrivileges ? 0 : version.rdev,
    mtimeSec: version.mtimeSec,
    mtimeNsec: version.mtimeNsec,
    xattrs: version.xattrs === '' ? NO_XATTRS : decodeXattrs(version.xattrs),
  };
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

function decodeXattrs(text: string): ReadonlyMap<string, Uint8Array> {
  return new Map(parseXattrText(text).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
}
