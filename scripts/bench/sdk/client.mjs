/** What the rows of the SDKs time, in TypeScript: `client.mjs HOME WORKSPACE ROUND_TRIPS MIB` prints the figures as JSON. */
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { median } from '../figures.mjs';

const [home, name, roundTrips, mib] = process.argv.slice(2);
const MIB = 1024 * 1024;
const since = (begun) => performance.now() - begun;

let begun = performance.now();
const { AgentFS } = await import('../../../dist/sdk/typescript/index.js');
const afs = new AgentFS({ home });
const workspace = await afs.workspace.get(name);
await workspace.exists('/');
const connect = since(begun);

const page = Buffer.alloc(4096, 'p');
const trips = [];
for (let i = 0; i < Number(roundTrips); i++) {
  begun = performance.now();
  await workspace.writeFile('/typescript-page', page);
  if (!(await workspace.readFile('/typescript-page')).equals(page)) throw new Error('not what was written');
  trips.push(since(begun) * 1000);
}

const block = Buffer.alloc(MIB, 'b');
begun = performance.now();
await pipeline(Array(Number(mib)).fill(block), workspace.createWriteStream('/typescript-stream'));
const write = since(begun);

begun = performance.now();
let length = 0;
for await (const slice of workspace.createReadStream('/typescript-stream')) length += slice.length;
const read = since(begun);
if (length !== Number(mib) * MIB) throw new Error('not as long as what was written');
await afs.close();

const rate = (milliseconds) => length / 1e3 / milliseconds;
const figures = { connect, roundTrip: median(trips), write: rate(write), read: rate(read) };
process.stdout.write(`${JSON.stringify(figures)}\n`);
