/** The engine takes what it is told, in silence. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';

const MODULE = import.meta.resolve('#src/daemon/compile-late.js');

t.test('telling V8 to compile late prints nothing', async (t) => {
  const program = `import { compileLate } from ${JSON.stringify(MODULE)}; compileLate();`;
  const args = ['--input-type=module', '-e', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: '/', timeout: 20_000 });
  t.same([stdout, stderr], ['', '']);
});
