/*
 * The benchmark's client: one process for one directory, told over stdin what to do, answering over stdout.
 *
 * A line `OPERATION PATH COUNT [SEED]` runs one loop and answers one JSON line {"operations", "ns"}: wall time of the
 * system calls alone, by CLOCK_MONOTONIC; preparation (warming, making directories) is outside of it. Whatever fails
 * answers {"error"} and the loop goes no further. Files lie in directories of PER_DIRECTORY, and for `*-large` in one.
 * `parallel-*` does the operation in PROCESSES processes at once, each in a directory of its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PER_DIRECTORY = 1000, SMALL_BYTES = 4096, BLOCK_BYTES = 1 << 20, PATH_BYTES = 4096, POLL_NS = 200000, PROCESSES = 4 };

struct request {
  char operation[64];
  char path[PATH_BYTES];
  long count;
  uint64_t seed;
};

struct result {
  long operations;
  uint64_t ns;
};

static char block[BLOCK_BYTES];
static const char *failed_call = "";

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int fail(const char *call) {
  failed_call = call;
  return -1;
}

/* xorshift64*: bytes that nothing can compress. */
static void fill(char *bytes, size_t length, uint64_t seed) {
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 0x1234567u;
  if (state == 0) state = 1;
  for (size_t at = 0; at + 8 <= length; at += 8) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    uint64_t word = state * 0x2545f4914f6cdd1du;
    memcpy(bytes + at, &word, 8);
  }
}

static void spread_name(char *name, const char *path, char letter, long i) {
  snprintf(name, PATH_BYTES, "%.3500s/d%03ld/%c%06ld", path, i / PER_DIRECTORY, letter, i);
}

static void large_name(char *name, const char *path, char letter, long i) {
  snprintf(name, PATH_BYTES, "%.3500s/large/%c%06ld", path, letter, i);
}

typedef void (*naming)(char *, const char *, char, long);

static naming naming_of(const struct request *request) {
  size_t length = strlen(request->operation);
  return length > 6 && strcmp(request->operation + length - 6, "-large") == 0 ? large_name : spread_name;
}

static int make_directories(const struct request *request) {
  char name[PATH_BYTES];
  if (mkdir(request->path, 0755) != 0 && errno != EEXIST) return fail("mkdir");
  if (naming_of(request) == large_name) {
    snprintf(name, sizeof name, "%.3500s/large", request->path);
    return mkdir(name, 0755) != 0 && errno != EEXIST ? fail("mkdir") : 0;
  }
  for (long i = 0; i < request->count; i += PER_DIRECTORY) {
    snprintf(name, sizeof name, "%.3500s/d%03ld", request->path, i / PER_DIRECTORY);
    if (mkdir(name, 0755) != 0 && errno != EEXIST) return fail("mkdir");
  }
  return 0;
}

/* 1: dentries and inodes go, 2: pages go, 3: both; what is dirty is written first so that it can go. */
static int drop_caches(const char *what) {
  sync();
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
  if (fd < 0) return fail("drop caches");
  int written = (int)write(fd, what, 1);
  close(fd);
  return written == 1 ? 0 : fail("drop caches");
}

