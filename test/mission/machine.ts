/**
 * A machine on which somebody follows the users' documentation: a shell with `agentfs` on its PATH, and a database.
 *
 * Blocks are run as they stand in the documentation, by bash, with one change: the documentation's addresses mean a
 * real sqld on this machine. `TURSO_TOKEN` and `BACKUP_TOKEN` are set, as the documentation takes for granted.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { Agent, type Ended, endOf, MAIN } from '../cli/agentfs-process.js';
import { type Sqld, startSqld } from '../support/sqld.js';

/** What the documentation calls its databases. */
const ADDRESSES = /(?:libsql|https):\/\/(?:mydb|backup|primary-db)(?:-org)?\.turso\.io/g;

export class Machine {
  readonly agent: Agent;
  readonly server: Sqld;
  readonly token: string;
  readonly #folder: string;

  private constructor(agent: Agent, server: Sqld, options: { token: string; folder: string }) {
    this.agent = agent;
    this.server = server;
    this.token = options.token;
    this.#folder = options.folder;
  }

  /** `server`: the one that another machine uses too. */
  static async create(t: Test, server?: Sqld): Promise<Machine> {
    const there = server ?? (await startSqld());
    if (server === undefined) t.teardown(() => there.stop());
    const folder = mkdtempSync(join(tmpdir(), 'agentfs-mission-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'bin'));
    const command = join(folder, 'bin', 'agentfs');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(command, 0o755);
    // Made last, so that its owners are stopped before the server is.
    const agent = await Agent.create(t);
    return new Machine(agent, there, { token: await there.token(), folder });
  }

  get home(): string {
    return this.agent.home;
  }

  /** The address that stands for the documentation's. */
  get database(): string {
    return `${this.server.url.replace('http:', 'libsql:')}?tls=0`;
  }

  /** Runs a block of the documentation as bash does; it stops at the first command that fails. */
  async shell(block: string, input = ''): Promise<Ended> {
    const script = block
      .replaceAll(/https:\/\/mydb-org\.turso\.io\/health/g, `${this.server.url}/health`)
      .replaceAll(ADDRESSES, `'${this.database}'`);
    const bash = ['bash', '-euo', 'pipefail', '-c', script, 'bash'];
    const { PATH = '' } = process.env;
    return await endOf(
      this.agent.spawn([], {
        within: [...bash],
        input,
        cwd: this.#folder,
        env: {
          PATH: `${join(this.#folder, 'bin')}:${PATH}`,
          TURSO_TOKEN: this.token,
          BACKUP_TOKEN: this.token,
        },
      }),
    );
  }

  /** The same, for a block that must go well. Returns what it printed. */
  async runs(t: Test, block: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.shell(block, input);
    t.equal(code, 0, `${block.trim().split('\n')[0]}: ${stderr}`);
    return stdout;
  }

  /** The SDK with this machine's home. */
  sdk(): AgentFS {
    return new AgentFS({ home: this.home });
  }
}
