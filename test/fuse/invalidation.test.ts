import t from 'tap';
import { Invalidation } from '#src/fuse/invalidation.js';
import {
  NOTIFY_DELETE_OUT,
  NOTIFY_INVAL_ENTRY_OUT,
  NOTIFY_INVAL_INODE_OUT,
  OUT_HEADER,
} from '#src/fuse/protocol/layouts.js';
import { deleteEntry, NotifyCode } from '#src/fuse/protocol/notify.js';
import { decode } from '#src/fuse/protocol/struct.js';

function collect() {
  const messages: Buffer[] = [];
  const invalidation = new Invalidation({ notify: (message) => messages.push(Buffer.from(message)) });
  return { messages, invalidation };
}

const codeOf = (message: Buffer) => decode(OUT_HEADER, message).error;

t.test('a changed entry drops the name, and once a turn the listing of its directory', async (t) => {
  const { messages, invalidation } = collect();
  invalidation.entryChanged(5, 'naïve');
  invalidation.entryChanged(5, 'b');
  invalidation.entryChanged(6, 'c');
  t.same(messages.map(codeOf), [3, 3, 3], 'names at once');
  const first = messages[0]!;
  t.match(decode(OUT_HEADER, first), { len: first.length, error: NotifyCode.INVAL_ENTRY, unique: 0n });
  t.match(decode(NOTIFY_INVAL_ENTRY_OUT, first, 16), { parent: 5n, namelen: 6, flags: 0 });
  t.equal(first.toString('utf8', 32), 'naïve\0');
  await Promise.resolve();
  const listings = messages.slice(3).map((message) => decode(NOTIFY_INVAL_INODE_OUT, message, 16));
  t.same(listings, [
    { ino: 5n, off: 0n, len: 0n },
    { ino: 6n, off: 0n, len: 0n },
  ]);
});

t.test('a changed node drops its attributes, and its bytes when they changed', async (t) => {
  const { messages, invalidation } = collect();
  invalidation.nodeChanged(2 ** 40, false);
  invalidation.nodeChanged(9, true);
  t.same(messages.map(codeOf), [NotifyCode.INVAL_INODE, NotifyCode.INVAL_INODE]);
  t.same(decode(NOTIFY_INVAL_INODE_OUT, messages[0]!, 16), { ino: 2n ** 40n, off: -1n, len: 0n });
  t.same(decode(NOTIFY_INVAL_INODE_OUT, messages[1]!, 16), { ino: 9n, off: 0n, len: 0n });
});

t.test('a change of everything is a header of 16 bytes with INC_EPOCH', async (t) => {
  const { messages, invalidation } = collect();
  invalidation.allNamesChanged();
  t.same(messages, [Buffer.from([16, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]);
});

t.test('nothing is queued once the mount has gone', async (t) => {
  const { messages, invalidation } = collect();
  invalidation.entryChanged(1, 'a');
  invalidation.stop();
  invalidation.nodeChanged(1, true);
  await Promise.resolve();
  t.equal(messages.length, 1);
});

t.test('a deletion names parent, child and entry', async (t) => {
  const message = deleteEntry(3, 4, 'gone');
  t.match(decode(NOTIFY_DELETE_OUT, message, 16), { parent: 3n, child: 4n, namelen: 4 });
  t.equal(message.length, 16 + 24 + 5);
});
