/**
 * A program that uses a workspace as an SDK user's does, told what to do over IPC; killed by its test.
 *
 *     node owner-program.js HOME NAME
 *     {id, method, params} -> {id, result} | {id, code, message}
 */
import { AgentFS, type Workspace } from '#src/sdk/typescript/index.js';

interface Order {
  readonly id: number;
  readonly method: string;
  readonly params: { path: string };
}

const [, , home = '', name = ''] = process.argv;
const workspace: Promise<Workspace> = new AgentFS({ home }).workspace.create(name);

process.on('message', async ({ id, method, params }: Order) => {
  try {
    const ws = await workspace;
    const result = method === 'close' ? await ws.close() : await ws.service.call(method as 'fs.stat', params);
    process.send?.({ id, result: result ?? null });
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    process.send?.({ id, code, message });
  }
});
workspace.then(
  () => process.send?.({ id: 0, result: null }),
  ({ code, message }) => process.send?.({ id: 0, code, message }),
);
