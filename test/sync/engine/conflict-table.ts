/**
 * Every kind of conflict as data: what both agents did, what is there when either side wins, and which versions must come
 * back from history then. `there` is the agent that pushes, `here` the one that meets its change and decides.
 *
 * A node is told as a text: `dir`, `-> target`, or a file's content; attributes follow where they are not the usual ones.
 */
import type { Room } from './room.js';

type Act = (room: Room) => void;
export type Winner = 'here' | 'there';
/** What every path holds in the end. */
type Contents = Readonly<Record<string, string>>;

export interface ConflictCase {
  readonly base?: Act;
  readonly there: Act;
  readonly here: Act;
  /** `type path` of each conflict; none where both did the same, or what does not clash. */
  readonly conflicts: readonly string[];
  /** What may be told besides, where a policy decides: a file that went with the directory, or the directory itself. */
  readonly alsoTold?: readonly string[];
  /** Who wins under last-write-wins, where that is not the later. */
  readonly lastWrite?: Winner;
  readonly wins: Readonly<Record<Winner, Contents>>;
  /** What each side has while a conflict waits, where that is not what it had: what is not contested has flowed. */
  readonly waiting?: Readonly<Partial<Record<Winner, Contents>>>;
  /** What each side loses when the other wins: `path: content`, as history must bring it back. */
  readonly loses?: Readonly<Partial<Record<Winner, Contents>>>;
  /** What has to go before it can come back: the place is taken by something else. */
  readonly makeWay?: Readonly<Partial<Record<Winner, Act>>>;
}

/** More than a chunk, so that it is no row of its own. */
const LARGE = 'a line of a large file\n'.repeat(20_000);
const BASE = 'base';
const base: Act = (it) => {
  it.mkdir('/d');
  it.write('/d/f', BASE);
};
const same = (contents: Contents) => ({ here: contents, there: contents });

