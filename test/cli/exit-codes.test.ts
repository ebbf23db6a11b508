import t from 'tap';
import { exitCodeOf, exitCodeOfSignal } from '#src/cli/exit-codes.js';
import { hideSecretArguments, holdsSecret } from '#src/cli/secret-arguments.js';

t.test('an error code becomes the documented exit code', async (t) => {
  t.equal(exitCodeOf('ENOENT'), 1);
  t.equal(exitCodeOf('WORKSPACE_NOT_FOUND'), 1);
  t.equal(exitCodeOf('USAGE'), 2);
  t.equal(exitCodeOf('INVALID_ARGUMENT'), 2);
  t.equal(exitCodeOf('WORKSPACE_INVALID_NAME'), 2);
  t.equal(exitCodeOf('SYNC_CONFLICT'), 3);
  t.equal(exitCodeOf('REMOTE_UNREACHABLE'), 4);
  t.equal(exitCodeOf('REMOTE_AUTH'), 5);
  t.equal(exitCodeOf('SYNC_BRAKE'), 6);
  t.equal(exitCodeOfSignal('SIGINT'), 130);
  t.equal(exitCodeOfSignal('SIGTERM'), 143);
});

t.test('a title is only written over where the arguments hold a token', async (t) => {
  t.ok(holdsSecret(['--token', 'x']));
  t.ok(holdsSecret(['--token=x']));
  t.notOk(holdsSecret(['--token-file', 'x']));
  const target = { argv: ['node', 'agentfs', '--token=x'], title: 'all of it' };
  hideSecretArguments(target);
  t.equal(target.title, 'agentfs');
});
