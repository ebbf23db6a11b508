/**
 * The conformance list on the TypeScript SDK, against a real server: with the owner in this process, and with a background
 * owner behind its socket.
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HomeSession } from '#src/sdk/typescript/home-session.js';
import {
  AgentFS,
  type EventName,
  type MethodName,
  stopOwner,
  type Workspace,
} from '#src/sdk/typescript/index.js';
import { startSqld } from '../../support/sqld.js';
import { eventually, temporaryDirectory } from '../../workspace/temporary-home.js';
import { cases, type Face, runCase, type Step } from './conformance.js';
import { OF_A_FILE, OF_A_HOME, OF_A_WORKSPACE, type OpenFiles } from './surface.js';

t.setTimeout(900_000);

type AnyCall = (from: unknown, params: object) => Promise<unknown>;
type Way = 'in process' | 'with a background owner';

/** One home, and the workspace in it. */
class Agent {
  readonly afs: AgentFS;
  readonly home: HomeSession;
  readonly files: OpenFiles = new Map();
  readonly heard: unknown[] = [];
  ws: Workspace;

  private constructor(afs: AgentFS, ws: Workspace) {
    this.afs = afs;
    this.ws = ws;
    this.home = new HomeSession(afs);
  }

  static async begin(home: string, name: string, way: Way): Promise<Agent> {
    const afs = new AgentFS({ home });
    const agent = new Agent(afs, await afs.workspace.create(name));
    if (way === 'with a background owner') await agent.ws.startOwner();
    return agent;
  }

  async end(): Promise<void> {
    await this.home.close();
    await this.afs.close();
    for (const { name } of await this.afs.workspace.list()) {
      const { record } = await this.afs.workspace.get(name);
      await stopOwner(record, { force: true });
    }
  }
}

class SdkFace implements Face {
  readonly #directory: string;
  readonly #workspace: string;
  readonly #way: Way;
  readonly #agents = new Map<string, Promise<Agent>>();

  constructor(options: { readonly directory: string; readonly workspace: string; readonly way: Way }) {
    this.#directory = options.directory;
    this.#workspace = options.workspace;
    this.#way = options.way;
  }

  async call(name: string, step: Step & { readonly call: string }, params: Record<string, unknown>) {
    const agent = await this.#agent(name);
    const { call: method, raw = false } = step;
    if (method === 'events.subscribe') {
      for (const event of params.names as EventName[])
        agent.ws.service.on(event, (payload) => agent.heard.push(payload));
      return {};
    }
    const table = method.startsWith('home.') ? OF_A_HOME : OF_A_WORKSPACE;
    const known = raw ? undefined : (table as Readonly<Record<string, AnyCall>>)[method];
    if (method.startsWith('home.'))
      return known === undefined ? await agent.home.call(method, params) : await known(agent.afs, params);
    const file = raw ? undefined : agent.files.get(params.handle as number);
    // Closing a WorkspaceFile again is no mistake; the protocol's call is asked for it then.
    if (method === 'fs.close') agent.files.delete(params.handle as number);
    if (file !== undefined)
      return await (OF_A_FILE as Readonly<Record<string, AnyCall>>)[method]!(file, params);
    if (known !== undefined) return await known(agent, params);
    return await agent.ws.service.call(method as MethodName, params as never);
  }

  async do(name: string, what: string): Promise<void> {
    const agent = await this.#agent(name);
    switch (what) {
      case 'close':
        await agent.ws.close();
        return;
      case 'open':
        agent.ws = await agent.afs.workspace.get(this.#workspace);
        return;
      case 'start-owner':
        await agent.ws.startOwner();
        return;
      case 'kill-owner':
        // No program survives that the owner in itself is killed.
        if ((await agent.ws.owner()).pid === process.pid) await agent.ws.startOwner();
        process.kill((await agent.ws.owner()).pid, 'SIGKILL');
        return;
      default:
        throw new Error(`the list has an unknown deed: ${what}`);
    }
  }

  async hears(name: string): Promise<unknown> {
    const { heard } = await this.#agent(name);
    await eventually(() => heard.length > 0, 20_000);
    return heard.shift();
  }

  async end(): Promise<void> {
    for (const agent of this.#agents.values()) await (await agent).end();
  }

  #agent(name: string): Promise<Agent> {
    const known = this.#agents.get(name);
    if (known !== undefined) return known;
    const begun = Agent.begin(join(this.#directory, name), this.#workspace, this.#way);
    this.#agents.set(name, begun);
    return begun;
  }
}

const server = await startSqld();
t.teardown(() => server.stop());
const [token, expiredToken] = [await server.token(), await server.token({ expiresIn: -3600 })];
const canMount = isUsable('/dev/fuse');
let number = 0;

for (const way of ['in process', 'with a background owner'] as const) {
  for (const one of cases()) {
    const isLacking = one.needs?.includes('mount') === true && !canMount;
    const title = `TypeScript, ${way}: ${one.title}`;
    const skip = isLacking ? '/dev/fuse cannot be used' : false;
    t.test(isLacking ? `${title} (skipped: ${skip})` : title, { skip }, async (t) => {
      const directory = temporaryDirectory(t);
      mkdirSync(join(directory, 'mnt'));
      const workspace = `case-${process.pid}-${++number}`;
      const face = new SdkFace({ directory, workspace, way });
      t.teardown(() => face.end());
      await runCase(one, face, { directory, workspace, remote: server.url, token, expiredToken });
      t.pass('as the list says');
    });
  }
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
