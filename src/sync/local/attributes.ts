/**
 * What a node of the remote is here: its attributes, without the privileges that a remote is not trusted to give.
 */
import type { ImportedAttributes } from '../../vfs/index.js';
import type { NodeVersion } from '../core/tree.js';
import { isPrivilegedXattr, parseXattrText, privilegedXattrs } from '../core/xattr-text.js';
import { TYPE_BITS } from './node-kind.js';

export interface TrustOptions {
  /** Keep set-user-id and set-group-id bits, device nodes, and privileged extended attributes that a remote sends. */
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
    xattrs: version.xattrs === '' ? NO_XATTRS : decodeXattrs(version.xattrs, trustPrivileges),
  };
}

const SET_ID_BITS = 0o6000;
const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

function decodeXattrs(text: string, trustPrivileges: boolean): ReadonlyMap<string, Uint8Array> {
  const taken = parseXattrText(text).filter(([name]) => trustPrivileges || !isPrivilegedXattr(name));
  return new Map(taken.map(([name, value]) => [name, Buffer.from(value, 'base64')]));
}

/** Which privileges that a version has a file here has not, because the remote is not trusted with them. */
export interface Dropped {
  readonly bits: boolean;
  readonly xattrs: boolean;
}

export const NOTHING_DROPPED: Dropped = { bits: false, xattrs: false };

export function droppedOf(version: NodeVersion, here: Pick<ImportedAttributes, 'mode' | 'xattrs'>): Dropped {
  const bits = ((here.mode ^ version.mode) & SET_ID_BITS) !== 0;
  return { bits, xattrs: privilegedXattrs(version.xattrs).some(([name]) => !here.xattrs.has(name)) };
}

/** With the privileges of the version that the file has here already: others have not changed what it would run. */
export function withPrivileges(
  attributes: ImportedAttributes,
  version: NodeVersion,
  here: Pick<ImportedAttributes, 'mode' | 'xattrs'>,
): ImportedAttributes {
  const mode = attributes.mode | (here.mode & version.mode & SET_ID_BITS);
  const kept = privilegedXattrs(version.xattrs).flatMap(([name, base64]) => {
    const value = here.xattrs.get(name);
    const isSame = value !== undefined && Buffer.from(value).toString('base64') === base64;
    return isSame ? [[name, value] as const] : [];
  });
  return {
    ...attributes,
    mode,
    xattrs: kept.length === 0 ? attributes.xattrs : new Map([...attributes.xattrs, ...kept]),
  };
}
