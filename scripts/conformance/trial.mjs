/**
 * What a part's check is given: a directory in a fresh mount, one beside it, and cases to report.
 *
 * A case that fails ends its check: what follows stands on it. Whoever runs the part reads `results`.
 */
import { sh } from './shell.mjs';

export class Trial {
  /** The mount. */
  dir;
  /** One on an ordinary file system: sources, and what the mount is compared with. */
  plain;
  agent;
  /** Small amounts are enough. */
  quick;
  /** How many operations were asked for, where it can be said; undefined leaves it to the part. */
  operations;
  /** `{ title, outcome: 'passed' | 'failed' | 'skipped', why? }`, in their order. */
  results = [];
  /** Lines for the person, shown below the table. */
  notes = [];
  #say;
  #cleanup;

  constructor({ agent, quick, operations, say, cleanup }) {
    this.agent = agent;
    this.dir = agent.mountpoint;
    this.plain = agent.plain;
    this.quick = quick;
    this.operations = operations;
    this.#say = say;
    this.#cleanup = cleanup;
  }

  get cleanup() {
    return this.#cleanup;
  }

  say(line) {
    this.#say(line);
  }

  /** Runs a case. Throws `CaseFailed` where it failed, which is reported already. */
  async case(title, work) {
    try {
      const result = await work();
      this.report({ title, outcome: 'passed' });
      return result;
    } catch (error) {
      this.report({ title, outcome: 'failed', why: error.message });
      throw new CaseFailed(title);
    }
  }

  skip(title, why) {
    this.report({ title, outcome: 'skipped', why });
  }

  /** A case of a suite that reports many: not said one by one unless it failed. */
  report(result, { quietly = false } = {}) {
    this.results.push(result);
    if (result.outcome === 'failed') this.#say(`FAILED ${result.title}: ${result.why}`);
    else if (!quietly)
      this.#say(`${result.title}${result.outcome === 'skipped' ? ` (skipped: ${result.why})` : ''}`);
  }

  /** A script in the mount's directory; `$T` is the plain one. */
  sh(script, options = {}) {
    return sh(this.dir, script, { ...options, env: { T: this.plain, ...options.env } });
  }

  /** A script in the mount of another agent. */
  onOther(agent, script, options) {
    return sh(agent.mountpoint, script, options);
  }

  /** A script in the plain directory; `$M` is the mount's. */
  plainly(script, options = {}) {
    return sh(this.plain, script, { ...options, env: { M: this.dir, ...options.env } });
  }
}

export class CaseFailed extends Error {}

/** Throws where the two differ; says the first line that does. */
export function assertSame(found, wanted, what = 'it') {
  if (found === wanted) return;
  const [ours, theirs] = [found.split('\n'), wanted.split('\n')];
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const line = at === -1 ? ours.length : at;
  throw new Error(
    `${what} differs in line ${line + 1}: found ${show(ours[line])}, wanted ${show(theirs[line])}`,
  );
}

function show(line) {
  return line === undefined ? 'its end' : JSON.stringify(line.slice(0, 300));
}
