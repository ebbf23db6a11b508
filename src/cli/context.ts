/**
 * What a command is given besides its input: where to write, which home, and the SDK, opened when it is first needed
 * and closed when the command has ended.
 */
import { AgentFsError } from '../base/index.js';
import type { AgentFS, Workspace } from '../sdk/typescript/index.js';
import type { Output } from './output.js';

export interface ContextOptions {
  readonly output: Output;
  /** `--home`; undefined leaves it to the environment. */
  readonly home: string | undefined;
}

export class Context {
  readonly output: Output;
  readonly home: string | undefined;
  #agentfs: AgentFS | undefined;
  readonly #opened: Workspace[] = [];

  constructor(options: ContextOptions) {
    this.output = options.output;
    this.home = options.home;
  }

  async agentfs(): Promise<AgentFS> {
    if (this.#agentfs === undefined) {
      const { AgentFS } = await import('../sdk/typescript/agentfs.js');
      this.#agentfs = new AgentFS(this.home === undefined ? {} : { home: this.home });
    }
    return this.#agentfs;
  }

  /**
   * A workspace for this command; nothing is opened before it is first called. A command that becomes the owner for a
   * moment does not begin the remotes' schedules. Throws WORKSPACE_NOT_FOUND, WORKSPACE_INVALID_NAME.
   */
  async workspace(name: string, options: { readonly create?: boolean } = {}): Promise<Workspace> {
    const afs = await this.agentfs();
    const workspace = await afs.workspace.get(name, { schedule: false }).catch(async (error: unknown) => {
      const absent = error instanceof AgentFsError && error.code === 'WORKSPACE_NOT_FOUND';
      if (!absent || options.create !== true) throw error;
      return await afs.workspace.create(name, { schedule: false });
    });
    this.#opened.push(workspace);
    return workspace;
  }

  async close(): Promise<void> {
    for (const workspace of this.#opened.splice(0)) await workspace.close();
  }
}