static int lookup(const struct request *request, struct result *result) {
  /* Never the same name twice: an absence would be remembered. */
  static long next;
  char name[PATH_BYTES];
  struct stat found;
  if (mkdir(request->path, 0755) != 0 && errno != EEXIST) return fail("mkdir");
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    snprintf(name, sizeof name, "%.3500s/absent-%08ld", request->path, next++);
    if (stat(name, &found) == 0 || errno != ENOENT) return fail("stat");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int create_files(const struct request *request, struct result *result, size_t bytes) {
  char name[PATH_BYTES];
  naming name_of = naming_of(request);
  if (make_directories(request) != 0) return -1;
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    name_of(name, request->path, 'f', i);
    /* Each file differs, so that nothing is stored once for all of them. */
    uint64_t tag[2] = {request->seed, (uint64_t)i};
    memcpy(block, tag, sizeof tag);
    int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (fd < 0) return fail("open");
    if (write(fd, block, bytes) != (ssize_t)bytes) return fail("write");
    if (close(fd) != 0) return fail("close");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int create(const struct request *request, struct result *result) {
  return create_files(request, result, SMALL_BYTES);
}

static int create_1k(const struct request *request, struct result *result) {
  fill(block, 1024, request->seed);
  char name[PATH_BYTES];
  if (make_directories(request) != 0) return -1;
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    spread_name(name, request->path, 'f', i);
    fill(block, 1024, request->seed * 1000003u + (uint64_t)i);
    int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (fd < 0) return fail("open");
    if (write(fd, block, 1024) != 1024) return fail("write");
    if (close(fd) != 0) return fail("close");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int stat_once(const struct request *request) {
  char name[PATH_BYTES];
  naming name_of = naming_of(request);
  struct stat found;
  for (long i = 0; i < request->count; i++) {
    name_of(name, request->path, 'f', i);
    if (stat(name, &found) != 0) return fail("stat");
  }
  return 0;
}

static int read_once(const struct request *request) {
  static char bytes[SMALL_BYTES];
  char name[PATH_BYTES];
  naming name_of = naming_of(request);
  for (long i = 0; i < request->count; i++) {
    name_of(name, request->path, 'f', i);
    int fd = open(name, O_RDONLY);
    if (fd < 0) return fail("open");
    if (read(fd, bytes, sizeof bytes) != SMALL_BYTES) return fail("read");
    if (close(fd) != 0) return fail("close");
  }
  return 0;
}

/* A first pass warms; then as many as `passes`, timed. */
static int warm(const struct request *request, struct result *result, int (*pass)(const struct request *), int passes) {
  if (pass(request) != 0) return -1;
  uint64_t started = now_ns();
  for (int i = 0; i < passes; i++) {
    if (pass(request) != 0) return -1;
  }
  result->ns = now_ns() - started;
  result->operations = request->count * passes;
  return 0;
}

static int stat_warm(const struct request *request, struct result *result) {
  return warm(request, result, stat_once, 5);
}

static int open_read_warm(const struct request *request, struct result *result) {
  return warm(request, result, read_once, 2);
}

static int rename_files(const struct request *request, struct result *result) {
  char from[PATH_BYTES], to[PATH_BYTES];
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    spread_name(from, request->path, 'f', i);
    spread_name(to, request->path, 'g', i);
    if (rename(from, to) != 0) return fail("rename");
  }
  result->ns = now_ns() - started;
  for (long i = 0; i < request->count; i++) {
    spread_name(from, request->path, 'f', i);
    spread_name(to, request->path, 'g', i);
    if (rename(to, from) != 0) return fail("rename");
  }
  return 0;
}

static int unlink_files(const struct request *request, struct result *result) {
  char name[PATH_BYTES];
  naming name_of = naming_of(request);
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    name_of(name, request->path, 'f', i);
    if (unlink(name) != 0) return fail("unlink");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int make_empty(const struct request *request, struct result *result) {
  char name[PATH_BYTES];
  if (make_directories(request) != 0) return -1;
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    spread_name(name, request->path, 'm', i);
    if (mkdir(name, 0755) != 0) return fail("mkdir");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int remove_empty(const struct request *request, struct result *result) {
  char name[PATH_BYTES];
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    spread_name(name, request->path, 'm', i);
    if (rmdir(name) != 0) return fail("rmdir");
  }
  result->ns = now_ns() - started;
  return 0;
}

static int list_once(const struct request *request, struct result *result) {
  char name[PATH_BYTES];
  snprintf(name, sizeof name, "%.3500s/large", request->path);
  DIR *directory = opendir(name);
  if (directory == NULL) return fail("opendir");
  result->operations = 0;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) break;
    struct stat found;
    if (entry->d_name[0] == '.') continue;
    if (fstatat(dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) return fail("stat");
    result->operations++;
  }
  if (errno != 0) return fail("readdir");
  closedir(directory);
  return result->operations == request->count ? 0 : fail("count");
}

static int list_cold(const struct request *request, struct result *result) {
  if (drop_caches("2") != 0) return -1;
  uint64_t started = now_ns();
  if (list_once(request, result) != 0) return -1;
  result->ns = now_ns() - started;
  return 0;
}

static int list_again(const struct request *request, struct result *result) {
  if (list_once(request, result) != 0) return -1;
  uint64_t started = now_ns();
  if (list_once(request, result) != 0) return -1;
  result->ns = now_ns() - started;
  return 0;
}

static int write_big(const struct request *request, struct result *result, int durable) {
  char name[PATH_BYTES];
  if (mkdir(request->path, 0755) != 0 && errno != EEXIST) return fail("mkdir");
  snprintf(name, sizeof name, "%.3500s/big", request->path);
  unlink(name);
  fill(block, sizeof block, request->seed + 7);
  uint64_t started = now_ns();
  int fd = open(name, O_CREAT | O_WRONLY, 0644);
  if (fd < 0) return fail("open");
  for (long i = 0; i < request->count; i++) {
    memcpy(block, &i, sizeof i);
    if (write(fd, block, sizeof block) != (ssize_t)sizeof block) return fail("write");
  }
  if (durable && fsync(fd) != 0) return fail("fsync");
  if (close(fd) != 0) return fail("close");
  result->ns = now_ns() - started;
  return 0;
}

static int write_sequential(const struct request *request, struct result *result) {
  return write_big(request, result, 0);
}

static int write_durable(const struct request *request, struct result *result) {
  return write_big(request, result, 1);
}

static int read_big(const struct request *request, struct result *result) {
  char name[PATH_BYTES];
  snprintf(name, sizeof name, "%.3500s/big", request->path);
  uint64_t started = now_ns();
  int fd = open(name, O_RDONLY);
  if (fd < 0) return fail("open");
  for (long i = 0; i < request->count; i++) {
    if (read(fd, block, sizeof block) != (ssize_t)sizeof block) return fail("read");
    long index;
    memcpy(&index, block, sizeof index);
    if (index != i) return fail("compare");
  }
  close(fd);
  result->ns = now_ns() - started;
  return 0;
}

static int read_cold(const struct request *request, struct result *result) {
  return drop_caches("1") != 0 ? -1 : read_big(request, result);
}

static int read_cached(const struct request *request, struct result *result) {
  return read_big(request, result) != 0 ? -1 : read_big(request, result);
}

/* Single pages from all over the file, none twice in a row; what lies around them is not wanted. */
static int read_random(const struct request *request, struct result *result) {
  static char bytes[SMALL_BYTES];
  char name[PATH_BYTES];
  struct stat file;
  uint64_t state = request->seed + 0x9e3779b97f4a7c15u;
  snprintf(name, sizeof name, "%.3500s/big", request->path);
  if (drop_caches("1") != 0) return -1;
  int fd = open(name, O_RDONLY);
  if (fd < 0 || fstat(fd, &file) != 0) return fail("open");
  uint64_t pages = (uint64_t)file.st_size / SMALL_BYTES;
  uint64_t started = now_ns();
  for (long i = 0; i < request->count; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    off_t at = (off_t)((state >> 33) % pages) * SMALL_BYTES;
    if (pread(fd, bytes, sizeof bytes, at) != SMALL_BYTES) return fail("read");
  }
  result->ns = now_ns() - started;
  close(fd);
  return 0;
}

/* From the first that begins its timed part to the last that ends it. */
static int in_parallel(const struct request *request, struct result *result,
                       int (*run)(const struct request *, struct result *)) {
  struct span {
    uint64_t from, to;
    long operations;
  } *spans = mmap(NULL, PROCESSES * sizeof *spans, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (spans == MAP_FAILED) return fail("mmap");
  if (mkdir(request->path, 0755) != 0 && errno != EEXIST) return fail("mkdir");
  fflush(stdout);
  int failed = 0, status;
  for (int i = 0; i < PROCESSES; i++) {
    pid_t child = fork();
    if (child < 0) return fail("fork");
    if (child > 0) continue;
    struct request mine = *request;
    mine.count = request->count / PROCESSES;
    snprintf(mine.path, sizeof mine.path, "%.3500s/process-%d", request->path, i);
    struct result one = {.operations = mine.count};
    if (run(&mine, &one) != 0) _exit(errno > 0 && errno < 256 ? errno : 1);
    spans[i] = (struct span){.to = now_ns(), .operations = one.operations};
    spans[i].from = spans[i].to - one.ns;
    _exit(0);
  }
  for (int i = 0; i < PROCESSES; i++) {
    if (wait(&status) < 0 || !WIFEXITED(status)) failed = EIO;
    else if (WEXITSTATUS(status) != 0) failed = WEXITSTATUS(status);
  }
  uint64_t from = UINT64_MAX, to = 0;
  result->operations = 0;
  for (int i = 0; i < PROCESSES; i++) {
    if (spans[i].from < from) from = spans[i].from;
    if (spans[i].to > to) to = spans[i].to;
    result->operations += spans[i].operations;
  }
  munmap(spans, PROCESSES * sizeof *spans);
  errno = failed;
  result->ns = to - from;
  return failed == 0 ? 0 : fail("a process of several");
}

/* The kernel forgets names, inodes and pages that nobody uses. */
static int forget_all(const struct request *request, struct result *result) {
  (void)request;
  uint64_t started = now_ns();
  if (drop_caches("3") != 0) return -1;
  result->ns = now_ns() - started;
  return 0;
}

/* Waits until a path is there; COUNT is the longest time in seconds. */
static int await_path(const struct request *request, struct result *result) {
  struct timespec pause = {.tv_nsec = POLL_NS};
  struct stat found;
  uint64_t started = now_ns();
  while (stat(request->path, &found) != 0) {
    if (now_ns() - started > (uint64_t)request->count * 1000000000) return fail("await");
    nanosleep(&pause, NULL);
  }
  result->ns = now_ns() - started;
  return 0;
}

/* An edit of PATH until it is read at the path that follows it after a '|'; COUNT makes each edit a new text. */
static int edit(const struct request *request, struct result *result) {
  char from[PATH_BYTES], text[64], seen[64];
  struct timespec pause = {.tv_nsec = POLL_NS};
  snprintf(from, sizeof from, "%s", request->path);
  char *to = strchr(from, '|');
  if (to == NULL) return fail("parse");
  *to++ = '\0';
  int length = snprintf(text, sizeof text, "edit %ld\n", request->count);
  uint64_t started = now_ns();
  int fd = open(from, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (fd < 0) return fail("open");
  if (write(fd, text, (size_t)length) != length || close(fd) != 0) return fail("write");
  for (;;) {
    fd = open(to, O_RDONLY);
    ssize_t got = fd < 0 ? 0 : read(fd, seen, sizeof seen);
    if (fd >= 0) close(fd);
    if (got == length && memcmp(seen, text, (size_t)length) == 0) break;
    if (now_ns() - started > 20000000000u) return fail("await");
    nanosleep(&pause, NULL);
  }
  result->ns = now_ns() - started;
  result->operations = 1;
  return 0;
}

static const struct {
  const char *name;
  int (*run)(const struct request *, struct result *);
} OPERATIONS[] = {
    {"lookup", lookup},         {"create", create},         {"create-large", create},       {"create-1k", create_1k},
    {"stat", stat_warm},        {"stat-large", stat_warm},  {"open-read", open_read_warm},  {"rename", rename_files},
    {"unlink", unlink_files},   {"unlink-large", unlink_files}, {"mkdir", make_empty},      {"rmdir", remove_empty},
    {"list-cold", list_cold},   {"list-again", list_again}, {"write", write_sequential},    {"write-fsync", write_durable},
    {"read-cold", read_cold},   {"read-cached", read_cached}, {"await", await_path},        {"edit", edit},
    {"read-random", read_random}, {"forget", forget_all},
};

int main(void) {
  static char line[2 * PATH_BYTES];
  fill(block, sizeof block, 1);
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct request request = {.count = 0};
    struct result result = {0};
    char format[64];
    snprintf(format, sizeof format, "%%63s %%%ds %%ld %%lu", PATH_BYTES - 1);
    int fields = sscanf(line, format, request.operation, request.path, &request.count, &request.seed);
    int status = fields < 3 ? fail("parse") : -2;
    int parallel = strncmp(request.operation, "parallel-", 9) == 0;
    const char *operation = request.operation + (parallel ? 9 : 0);
    for (size_t i = 0; status == -2 && i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
      if (strcmp(operation, OPERATIONS[i].name) != 0) continue;
      result.operations = request.count;
      status = (parallel ? in_parallel(&request, &result, OPERATIONS[i].run) : OPERATIONS[i].run(&request, &result));
    }
    if (status == -2) fail("operation");
    if (status == 0) printf("{\"operations\":%ld,\"ns\":%lu}\n", result.operations, result.ns);
    else printf("{\"error\":\"%s: %s\"}\n", failed_call, strerror(errno));
    fflush(stdout);
  }
  return 0;
}
