import t from 'tap';
import * as layouts from '#src/fuse/protocol/layouts.js';
import { MESSAGES, minimumLength, OPCODE_LIMIT, Opcode, opcodeName } from '#src/fuse/protocol/opcodes.js';
import { decode, encode, type Struct, struct } from '#src/fuse/protocol/struct.js';

/** sizeof of each struct, from uapi/linux/fuse.h as the C compiler lays it out. */
const SIZES: Record<string, number> = {
  fuse_in_header: 40,
  fuse_out_header: 16,
  fuse_attr: 88,
  fuse_entry_out: 128,
  fuse_attr_out: 104,
  fuse_forget_in: 8,
  fuse_forget_one: 16,
  fuse_batch_forget_in: 8,
  fuse_getattr_in: 16,
  fuse_mknod_in: 16,
  fuse_mkdir_in: 8,
  fuse_rename_in: 8,
  fuse_rename2_in: 16,
  fuse_link_in: 8,
  fuse_setattr_in: 88,
  fuse_open_in: 8,
  fuse_create_in: 16,
  fuse_open_out: 16,
  fuse_release_in: 24,
  fuse_flush_in: 24,
  fuse_read_in: 40,
  fuse_write_in: 40,
  fuse_write_out: 8,
  fuse_kstatfs: 80,
  fuse_fsync_in: 16,
  fuse_setxattr_in: 16,
  fuse_getxattr_in: 8,
  fuse_getxattr_out: 8,
  fuse_access_in: 8,
  fuse_init_in: 64,
  fuse_init_out: 64,
  fuse_interrupt_in: 8,
  fuse_fallocate_in: 32,
  fuse_lseek_in: 24,
  fuse_lseek_out: 8,
  fuse_copy_file_range_in: 56,
  fuse_copy_file_range_out: 8,
  fuse_syncfs_in: 8,
  fuse_statx_in: 24,
  fuse_statx_out: 288,
  fuse_dirent: 24,
  fuse_notify_inval_inode_out: 24,
  fuse_notify_inval_entry_out: 16,
  fuse_notify_delete_out: 24,
};

const ALL = Object.values(layouts).filter((value): value is Struct => typeof value === 'object');

t.test('every struct has the size that the kernel header gives it', async (t) => {
  t.equal(ALL.length, Object.keys(SIZES).length, 'every layout is checked');
  for (const layout of ALL) t.equal(layout.size, SIZES[layout.name], layout.name);
});

t.test('every struct comes back from its bytes as it went in', async (t) => {
  for (const layout of ALL) {
    const values: Record<string, number | bigint> = {};
    for (const [index, field] of layout.fields.entries()) {
      if (field.type.startsWith('pad')) continue;
      if (field.type === 'u16') values[field.name] = 0xff00 + index;
      else if (field.type === 'u32') values[field.name] = 0xffff_ff00 + index;
      else if (field.type === 'i32') values[field.name] = -index - 1;
      else if (field.type === 'i64') values[field.name] = -(2n ** 62n) - BigInt(index);
      else values[field.name] = 2n ** 64n - 1n - BigInt(index);
    }
    const bytes = encode(layout, values);
    t.equal(bytes.length, layout.size, layout.name);
    t.same(decode(layout, bytes), values, layout.name);
  }
});

t.test('fields stand where the C compiler puts them', async (t) => {
  t.equal(layouts.IN_HEADER.offsets.total_extlen, 36);
  t.equal(layouts.ENTRY_OUT.offsets.ino, 40);
  t.equal(layouts.SETATTR_IN.offsets.mode, 68);
  t.equal(layouts.STATX_OUT.offsets.btime, 32 + 80);
  t.equal(layouts.INIT_OUT.offsets.request_timeout, 40);
});

t.test('a struct whose fields are not aligned is refused', async (t) => {
  t.throws(() => struct('bad', { a: 'u32', b: 'u64' }), { message: /bad\.b is not aligned/ });
});

t.test('opcodes have one name each, and an unknown one is UNKNOWN', async (t) => {
  const numbers = Object.values(Opcode);
  t.equal(new Set(numbers).size, numbers.length);
  t.equal(Math.max(...numbers), OPCODE_LIMIT - 1);
  t.equal(opcodeName(Opcode.COPY_FILE_RANGE_64), 'COPY_FILE_RANGE_64');
  t.equal(opcodeName(4096), 'UNKNOWN');
  t.equal(minimumLength(Opcode.RENAME2), 40 + 16 + 2);
  t.equal(MESSAGES.get(Opcode.FORGET)?.reply, 'none');
});
