/** What callers are told of params that the protocol's description does not allow. */
import t from 'tap';
import { checkedParams } from '#src/sdk/typescript/owner/checked-params.js';
import type { MethodName } from '#src/sdk/typescript/service.js';

const WRONG: readonly (readonly [MethodName, unknown, string])[] = [
  ['fs.stat', {}, "'path' or 'handle' must be given"],
  ['fs.stat', { path: 1 }, "'path' must be a string"],
  ['fs.stat', { path: '/', flow: true }, "there is no 'flow'"],
  ['fs.stat', { path: '/', follow: 'yes' }, "'follow' must be true or false"],
  ['fs.chmod', { path: '/', mode: 0o10000 }, "'mode' must be at most 4095"],
  ['fs.read', { path: '/', offset: -1, length: 1 }, "'offset' must be at least 0"],
  ['fs.read', { path: '/', offset: 0.5, length: 1 }, "'offset' must be an integer"],
  ['fs.read', { offset: 0, length: 1 }, "'path' or 'handle' must be given"],
  ['fs.read', { path: '/', handle: 1, offset: 0, length: 1 }, 'two params exclude each other'],
  ['fs.writeFile', { path: '/f', data: 5 }, "'data' must be bytes, or a string"],
  ['fs.writeFile', { path: '/f', data: '', flag: 'r' }, "'flag' must be one of w, wx, a, ax"],
  [
    'fs.utimes',
    { path: '/', atime: { sec: 1 }, mtime: 'now' },
    "'atime' must be an object with 'nsec', or a string, or 'now'",
  ],
  ['events.subscribe', { names: 'all' }, "'names' must be a list"],
  ['sync.push', { timeout: 4000 }, "'timeout' must be at most 3600"],
  ['sync.push', { at: '2h ago' }, "there is no 'at'"],
  ['sync.compare', { conflict: 'f' }, "'conflict' must be a path that begins with /, or an object"],
  ['mount.add', { mountpoint: 'here' }, "'mountpoint' must be a path that begins with /"],
];

t.test('a param that is not allowed is refused by its name, with what it must be', async (t) => {
  for (const [method, params, problem] of WRONG) {
    t.throws(() => checkedParams(method, params), {
      code: 'INVALID_ARGUMENT',
      operation: method,
      message: `${method}: ${problem}`,
    });
  }
});

t.test('what is allowed is passed on as it came', async (t) => {
  const conflict = { id: 'x', path: '/f', type: 'modify/modify', local: null };
  for (const [method, params] of [
    ['sync.resolve', { conflict, strategy: 'both' }],
    ['fs.writeFile', { path: '/f', data: new Uint8Array(2), mode: 0o600 }],
    ['fs.utimes', { path: '/f', atime: 'now', mtime: { sec: -1, nsec: 999_999_999 } }],
    ['fs.stat', { path: '/f', follow: undefined }],
    ['fs.truncate', { handle: 7, size: Number.MAX_SAFE_INTEGER }],
  ] as const) {
    t.equal(checkedParams(method, params), params, method);
  }
});
