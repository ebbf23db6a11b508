/**
 * The synchronous face of the Python SDK, from the source of the asyncio one: what is the same in both is written once.
 *
 * `agentfs/aio/NAME.py` becomes `agentfs/NAME.py` without its awaits. Where the two differ, they import it: `wire` and `file`
 * are written for each. A comment `# sync: …` is a line of the synchronous face alone.
 */
export const FACES = ['client', 'home', 'sync', 'workspace'];

const HEAD = (name) => `# Made from aio/${name}.py by \`npm run protocol\`: change that.\n`;

const CHANGES = [
  [/^( *)# sync: ?(.*)$/gm, '$1$2'],
  [/\basync (def|with|for)\b/g, '$1'],
  [/\bawait /g, ''],
  [/__aenter__/g, '__enter__'],
  [/__aexit__/g, '__exit__'],
  [/\bAsyncIterator\b/g, 'Iterator'],
  [/^from \.\.(?=\w)/gm, 'from .'],
  [/[ \t]+$/gm, ''],
];

/** `source` is the text of `aio/NAME.py`. */
export function synchronousFace(name, source) {
  const text = CHANGES.reduce((changed, [from, to]) => changed.replace(from, to), source);
  return HEAD(name) + text;
}
