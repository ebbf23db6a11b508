/**
 * One part, on a fresh mount in a fresh temporary directory. Whatever became of it, nothing of it is left mounted or running.
 */
import { Cleanup } from '../bench/cleanup.mjs';
import { Agent } from './agent.mjs';
import { CaseFailed, Trial } from './trial.mjs';

/**
 * Resolves with `{ results, notes, seconds }`; an unexpected end is a failed result. `say` takes lines for the person. Who may
 * be stopped before the end passes a `cleanup` of its own.
 */
export async function runPart(part, { quick, operations, say, cleanup = new Cleanup('conformance') }) {
  const started = performance.now();
  const sayOfPart = (line) => say(`${part.name}: ${line}`);
  sayOfPart(part.title);
  let trial;
  const results = [];
  try {
    const agent = await Agent.create(cleanup);
    await agent.mount(...(part.flags ?? []));
    trial = new Trial({ agent, quick, operations, say: sayOfPart, cleanup });
    await part.check(trial);
    await trial.case('unmounts, and the database is sound', () => agent.unmountAndCheck());
  } catch (error) {
    if (!(error instanceof CaseFailed)) {
      sayOfPart(error.stack ?? String(error));
      results.push({ title: 'it runs to its end', outcome: 'failed', why: error.message });
    }
  } finally {
    await cleanup.run();
  }
  results.unshift(...(trial?.results ?? []));
  return { results, notes: trial?.notes ?? [], seconds: (performance.now() - started) / 1000 };
}
