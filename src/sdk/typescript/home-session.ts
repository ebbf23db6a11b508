/**
 * Answers what HomeMethods lists, for one caller: keeps the workspaces that it opened, and so their owners, until it
 * closes them or goes.
 */
import { AgentFsError } from '../../base/index.js';
import { readOwnerRecord, resolveDatabase, socketPathOf } from '../../workspace/index.js';
import type { AgentFS } from './agentfs.js';
import type { HomeMethodName, HomeMethods, OwnerPlace } from './home-service.js';
import { checkedParams } from './owner/checked-params.js';
import { agentFsVersion } from './version.js';
import type { Workspace } from './workspace.js';

type HomeHandlers = {
  readonly [M in HomeMethodName]: (
    params: HomeMethods[M]['params'],
  ) => HomeMethods[M]['result'] | Promise<HomeMethods[M]['result']>;
};

export class HomeSession {
  readonly #afs: AgentFS;
  /** By name; one each, however many calls ask for it at once. */
  readonly #open = new Map<string, Promise<Workspace>>();
  readonly #handlers: HomeHandlers;

  constructor(afs: AgentFS) {
    this.#afs = afs;
    this.#handlers = {
      'home.info': () => ({ home: afs.home, version: agentFsVersion() }),
      'home.create': async ({ name, ...options }) => {
        const made = await afs.workspace.create(name, options);
        // What was open before goes on, as whoever asked for it knows it.
        const known = this.#open.get(name);
        if (known === undefined) this.#open.set(name, Promise.resolve(made));
        else await made.close();
        return await this.#placeOf(name);
      },
      'home.get': async ({ name }) => {
        const { database, createdAt } = (await afs.workspace.get(name)).record;
        return { name, database, createdAt };
      },
      'home.list': async () => ({ workspaces: await afs.workspace.list() }),
      'home.delete': async ({ name }) => {
        await this.#close(name);
        return await afs.workspace.delete(name);
      },
      'home.open': async ({ name }) => await this.#placeOf(name),
      'home.close': async ({ name }) => {
        await this.#close(name);
        return {};
      },
      'home.startOwner': async ({ name, ...options }) => {
        await (await this.#opened(name)).startOwner(options);
        return await this.#placeOf(name);
      },
    };
  }

  /** Throws UNKNOWN_METHOD, INVALID_ARGUMENT and what the method throws. */
  async call(method: string, params: object): Promise<unknown> {
    if (!Object.hasOwn(this.#handlers, method)) {
      throw new AgentFsError('UNKNOWN_METHOD', `there is no method '${method}'`, {
        operation: method,
        hint: 'What is about one workspace is asked of its owner: home.open tells its socket.',
      });
    }
    const handler = this.#handlers[method as HomeMethodName] as (params: object) => unknown;
    return await handler(checkedParams(method as HomeMethodName, params));
  }

  /** Everything is durable, and what this process owned is free, when it resolves. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((name) => this.#close(name)));
  }

  #opened(name: string): Promise<Workspace> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const opening = this.#afs.workspace.get(name);
    this.#open.set(name, opening);
    opening.catch(() => this.#open.delete(name));
    return opening;
  }

  async #placeOf(name: string): Promise<OwnerPlace> {
    const workspace = await this.#opened(name);
    const { pid, kind } = await workspace.owner();
    const database = await resolveDatabase(workspace.record.database);
    // On a full disk there is no record: then the socket is where this environment says.
    const recorded = await readOwnerRecord(database);
    const socket = recorded?.pid === pid ? recorded.socket : await socketPathOf(database);
    return { name, database, createdAt: workspace.record.createdAt, socket, pid, kind };
  }

  async #close(name: string): Promise<void> {
    const opening = this.#open.get(name);
    this.#open.delete(name);
    await (await opening?.catch(() => undefined))?.close();
  }
}
