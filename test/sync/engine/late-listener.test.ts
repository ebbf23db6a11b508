/**
 * What is pushed after an agent's look at the remote and before the server begins to tell it of commits is seen at once.
 * It used to be seen half a minute later where that look had found something else.
 */
import { createServer, request } from 'node:http';
import t, { type Test } from 'tap';
import { startSqld } from '../../support/sqld.js';
import { eventually, openAgent } from './agent.js';

t.setTimeout(120_000);
const sqld = await startSqld({ auth: false });
t.teardown(() => sqld.stop());

/** A way to the server on which the first subscription to commits waits for `before`. */
async function proxied(t: Test, before: () => Promise<unknown>): Promise<string> {
  let isHeld = true;
  const server = createServer(async (incoming, response) => {
    if (isHeld && incoming.url?.includes('/listen')) {
      isHeld = false;
      await before();
    }
    const { method = 'GET', headers } = incoming;
    const to = request(`${sqld.url}${incoming.url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    to.on('error', () => response.destroy());
    response.on('close', () => to.destroy());
    incoming.pipe(to);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

t.test('a commit between the first pull and the subscription is seen at once', async (t) => {
  const [a, b] = [openAgent(t), openAgent(t)];
  await a.engine.enable({ tursoDb: sqld.url, mode: 'manual' });
  a.write('/first', '1');
  await a.engine.push();
  let isPushed = false;
  const url = await proxied(t, async () => {
    a.write('/second', '2');
    await a.engine.push();
    isPushed = true;
  });
  await b.engine.enable({ tursoDb: url, mode: 'real-time' });
  b.engine.start();
  await eventually('b subscribes', () => isPushed);
  t.ok(b.find('/first'), 'the look before it has found something');
  await eventually('b has what came in between', () => b.find('/second') !== undefined);
});
