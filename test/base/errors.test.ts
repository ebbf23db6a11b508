import t from 'tap';
import { AgentFsError, InvariantError, systemFailure, toAgentFsError } from '#src/base/index.js';

function failed(code: string, message = `${code}: it is so`): Error {
  return Object.assign(new Error(message), { code });
}

t.test('what the system refuses has a code and a remedy, and is no mistake of ours', async (t) => {
  for (const [refusal, code, remedy] of [
    ['EMFILE', 'EMFILE', /agentfs stop WORKSPACE.*ulimit -n/],
    ['ENFILE', 'ENFILE', /end some programs/],
    ['ENOMEM', 'ENOMEM', /memory/],
    ['SQLITE_NOMEM', 'ENOMEM', /memory/],
    ['ENOSPC', 'ENOSPC', /Free some disk space/],
    ['EDQUOT', 'ENOSPC', /Free some disk space/],
    ['SQLITE_FULL', 'ENOSPC', /Free some disk space/],
    ['EROFS', 'EROFS', /read-only/],
    ['EACCES', 'EACCES', /mode/],
    ['EPERM', 'EACCES', /mode/],
    ['EIO', 'EIO', /dmesg/],
    ['SQLITE_IOERR_READ', 'EIO', /dmesg/],
    ['SQLITE_CANTOPEN', 'EIO', /descriptors/],
    ['SQLITE_READONLY_DBMOVED', 'DATABASE_READONLY', /writable/],
    ['SQLITE_CORRUPT_INDEX', 'DATABASE_DAMAGED', /agentfs doctor/],
    ['SQLITE_BUSY', 'WORKSPACE_BUSY', /other program/],
  ] as const) {
    const cause = failed(refusal);
    const error = systemFailure(cause);
    t.match(error, { code, message: `${refusal}: it is so`, hint: remedy, cause }, refusal);
    t.equal(toAgentFsError(cause).code, code);
  }
});

t.test('a thread that cannot be started is refused for the reason that its message ends with', async (t) => {
  const refused = failed('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: EMFILE');
  t.equal(systemFailure(refused)?.code, 'EMFILE');
  t.equal(
    systemFailure(failed('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: EINVAL')),
    undefined,
  );
});

t.test('the file that was refused is named', async (t) => {
  const refused = Object.assign(failed('EACCES'), { path: '/a/file' });
  t.match(systemFailure(refused), { code: 'EACCES', path: '/a/file' });
});

t.test('anything else is a mistake of ours, and says so; an error of ours stays as it is', async (t) => {
  for (const mistake of [
    new TypeError('x is not a function'),
    new InvariantError('x'),
    failed('ERR_X'),
    'x',
  ]) {
    t.equal(systemFailure(mistake), undefined);
    t.match(toAgentFsError(mistake), {
      code: 'INTERNAL',
      message: /^unexpected failure: .*x/i,
      hint: /report it/,
    });
  }
  const ours = new AgentFsError('EIO', 'it failed');
  t.equal(systemFailure(ours), undefined);
  t.equal(toAgentFsError(ours), ours);
});
