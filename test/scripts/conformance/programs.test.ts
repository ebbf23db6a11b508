/**
 * The parts of `npm run conformance` that are quick: a small amount of each, on a mount of its own.
 */
import t from 'tap';

interface Result {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly why?: string;
}

interface Part {
  readonly name: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly brief?: boolean;
}

interface Programs {
  readonly PARTS: readonly Part[];
}

interface Running {
  runPart(
    part: Part,
    options: { readonly quick: boolean; readonly cleanup: Cleanup; say(line: string): void },
  ): Promise<{ readonly results: readonly Result[] }>;
}

interface Cleanup {
  run(): Promise<void>;
}

interface Cleaning {
  readonly Cleanup: new (program: string) => Cleanup;
}

interface Processes {
  onPath(name: string): boolean;
}

async function load<T>(file: string): Promise<T> {
  return (await import(new URL(`../../../../scripts/${file}`, import.meta.url).href)) as T;
}

const { PARTS } = await load<Programs>('conformance/parts.mjs');
const { runPart } = await load<Running>('conformance/run-part.mjs');
const { Cleanup } = await load<Cleaning>('bench/cleanup.mjs');
const { onPath } = await load<Processes>('bench/process.mjs');

for (const part of PARTS.filter(({ brief }) => brief === true)) {
  const absent = part.needs.find((program) => !onPath(program));
  const title = absent === undefined ? part.title : `${part.title} (${absent} is not installed)`;
  await t.test(title, { skip: absent !== undefined }, async (t) => {
    t.setTimeout(110_000);
    const cleanup = new Cleanup('test');
    t.teardown(() => cleanup.run());
    const { results } = await runPart(part, { quick: true, cleanup, say: (line) => t.comment(line) });
    for (const { title, outcome, why } of results) {
      if (outcome === 'skipped') t.pass(title, { skip: why ?? true });
      else t.equal(why, undefined, title);
    }
    t.ok(results.length > 1, 'it had cases');
  });
}
