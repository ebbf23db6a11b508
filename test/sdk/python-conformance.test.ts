/**
 * The conformance list (test/sdk/conformance) on the Python SDK, against a real owner and a real server.
 */
import t from 'tap';
import { startSqld } from '../support/sqld.js';
import { runPythonSuite } from './python-suite.js';

t.setTimeout(600_000);
const server = await startSqld();
t.teardown(() => server.stop());
await runPythonSuite('test_conformance.py', {
  AGENTFS_TEST_SERVER: server.url,
  AGENTFS_TEST_TOKEN: await server.token(),
  AGENTFS_TEST_EXPIRED_TOKEN: await server.token({ expiresIn: -3600 }),
});
