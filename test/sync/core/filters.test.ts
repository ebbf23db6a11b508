import t from 'tap';
import { createFilter, EVERYTHING } from '#src/sync/core/filters.js';

t.test('Without patterns everything is included', (t) => {
  t.equal(createFilter({ include: [], exclude: [] }), EVERYTHING);
  t.ok(EVERYTHING.includes('/.git/HEAD', false));
  t.end();
});

t.test(
  'Of the example in the documentation Python and Markdown are synced, byte code and .git are not',
  (t) => {
    const filter = createFilter({ include: ['*.py', '*.md'], exclude: ['*.pyc', '__pycache__/', '.git/'] });
    t.ok(filter.includes('/main.py', false));
    t.ok(filter.includes('/deep/down/README.md', false));
    t.notOk(filter.includes('/main.c', false));
    t.notOk(filter.includes('/__pycache__/x.py', false), 'what is in an excluded directory is excluded');
    t.notOk(filter.includes('/.git', true));
    t.ok(filter.includes('/src', true), 'a directory may hold what is included');
    t.ok(filter.includes('/', true));
    t.end();
  },
);

t.test('A pattern that ends in a slash means directories only', (t) => {
  const filter = createFilter({ include: [], exclude: ['build/'] });
  t.notOk(filter.includes('/a/build', true));
  t.ok(filter.includes('/a/build', false));
  t.end();
});

t.test('Exclude beats include, a later pattern beats an earlier one, and ! takes back', (t) => {
  const filter = createFilter({ include: ['docs/', '!docs/draft.md'], exclude: ['*.log', '!keep.log'] });
  t.ok(filter.includes('/docs/any', false));
  t.notOk(filter.includes('/docs/x.log', false));
  t.ok(filter.includes('/docs/keep.log', false));
  t.notOk(filter.includes('/keep.log', false), 'taken back from exclude is not included');
  t.end();
});

t.test('Names are case sensitive, and odd ones are no patterns', (t) => {
  const filter = createFilter({ include: [], exclude: ['*.LOG', '/top'] });
  t.ok(filter.includes('/a.log', false));
  t.notOk(filter.includes('/top', false));
  t.ok(filter.includes('/deep/top', false));
  t.ok(filter.includes('/..odd/ name', false));
  t.end();
});
