/**
 * The Python SDK by its own tests: files, connections, what goes wrong with them, the users' documentation, fsspec, and its types.
 */
import t from 'tap';
import { runPythonSuite } from './python-suite.js';

t.setTimeout(300_000);
await runPythonSuite('test_files.py');
await runPythonSuite('test_trouble.py');
await runPythonSuite('test_command.py');
await runPythonSuite('test_mission.py');
await runPythonSuite('test_fsspec.py');
await runPythonSuite('test_types.py');
