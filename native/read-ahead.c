/*
 * Reads ahead in a database where the kernel does not.
 *
 * The kernel reads ahead of who reads upwards. SQLite gives freed pages out again from the highest down, so a large file that
 * took the place of another lies in the database backwards, or forwards by chunks that lie backwards: each page would be
 * waited for alone. Where reads go on close to each other and mostly downwards, the kernel is asked for what lies around
 * them (posix_fadvise(2)), a step ahead in the direction that they take.
 *
 * This is a run-time loadable extension of SQLite (https://sqlite.org/loadext.html). It stands before pread(2) of the VFS
 * "unix", for every connection of the process, and stays. It only advises: what is read is what pread(2) returns.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT1

enum {
  /* Reads no further apart than this belong together; bytes. */
  NEAR = 256 * 1024,
  STEP = 1024 * 1024,
  MARGIN = STEP / 4,
  /* Most that is taken for still cached, bytes. */
  WINDOW = 4 * STEP,
  /* So many more reads went downwards than by half of those that went upwards. */
  ENOUGH = 8,
  MOST = 12,
  FILES = 4,
};

/* Of one file that this thread reads: where the last read was, and what was asked for around it. */
struct trail {
  int fd;
  int downwards;
  off_t at;
  off_t from;
  off_t to;
};

static ssize_t (*next_pread)(int, void *, size_t, off_t);
static _Thread_local struct trail trails[FILES];
static atomic_long asked;

static void ask(int fd, off_t from, off_t to) {
  if (posix_fadvise(fd, from, to - from, POSIX_FADV_WILLNEED) == 0) atomic_fetch_add(&asked, 1);
}

static off_t below(off_t place, off_t bytes) {
  return place > bytes ? place - bytes : 0;
}

/* Keeps the window around the place, asking for what it grows by. */
static void look_around(struct trail *trail) {
  off_t at = trail->at;
  if (at < trail->from || at >= trail->to) {
    trail->from = below(at, STEP / 2);
    trail->to = at + STEP / 2;
    ask(trail->fd, trail->from, trail->to);
  } else if (at - trail->from < MARGIN && trail->from > 0) {
    off_t from = below(trail->from, STEP);
    ask(trail->fd, from, trail->from);
    trail->from = from;
    if (trail->to - from > WINDOW) trail->to = from + WINDOW;
  } else if (trail->to - at < MARGIN) {
    ask(trail->fd, trail->to, trail->to + STEP);
    trail->to += STEP;
    trail->from = trail->from > trail->to - WINDOW ? trail->from : trail->to - WINDOW;
  }
}

static void follow(int fd, off_t at) {
  struct trail *trail = &trails[fd % FILES];
  if (trail->fd != fd) *trail = (struct trail){.fd = fd, .at = at};
  off_t step = at - trail->at;
  trail->at = at;
  bool down = step < 0 && step > -NEAR;
  trail->downwards += down ? 1 : -2;
  if (trail->downwards < 0) trail->downwards = 0;
  if (trail->downwards > MOST) trail->downwards = MOST;
  if (trail->downwards >= ENOUGH) look_around(trail);
}

static ssize_t following_pread(int fd, void *bytes, size_t count, off_t at) {
  follow(fd, at);
  return next_pread(fd, bytes, count, at);
}

static void stand_before_pread(void) {
  sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
  if (vfs == NULL || vfs->iVersion < 3) return;
  /* SQLite calls the one or the other, as it was compiled; on Linux with 64 bits they are the same. */
  const char *names[] = {"pread64", "pread"};
  for (int i = 0; i < 2 && next_pread == NULL; i++) {
    sqlite3_syscall_ptr found = vfs->xGetSystemCall(vfs, names[i]);
    if (found == NULL) continue;
    next_pread = (ssize_t(*)(int, void *, size_t, off_t))found;
    vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)following_pread);
  }
}

/* agentfs_read_ahead(): how often this process has asked so far. */
static void tell(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  (void)values;
  sqlite3_result_int64(context, atomic_load(&asked));
}

__attribute__((visibility("default"))) int sqlite3_agentfs_init(sqlite3 *db, char **error,
                                                                const sqlite3_api_routines *api) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)error;
  SQLITE_EXTENSION_INIT2(api);
  if (sizeof(off_t) == 8) pthread_once(&once, stand_before_pread);
  int result = sqlite3_create_function(db, "agentfs_read_ahead", 0, SQLITE_UTF8, NULL, tell, NULL, NULL);
  return result == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : result;
}
