/**
 * The public shape of a conflict: what `--json`, the SDKs and JSON-RPC all print.
 */
import t from 'tap';
import { publicConflict } from '#src/sync/conflicts.js';
import type { Conflict, NodeVersion } from '#src/sync/core/index.js';

const VERSION: NodeVersion = {
  kind: 'file',
  mode: 0o644,
  uid: 1,
  gid: 2,
  rdev: 0,
  size: 10,
  mtimeSec: 1_700_000_000,
  mtimeNsec: 123_456_789,
  hash: 'ab'.repeat(32),
  xattrs: '',
  revision: 7,
  agent: 'someone',
  editedAtMs: 5,
};

const CONFLICT: Conflict = {
  id: 'c1',
  path: '/f',
  type: 'modify/delete',
  node: '0'.repeat(32),
  base: VERSION,
  local: { ...VERSION, revision: 0, agent: '' },
  remote: null,
  stakes: { local: '1', remote: '2' },
};

t.test('a conflict has its two sides and the ancestor, and nothing of how they are kept', async (t) => {
  const side = {
    kind: 'file',
    size: 10,
    mtime: '2023-11-14T22:13:20.123Z',
    hash: 'ab'.repeat(32),
    mode: 0o644,
  };
  t.strictSame(publicConflict(CONFLICT), {
    id: 'c1',
    path: '/f',
    type: 'modify/delete',
    base: { ...side, agent: 'someone', revision: 7 },
    local: side,
    remote: null,
  });
  t.match(publicConflict({ ...CONFLICT, winner: 'local', remotePath: '/g' }), {
    winner: 'local',
    remotePath: '/g',
  });
});

t.test('a time that no calendar has is told as the nearest that there is', async (t) => {
  const far = publicConflict({ ...CONFLICT, base: { ...VERSION, mtimeSec: 2 ** 50 } });
  t.equal(far.base?.mtime, '+275760-09-13T00:00:00.000Z');
});
