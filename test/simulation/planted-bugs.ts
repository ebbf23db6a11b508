/**
 * Ways to break the engine on purpose, each through a port: what passes there is changed as a bug in the engine would
 * change it. The simulation has to catch every one of them; production knows nothing of it.
 */
import { AgentFsError } from '#src/base/index.js';
import type { ConflictPolicy } from '#src/sync/core/index.js';
import type { FeedPage, RemoteWorkspace } from '#src/sync/remote/index.js';
import type { Database, Statement } from '#src/sync/remote/statement.js';
import type { SyncHost, SyncStep } from '#src/sync/steps.js';

export interface BugContext {
  /** The agent's id. */
  readonly agent: string;
  /** The last number of its change log. */
  readonly lastSeq: () => number;
}

/** What is put around an agent's ports for one life. */
export interface Plant {
  host?(host: SyncHost): SyncHost;
  remote?(remote: RemoteWorkspace): RemoteWorkspace;
  database?(database: Database): Database;
}

export interface PlantedBug {
  readonly name: string;
  /** The policy under which it matters; any where absent. */
  readonly policy?: ConflictPolicy;
  /** The first seed to try, where few stories meet it; 1 where absent. */
  readonly from?: number;
  /** It matters where requests and answers get lost. */
  readonly isLossy?: boolean;
  plant(context: BugContext): Plant;
}

/** The same remote, whose feed's pages are changed on the way. */
function withFeed(remote: RemoteWorkspace, change: (page: FeedPage) => FeedPage): RemoteWorkspace {
  return wrap(remote, {
    feed: async function* (...params: Parameters<RemoteWorkspace['feed']>) {
      for await (const page of remote.feed(...params)) yield change(page);
    },
  });
}

/** The same object with other methods; those of the object itself keep their `this`. */
export function wrap<T extends object>(object: T, others: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const other = others[name as keyof T];
      if (other !== undefined) return other;
      const own = target[name as keyof T];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the cursor is advanced before what it passes is applied',
    plant: () => {
      let head = 0;
      return {
        remote: (remote) =>
          withFeed(remote, (page) => {
            head = page.head;
            return page;
          }),
        host: (host) =>
          wrap(host, {
            apply: async (remote, steps) => {
              if (head > 0) await host.finish({ remote, cursor: head, isAhead: false });
              return await host.apply(remote, steps);
            },
          }),
      };
    },
  },
  {
    name: 'the base is not updated after a lost answer: what was pushed is taken for a change of somebody else',
    isLossy: true,
    plant: ({ agent }) => ({
      remote: (remote) =>
        withFeed(remote, (page) => {
          const disown = <R extends { readonly agent: string }>(row: R): R =>
            row.agent === agent ? { ...row, agent: 'somebody else' } : row;
          return { ...page, nodes: page.nodes.map(disown), entries: page.entries.map(disown) };
        }),
    }),
  },
  {
    name: 'deletions are dropped from the feed',
    plant: () => ({
      remote: (remote) =>
        withFeed(remote, (page) => ({
          ...page,
          nodes: page.nodes.filter(({ state }) => state !== null),
          entries: page.entries.filter(({ node }) => node !== null),
        })),
    }),
  },
  {
    name: 'changes count as pushed when their upload begins',
    plant: ({ lastSeq }) => {
      let host: SyncHost | undefined;
      return {
        host: (real) => {
          host = real;
          return real;
        },
        remote: (remote) =>
          wrap(remote, {
            push: async (commit) => {
              await host?.finish({ remote: 1, pushedSeq: lastSeq() });
              return await remote.push(commit);
            },
          }),
      };
    },
  },
  {
    name: 'commits are not guarded',
    plant: () => ({
      database: (database) => wrap(database, { batch: (all, mode) => database.batch(unguarded(all), mode) }),
    }),
  },
  {
    name: 'the time of a deletion is ignored',
    policy: 'last-write-wins',
    from: 1601,
    plant: () => ({
      remote: (remote) =>
        withFeed(remote, (page) => ({
          ...page,
          nodes: page.nodes.map((node) => (node.state === null ? { ...node, committedAtMs: 0 } : node)),
        })),
    }),
  },
  {
    name: "the remote's side of what waits for a conflict is not kept",
    policy: 'manual',
    plant: () => ({
      host: (host) => wrap(host, { finish: async ({ unsettledThere: _, ...end }) => await host.finish(end) }),
    }),
  },
  {
    name: 'this side of what waits for a conflict is not kept',
    policy: 'manual',
    plant: () => ({
      host: (host) => wrap(host, { finish: async ({ unsettledHere: _, ...end }) => await host.finish(end) }),
    }),
  },
  {
    name: 'a commit whose answer was lost is sent again with a new id and without its guards',
    isLossy: true,
    plant: () => ({
      database: (database) =>
        wrap(database, {
          batch: async (all, mode) => {
            try {
              return await database.batch(all, mode);
            } catch (error) {
              const isLost = error instanceof AgentFsError && error.code === 'REMOTE_UNREACHABLE';
              const uuid = all[0]?.sql.includes('INTO agentfs_commits') ? all[0].args[2] : undefined;
              if (!isLost || uuid === undefined) throw error;
              const fresh = [...String(uuid)].reverse().join('');
              const again = unguarded(all).map(({ sql, args }) => ({
                sql,
                args: args.map((arg) => (arg === uuid ? fresh : arg)),
              }));
              return await database.batch(again, mode);
            }
          },
        }),
    }),
  },
  {
    name: 'what loses a conflict here is not kept',
    policy: 'remote-wins',
    plant: () => ({
      host: (host) =>
        wrap(host, {
          apply: async (remote, steps) => await host.apply(remote, steps.flatMap(withoutKeeping)),
        }),
    }),
  },
];

function unguarded(statements: readonly Statement[]): Statement[] {
  return statements.filter(({ sql }) => !sql.startsWith('INSERT INTO agentfs_guards'));
}

function withoutKeeping(step: SyncStep): SyncStep[] {
  if (step.type === 'keep') return [];
  if (step.type !== 'node') return [step];
  const { keep: _, ...rest } = step;
  return [rest];
}