export const CONFLICT_TABLE: Readonly<Record<string, ConflictCase>> = {
  'modify/modify': {
    base,
    there: (it) => it.write('/d/f', 'of there'),
    here: (it) => it.write('/d/f', 'of here'),
    conflicts: ['modify/modify /d/f'],
    wins: { here: { '/d': 'dir', '/d/f': 'of here' }, there: { '/d': 'dir', '/d/f': 'of there' } },
    loses: { here: { '/d/f': 'of here' }, there: { '/d/f': 'of there' } },
  },
  'modify/modify of large files': {
    base: (it) => it.write('/f', LARGE),
    there: (it) => it.write('/f', `${LARGE}of there`),
    here: (it) => it.write('/f', `of here${LARGE}`),
    conflicts: ['modify/modify /f'],
    wins: { here: { '/f': `of here${LARGE}` }, there: { '/f': `${LARGE}of there` } },
    loses: { here: { '/f': `of here${LARGE}` }, there: { '/f': `${LARGE}of there` } },
  },
  'modify/modify, both saved as editors do': {
    base,
    there: (it) => it.replace('/d/f', 'of there'),
    here: (it) => it.replace('/d/f', 'of here'),
    conflicts: ['modify/modify /d/f'],
    wins: { here: { '/d': 'dir', '/d/f': 'of here' }, there: { '/d': 'dir', '/d/f': 'of there' } },
    loses: { here: { '/d/f': 'of here' }, there: { '/d/f': 'of there' } },
  },
  'modify/modify of two names of one file': {
    base: (it) => {
      it.write('/one', BASE);
      it.link('/one', '/two');
    },
    there: (it) => it.write('/one', 'of there'),
    here: (it) => it.write('/two', 'of here'),
    conflicts: ['modify/modify /one'],
    wins: {
      here: { '/one': 'of here', '/two': 'of here' },
      there: { '/one': 'of there', '/two': 'of there' },
    },
    loses: { here: { '/one': 'of here' }, there: { '/one': 'of there' } },
  },
  'delete/modify': {
    base,
    there: (it) => it.write('/d/f', 'of there'),
    here: (it) => it.remove('/d/f'),
    conflicts: ['delete/modify /d/f'],
    wins: { here: { '/d': 'dir' }, there: { '/d': 'dir', '/d/f': 'of there' } },
    loses: { there: { '/d/f': 'of there' } },
  },
  'modify/delete': {
    base,
    there: (it) => it.remove('/d/f'),
    here: (it) => it.write('/d/f', 'of here'),
    conflicts: ['modify/delete /d/f'],
    wins: { here: { '/d': 'dir', '/d/f': 'of here' }, there: { '/d': 'dir' } },
    loses: { here: { '/d/f': 'of here' } },
  },
  'create/create': {
    there: (it) => it.write('/new', LARGE),
    here: (it) => it.write('/new', 'of here'),
    conflicts: ['create/create /new'],
    wins: { here: { '/new': 'of here' }, there: { '/new': LARGE } },
    loses: { here: { '/new': 'of here' }, there: { '/new': LARGE } },
  },
  'create/create of symlinks': {
    there: (it) => it.symlink('/of/there', '/new'),
    here: (it) => it.symlink('/of/here', '/new'),
    conflicts: ['create/create /new'],
    wins: { here: { '/new': '-> /of/here' }, there: { '/new': '-> /of/there' } },
    loses: { here: { '/new': '-> /of/here' }, there: { '/new': '-> /of/there' } },
  },
  'rename/rename of a file': {
    base,
    there: (it) => it.rename('/d/f', '/d/there'),
    here: (it) => it.rename('/d/f', '/d/here'),
    conflicts: ['rename/rename /d/here'],
    wins: { here: { '/d': 'dir', '/d/here': BASE }, there: { '/d': 'dir', '/d/there': BASE } },
  },
  'rename/rename of a directory, both with something new in it': {
    base,
    there: (it) => {
      it.rename('/d', '/there');
      it.write('/there/new there', 'new');
    },
    here: (it) => {
      it.rename('/d', '/here');
      it.write('/here/new here', 'new');
    },
    conflicts: ['rename/rename /here'],
    waiting: {
      here: { '/here': 'dir', '/here/f': BASE, '/here/new here': 'new', '/here/new there': 'new' },
      there: { '/there': 'dir', '/there/f': BASE, '/there/new here': 'new', '/there/new there': 'new' },
    },
    wins: {
      here: { '/here': 'dir', '/here/f': BASE, '/here/new here': 'new', '/here/new there': 'new' },
      there: { '/there': 'dir', '/there/f': BASE, '/there/new here': 'new', '/there/new there': 'new' },
    },
  },
  'rename/rename of an edited file': {
    base,
    there: (it) => {
      it.rename('/d/f', '/d/there');
      it.write('/d/there', 'of there');
    },
    here: (it) => {
      it.rename('/d/f', '/d/here');
      it.write('/d/here', 'of here');
    },
    conflicts: ['modify/modify /d/here', 'rename/rename /d/here'],
    wins: { here: { '/d': 'dir', '/d/here': 'of here' }, there: { '/d': 'dir', '/d/there': 'of there' } },
    loses: { here: { '/d/here': 'of here' }, there: { '/d/there': 'of there' } },
  },
  'two moves that cross': {
    base: (it) => {
      for (const name of ['x', 'y']) {
        it.mkdir(`/${name}`);
        it.write(`/${name}/f`, name);
      }
    },
    there: (it) => it.rename('/y', '/x/y'),
    here: (it) => it.rename('/x', '/y/x'),
    conflicts: ['move/cycle /y/x'],
    wins: {
      here: { '/y': 'dir', '/y/f': 'y', '/y/x': 'dir', '/y/x/f': 'x' },
      there: { '/x': 'dir', '/x/f': 'x', '/x/y': 'dir', '/x/y/f': 'y' },
    },
  },
  'a file made in a directory that is deleted here': {
    base,
    there: (it) => it.write('/d/new', 'of there'),
    here: (it) => it.remove('/d'),
    conflicts: ['directory/deleted /d'],
    alsoTold: ['directory/deleted /d/new'],
    // What was in it and nobody else had touched is gone.
    waiting: { there: { '/d': 'dir', '/d/new': 'of there' } },
    lastWrite: 'there',
    wins: { here: {}, there: { '/d': 'dir', '/d/new': 'of there' } },
    loses: { there: { '/d/new': 'of there' } },
  },
  'a file made in a directory that is deleted there': {
    base,
    there: (it) => it.remove('/d'),
    here: (it) => it.write('/d/new', 'of here'),
    conflicts: ['directory/deleted /d'],
    alsoTold: ['directory/deleted /d/new'],
    waiting: { here: { '/d': 'dir', '/d/new': 'of here' } },
    lastWrite: 'here',
    wins: { here: { '/d': 'dir', '/d/new': 'of here' }, there: {} },
    loses: { here: { '/d/new': 'of here' } },
  },
  'a file edited in a directory that is deleted there': {
    base,
    there: (it) => it.remove('/d'),
    here: (it) => it.write('/d/f', 'of here'),
    conflicts: ['modify/delete /d/f'],
    alsoTold: ['directory/deleted /d'],
    wins: { here: { '/d': 'dir', '/d/f': 'of here' }, there: {} },
    loses: { here: { '/d/f': 'of here' } },
  },
  'a file there against a directory here': {
    there: (it) => it.write('/t', 'of there'),
    here: (it) => {
      it.mkdir('/t');
      it.write('/t/inside', 'of here');
    },
    conflicts: ['type/type /t'],
    alsoTold: ['directory/deleted /t/inside'],
    lastWrite: 'here',
    wins: { here: { '/t': 'dir', '/t/inside': 'of here' }, there: { '/t': 'of there' } },
    loses: { here: { '/t/inside': 'of here' }, there: { '/t': 'of there' } },
    makeWay: { here: (it) => it.remove('/t'), there: (it) => it.remove('/t') },
  },
  'a directory there against a file here': {
    there: (it) => {
      it.mkdir('/t');
      it.write('/t/inside', 'of there');
    },
    here: (it) => it.write('/t', 'of here'),
    conflicts: ['type/type /t'],
    alsoTold: ['directory/deleted /t/inside'],
    lastWrite: 'there',
    wins: { here: { '/t': 'of here' }, there: { '/t': 'dir', '/t/inside': 'of there' } },
    loses: { here: { '/t': 'of here' }, there: { '/t/inside': 'of there' } },
    makeWay: { here: (it) => it.remove('/t'), there: (it) => it.remove('/t') },
  },
  'a file there against a symlink here': {
    there: (it) => it.write('/t', 'of there'),
    here: (it) => it.symlink('/of/here', '/t'),
    conflicts: ['type/type /t'],
    wins: { here: { '/t': '-> /of/here' }, there: { '/t': 'of there' } },
    loses: { here: { '/t': '-> /of/here' }, there: { '/t': 'of there' } },
  },
  'a symlink there against a file here': {
    there: (it) => it.symlink('/of/there', '/t'),
    here: (it) => it.write('/t', 'of here'),
    conflicts: ['type/type /t'],
    wins: { here: { '/t': 'of here' }, there: { '/t': '-> /of/there' } },
    loses: { here: { '/t': 'of here' }, there: { '/t': '-> /of/there' } },
  },
  'a file made there under the name that one here was linked to, and saved anew in its old place': {
    base,
    there: (it) => it.write('/new', 'of there'),
    here: (it) => {
      it.link('/d/f', '/new');
      it.write('/new', 'edited here');
      it.replace('/d/f', 'saved here');
    },
    conflicts: ['create/create /new'],
    wins: {
      here: { '/d': 'dir', '/d/f': 'saved here', '/new': 'edited here' },
      there: { '/d': 'dir', '/d/f': 'saved here', '/new': 'of there' },
    },
    loses: { here: { '/new': 'edited here' }, there: { '/new': 'of there' } },
  },
  'a file made here under the name that one there was moved to, with a new one in its old place': {
    base,
    there: (it) => {
      it.rename('/d/f', '/new');
      it.write('/new', 'edited there');
      it.write('/d/f', 'saved there');
    },
    here: (it) => it.write('/new', 'of here'),
    conflicts: ['create/create /new'],
    wins: {
      here: { '/d': 'dir', '/d/f': 'saved there', '/new': 'of here' },
      there: { '/d': 'dir', '/d/f': 'saved there', '/new': 'edited there' },
    },
    loses: { here: { '/new': 'of here' }, there: { '/new': 'edited there' } },
  },
  'files that are rotated here, the last to a name that is made there': {
    base: (it) => {
      it.write('/log', 'one');
      it.write('/log.1', 'two');
    },
    there: (it) => it.write('/log.2', 'of there'),
    here: (it) => {
      it.rename('/log.1', '/log.2');
      it.rename('/log', '/log.1');
      it.write('/log', 'new');
    },
    conflicts: ['create/create /log.2'],
    // What was moved to it was written long before.
    lastWrite: 'there',
    wins: {
      here: { '/log': 'new', '/log.1': 'one', '/log.2': 'two' },
      there: { '/log': 'new', '/log.1': 'one', '/log.2': 'of there' },
    },
    loses: { there: { '/log.2': 'of there' } },
  },
  'a file moved into a directory that is deleted there, with a new one in its old place': {
    base: (it) => {
      base(it);
      it.mkdir('/old');
    },
    there: (it) => it.remove('/old'),
    here: (it) => {
      it.rename('/d/f', '/old/f');
      it.write('/old/f', 'edited here');
      it.write('/d/f', 'new here');
    },
    conflicts: ['directory/deleted /old'],
    alsoTold: ['directory/deleted /old/f'],
    lastWrite: 'here',
    wins: {
      here: { '/d': 'dir', '/d/f': 'new here', '/old': 'dir', '/old/f': 'edited here' },
      there: { '/d': 'dir', '/d/f': 'new here' },
    },
    loses: { here: { '/old/f': 'edited here' } },
  },
  'a directory deleted here and changed there, of which a file has a name elsewhere that is replaced': {
    base: (it) => {
      base(it);
      it.link('/d/f', '/f');
    },
    there: (it) => it.chmod('/d', 0o700),
    here: (it) => {
      it.remove('/d');
      it.replace('/f', 'of here');
    },
    conflicts: ['delete/modify /d'],
    wins: {
      here: { '/f': 'of here' },
      there: { '/d': 'dir 700', '/d/f': BASE, '/f': 'of here' },
    },
  },
  'two chmods': {
    base,
    there: (it) => it.chmod('/d/f', 0o600),
    here: (it) => it.chmod('/d/f', 0o755),
    conflicts: ['modify/modify /d/f'],
    wins: { here: { '/d': 'dir', '/d/f': 'base 755' }, there: { '/d': 'dir', '/d/f': 'base 600' } },
    loses: { here: { '/d/f': 'base 755' }, there: { '/d/f': 'base 600' } },
  },
  'two chmods of a directory': {
    base,
    there: (it) => it.chmod('/d', 0o700),
    here: (it) => it.chmod('/d', 0o750),
    conflicts: ['modify/modify /d'],
    wins: { here: { '/d': 'dir 750', '/d/f': BASE }, there: { '/d': 'dir 700', '/d/f': BASE } },
  },
  'two chowns': {
    base,
    there: (it) => it.chown('/d/f', 1, 2),
    here: (it) => it.chown('/d/f', 3, 4),
    conflicts: ['modify/modify /d/f'],
    wins: { here: { '/d': 'dir', '/d/f': 'base 3:4' }, there: { '/d': 'dir', '/d/f': 'base 1:2' } },
    loses: { here: { '/d/f': 'base 3:4' }, there: { '/d/f': 'base 1:2' } },
  },
  'two values of an extended attribute': {
    base,
    there: (it) => it.setxattr('/d/f', 'user.x', 'there'),
    here: (it) => it.setxattr('/d/f', 'user.x', 'here'),
    conflicts: ['modify/modify /d/f'],
    wins: {
      here: { '/d': 'dir', '/d/f': 'base user.x=here' },
      there: { '/d': 'dir', '/d/f': 'base user.x=there' },
    },
    loses: { here: { '/d/f': 'base user.x=here' }, there: { '/d/f': 'base user.x=there' } },
  },
  'two times: the later one is taken, and nobody is asked': {
    base,
    there: (it) => it.utimes('/d/f', 1000),
    here: (it) => it.utimes('/d/f', 2000),
    conflicts: [],
    wins: same({ '/d': 'dir', '/d/f': 'base at 2000.123456789' }),
  },
  'an edit here and a chmod there': {
    base,
    there: (it) => it.chmod('/d/f', 0o600),
    here: (it) => it.write('/d/f', 'of here'),
    conflicts: [],
    wins: same({ '/d': 'dir', '/d/f': 'of here 600' }),
  },
  'a rename here and an edit there': {
    base,
    there: (it) => it.write('/d/f', 'of there'),
    here: (it) => it.rename('/d/f', '/here'),
    conflicts: [],
    wins: same({ '/d': 'dir', '/here': 'of there' }),
  },
  'the same edit on both sides': {
    base,
    there: (it) => it.write('/d/f', 'the same'),
    here: (it) => it.write('/d/f', 'the same'),
    conflicts: [],
    wins: same({ '/d': 'dir', '/d/f': 'the same' }),
  },
  'the same file made on both sides': {
    there: (it) => it.write('/new', LARGE),
    here: (it) => it.write('/new', LARGE),
    conflicts: [],
    wins: same({ '/new': LARGE }),
  },
  'the same directory made on both sides, with other things in it': {
    there: (it) => {
      it.mkdir('/new');
      it.write('/new/there', 'of there');
    },
    here: (it) => {
      it.mkdir('/new');
      it.write('/new/here', 'of here');
    },
    conflicts: [],
    wins: same({ '/new': 'dir', '/new/here': 'of here', '/new/there': 'of there' }),
  },
  'the same deletion on both sides': {
    base,
    there: (it) => it.remove('/d'),
    here: (it) => it.remove('/d'),
    conflicts: [],
    wins: same({}),
  },
  'the same rename on both sides': {
    base,
    there: (it) => it.rename('/d', '/e'),
    here: (it) => it.rename('/d', '/e'),
    conflicts: [],
    wins: same({ '/e': 'dir', '/e/f': BASE }),
  },
  'the same attributes on both sides': {
    base,
    there: (it) => {
      it.chmod('/d/f', 0o600);
      it.setxattr('/d/f', 'user.x', 'same');
    },
    here: (it) => {
      it.chmod('/d/f', 0o600);
      it.setxattr('/d/f', 'user.x', 'same');
    },
    conflicts: [],
    wins: same({ '/d': 'dir', '/d/f': 'base 600 user.x=same' }),
  },
};
