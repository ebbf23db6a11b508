/*
 * LD_PRELOAD for an owner: fails system calls on the workspace database, and shifts the clock, as a small shared file says.
 *
 * AGENTFS_FAULTS names the file; `faults.mjs` writes it. Nothing is failed but calls on files whose path has "workspace.db" in
 * it, and not the lock beside it. Built by cc when it is wanted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { FAIL_WRITES = 1, FAIL_SYNCS = 2, FAIL_READS = 4 };

struct control {
  int32_t what;      /* FAIL_* bits */
  int32_t error;     /* errno */
  int32_t pass;      /* so many calls go through before the first that fails */
  int32_t left;      /* so many fail, then none; negative: all */
  int32_t failed;    /* how many have failed */
  int32_t reserved;
  int64_t shift_sec; /* added to the clock of the day */
};

static struct control none;
static volatile struct control *control = (volatile struct control *)&none;

__attribute__((constructor)) static void open_control(void) {
  const char *path = getenv("AGENTFS_FAULTS");
  if (path == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) control = map;
}

static int is_database(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  return name != NULL && strncmp(name, "/workspace.db", 13) == 0 && strstr(name, "lock") == NULL &&
         strstr(name, "owner") == NULL;
}

/* Whether this call is to fail; sets errno. */
static int fails(int kind, int fd) {
  if ((control->what & kind) == 0 || control->left == 0) return 0;
  int saved = errno;
  int ours = is_database(fd);
  errno = saved;
  if (!ours) return 0;
  if (__sync_fetch_and_sub(&control->pass, 1) > 0) return 0;
  if (control->left > 0) __sync_fetch_and_sub(&control->left, 1);
  __sync_fetch_and_add(&control->failed, 1);
  errno = control->error;
  return 1;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return fails(FAIL_WRITES, fd) ? -1 : real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return fails(FAIL_WRITES, fd) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return fails(FAIL_WRITES, fd) ? -1 : real(fd, data, size, at);
}
int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  return fails(FAIL_WRITES, fd) ? -1 : real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return fails(FAIL_WRITES, fd) ? -1 : real(fd, size);
}
ssize_t read(int fd, void *data, size_t size) {
  REAL(ssize_t, "read", int, void *, size_t);
  return fails(FAIL_READS, fd) ? -1 : real(fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) {
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  return fails(FAIL_READS, fd) ? -1 : real(fd, data, size, at);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
  REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
  return fails(FAIL_READS, fd) ? -1 : real(fd, data, size, at);
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return fails(FAIL_SYNCS, fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return fails(FAIL_SYNCS, fd) ? -1 : real(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(int, "clock_gettime", clockid_t, struct timespec *);
  int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control->shift_sec;
  return result;
}
int gettimeofday(struct timeval *now, void *zone) {
  REAL(int, "gettimeofday", struct timeval *, void *);
  int result = real(now, zone);
  if (result == 0) now->tv_sec += control->shift_sec;
  return result;
}
time_t time(time_t *into) {
  REAL(time_t, "time", time_t *);
  time_t now = real(NULL) + control->shift_sec;
  if (into != NULL) *into = now;
  return now;
}
