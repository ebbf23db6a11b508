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

t.test('It says which rule decides', (t) => {
  const filter = createFilter({ include: ['*.py', 'docs/'], exclude: ['*.log', '!keep.log', '.git/'] });
  const why = (path: string, isDirectory = false) => {
    const { included, rule } = filter.explain(path, isDirectory);
    return [included, rule?.list, rule?.pattern, rule?.matches];
  };
  t.same(why('/a.py'), [true, 'include', '*.py', '/a.py']);
  t.same(why('/a.log'), [false, 'exclude', '*.log', '/a.log']);
  t.same(why('/.git/x.py'), [false, 'exclude', '.git/', '/.git/']);
  t.same(why('/docs/deep/x'), [true, 'include', 'docs/', '/docs/']);
  t.same(why('/a.c'), [false, undefined, undefined, undefined]);
  t.same(why('/src', true), [true, undefined, undefined, undefined]);
  t.same(why('/docs/keep.log'), [true, 'include', 'docs/', '/docs/']);
  t.same(why('/', true), [true, undefined, undefined, undefined]);
  t.same(createFilter({ include: [], exclude: ['x', '!/y/x'] }).explain('/y/x', false), {
    included: true,
    rule: { list: 'exclude', pattern: '!/y/x', matches: '/y/x' },
    reason: "The exclude pattern '!/y/x' takes it back, and there are no include patterns: it is synced.",
  });
  t.match(EVERYTHING.explain('/x', false), { included: true, rule: null });
  t.end();
});
