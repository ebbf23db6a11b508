/**
 * The way between one agent and the server, and everything that goes wrong on it.
 *
 * A request is lost before the server sees it, or its answer after; it arrives a second time, at once or much later; it
 * takes as long as the scheduler likes, so answers overtake each other. A cut way loses everything.
 */
import { AgentFsError } from '#src/base/index.js';
import type { Database, Result, Statement } from '#src/sync/remote/statement.js';
import type { Random } from './random.js';
import type { SimulatedServer } from './server.js';
import type { Life, Turns } from './turns.js';

export interface NetworkFaults {
  /** Each a probability a request. */
  lostRequest: number;
  lostAnswer: number;
  doubled: number;
  /** A request is on its way though its agent may have died meanwhile. */
  orphaned: number;
}

export const PERFECT: NetworkFaults = { lostRequest: 0, lostAnswer: 0, doubled: 0, orphaned: 0 };

export interface WayOptions {
  readonly server: SimulatedServer;
  readonly turns: Turns;
  readonly random: Random;
  /** The agent's, that waits for answers. */
  readonly life: Life;
  /** The network's own, that outlives agents. */
  readonly network: Life;
  readonly faults: () => NetworkFaults;
  readonly isCut: () => boolean;
  readonly note: (what: string) => void;
}

export function databaseBehind(way: WayOptions): Database {
  const { server } = way;
  return {
    execute: async (statement) => await travel(way, () => server.execute(statement)),
    batch: async (statements: Statement[]) => await travel(way, () => server.batch(statements)),
    close: () => undefined,
  };
}

async function travel<T extends Result | Result[]>(way: WayOptions, serve: () => T): Promise<T> {
  const { turns, random, life, note } = way;
  await turns.park(random.chance(way.faults().orphaned) ? way.network : life, 'request');
  if (way.isCut() || random.chance(way.faults().lostRequest)) {
    note('request lost');
    throw lost();
  }
  if (random.chance(way.faults().doubled)) {
    note('request doubled');
    void turns.park(way.network, 'doubled request').then(() => {
      try {
        serve();
      } catch {
        // Nobody waits for the second answer.
      }
    });
  }
  let answer: T | undefined;
  let failure: unknown;
  try {
    answer = serve();
  } catch (error) {
    failure = error;
    note(`refused: ${(error as Error).message}`);
  }
  await turns.park(life, 'answer');
  if (way.isCut() || random.chance(way.faults().lostAnswer)) {
    note('answer lost');
    throw lost();
  }
  if (failure !== undefined) throw failure;
  return answer as T;
}

function lost(): AgentFsError {
  return new AgentFsError('REMOTE_UNREACHABLE', 'the simulated network lost it', { operation: 'remote' });
}
