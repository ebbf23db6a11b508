/*
 * Mounting and unmounting, always on a thread of the pool: the kernel and the helper may take their time, and the
 * caller's thread may be the one that has to answer them.
 *
 * With the right to mount, mount(2) is used; without it the set-user-id helper of the fuse3 package mounts and sends
 * the open device back over a socket (SCM_RIGHTS), in the protocol that it has with libfuse (_FUSE_COMMFD). Which of
 * the two, and what an error means to a person, is decided in TypeScript: here an error carries `step` (open, mount,
 * helper, unmount, probe), `errno` and the helper's own words in `detail`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"

#define DEVICE "/dev/fuse"
#define FILESYSTEM_TYPE "fuse.agentfs"
enum { PROBE_DEADLINE_MS = 2000, HELPER_DEADLINE_MS = 20000 };

struct task {
  napi_async_work work;
  napi_deferred deferred;
  void (*run)(struct task *task);
  uint32_t flags; /* MS_ flags of a mount, MNT_ flags of an unmount */
  char *texts[3];
  int fd;    /* the open device, when the task made one; else -1 */
  int error; /* an error number, 0 for success */
  const char *step;
  char detail[1024];
};

static void fail(struct task *task, const char *step, int error) {
  task->step = step;
  task->error = error;
}

static int open_device(void) { return open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK); }

/* texts: mountpoint, source, further options */
static void run_mount_direct(struct task *task) {
  int fd = open_device();
  if (fd < 0) {
    fail(task, "open", errno);
    return;
  }
  char *data = NULL;
  if (asprintf(&data, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,%s", fd, (unsigned)geteuid(),
               (unsigned)getegid(), task->texts[2]) < 0) {
    close(fd);
    fail(task, "mount", ENOMEM);
    return;
  }
  if (mount(task->texts[1], task->texts[0], FILESYSTEM_TYPE, task->flags, data) != 0) {
    fail(task, "mount", errno);
    close(fd);
  } else {
    task->fd = fd;
  }
  free(data);
}

/* Starts the helper with `channel_fd` (or none, -1) as its descriptor 3 and its diagnostics in `error_fd`. */
static int spawn_helper(pid_t *pid, char *const arguments[], int channel_fd, int error_fd) {
  char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "_FUSE_COMMFD=3", NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  posix_spawn_file_actions_adddup2(&actions, error_fd, 2);
  if (channel_fd >= 0) posix_spawn_file_actions_adddup2(&actions, channel_fd, 3);
  posix_spawnattr_init(&attributes);
  sigemptyset(&none);
  sigfillset(&defaults);
  sigdelset(&defaults, SIGKILL);
  sigdelset(&defaults, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* Reads what the helper says until it closes its end, keeping the beginning. False when the deadline passed. */
static bool read_detail(struct task *task, int fd) {
  size_t used = 0;
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int count = poll(&ready, 1, HELPER_DEADLINE_MS);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    char rest[256];
    bool room = used < sizeof task->detail - 1;
    ssize_t length = room ? read(fd, task->detail + used, sizeof task->detail - 1 - used) : read(fd, rest, sizeof rest);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    if (room) used += (size_t)length;
  }
  task->detail[used] = '\0';
  return true;
}

static int receive_device(int socket) {
  char byte;
  struct iovec vector = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length;
  do {
    length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (length < 0 && errno == EINTR);
  struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/* Runs the helper to its end. True when it exited with 0. */
static bool run_helper(struct task *task, char *const arguments[], int channel_fd) {
  int diagnostics[2];
  if (pipe2(diagnostics, O_CLOEXEC) != 0) {
    fail(task, "helper", errno);
    return false;
  }
  pid_t pid;
  int error = spawn_helper(&pid, arguments, channel_fd, diagnostics[1]);
  close(diagnostics[1]);
  if (error != 0) {
    close(diagnostics[0]);
    fail(task, "helper", error);
    return false;
  }
  if (!read_detail(task, diagnostics[0])) kill(pid, SIGKILL);
  close(diagnostics[0]);
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno == EINTR) continue;
    fail(task, "helper", errno);
    return false;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  fail(task, "helper", EIO);
  return false;
}

/* texts: mountpoint, helper, options */
static void run_mount_with_helper(struct task *task) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    fail(task, "helper", errno);
    return;
  }
  char *arguments[] = {task->texts[1], "-o", task->texts[2], "--", task->texts[0], NULL};
  bool done = run_helper(task, arguments, pair[1]);
  close(pair[1]);
  if (done) {
    task->fd = receive_device(pair[0]);
    if (task->fd < 0) fail(task, "helper", EPROTO);
    else if (fcntl(task->fd, F_SETFL, O_NONBLOCK) != 0) fail(task, "open", errno);
  }
  close(pair[0]);
}

/* texts: mountpoint */
static void run_unmount_direct(struct task *task) {
  if (umount2(task->texts[0], UMOUNT_NOFOLLOW | (int)task->flags) != 0) fail(task, "unmount", errno);
}

/* texts: mountpoint, helper */
static void run_unmount_with_helper(struct task *task) {
  char *lazy[] = {task->texts[1], "-u", "-z", "--", task->texts[0], NULL};
  char *plain[] = {task->texts[1], "-u", "--", task->texts[0], NULL};
  run_helper(task, (task->flags & MNT_DETACH) != 0 ? lazy : plain, -1);
}

/*
 * texts: mountpoint. Asks the filesystem there for its statistics, which is never answered from a cache; error is what
 * it said. A process of its own asks, because one that nobody answers could not be given up otherwise: then ETIMEDOUT.
 */
static void run_probe(struct task *task) {
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) {
    fail(task, "probe", errno);
    return;
  }
  if (pid == 0) {
    /* Only calls that are safe after a fork of a threaded process. No device may stay open through us. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(255);
#ifdef SYS_close_range
    syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
    struct statfs answer;
    _exit(statfs(task->texts[0], &answer) == 0 ? 0 : errno & 0x7f);
  }
  for (int waited = 0;; waited++) {
    int status;
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) {
      int error = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
      if (error != 0) fail(task, "probe", error);
      return;
    }
    if (ended < 0 && errno != EINTR) {
      fail(task, "probe", errno);
      return;
    }
    if (waited == PROBE_DEADLINE_MS) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, WNOHANG);
      fail(task, "probe", ETIMEDOUT);
      return;
    }
    usleep(1000);
  }
}

static void execute(napi_env env, void *data) {
  (void)env;
  struct task *task = data;
  task->run(task);
}

static napi_value task_error(napi_env env, const struct task *task) {
  napi_value message, error, number, step, detail;
  napi_create_string_utf8(env, strerror(task->error), NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, NULL, message, &error);
  napi_create_int32(env, task->error, &number);
  napi_create_string_utf8(env, task->step, NAPI_AUTO_LENGTH, &step);
  napi_create_string_utf8(env, task->detail, NAPI_AUTO_LENGTH, &detail);
  napi_set_named_property(env, error, "errno", number);
  napi_set_named_property(env, error, "step", step);
  napi_set_named_property(env, error, "detail", detail);
  return error;
}

static void complete(napi_env env, napi_status status, void *data) {
  struct task *task = data;
  struct channel *channel = NULL;
  if (status != napi_ok && task->error == 0) fail(task, "mount", ECANCELED);
  if (task->fd >= 0 && task->error == 0) {
    channel = channel_create(env, task->fd);
    if (channel == NULL) fail(task, "open", ENOMEM);
    else task->fd = -1;
  }
  if (task->fd >= 0) close(task->fd);
  if (task->error == 0) {
    napi_value result = NULL;
    if (channel != NULL) result = channel_to_value(env, channel);
    else napi_get_undefined(env, &result);
    if (result != NULL) napi_resolve_deferred(env, task->deferred, result);
  } else {
    napi_reject_deferred(env, task->deferred, task_error(env, task));
  }
  napi_delete_async_work(env, task->work);
  for (int i = 0; i < 3; i++) free(task->texts[i]);
  free(task);
}

static char *copy_text(napi_env env, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text != NULL) napi_get_value_string_utf8(env, value, text, length + 1, &length);
  return text;
}

/* Arguments from JavaScript: as many strings as `texts`, then, optionally, one number of flags. */
static napi_value begin(napi_env env, napi_callback_info info, int texts, void (*run)(struct task *)) {
  napi_value arguments[4], promise = NULL, name;
  size_t count = 4;
  struct task *task = calloc(1, sizeof *task);
  if (task == NULL) goto invalid;
  task->fd = -1;
  task->step = "mount";
  task->run = run;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || (int)count < texts) goto invalid;
  for (int i = 0; i < texts; i++) {
    task->texts[i] = copy_text(env, arguments[i]);
    if (task->texts[i] == NULL) goto invalid;
  }
  if ((int)count > texts) {
    uint32_t flags = 0;
    if (napi_get_value_uint32(env, arguments[texts], &flags) != napi_ok) goto invalid;
    task->flags = flags;
  }
  napi_create_string_utf8(env, "agentfs", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(env, NULL, name, execute, complete, task, &task->work) != napi_ok) goto invalid;
  if (napi_create_promise(env, &task->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, task->work) != napi_ok) {
    napi_delete_async_work(env, task->work);
    goto invalid;
  }
  return promise;

invalid:
  if (task != NULL) {
    for (int i = 0; i < 3; i++) free(task->texts[i]);
    free(task);
  }
  napi_throw_type_error(env, NULL, "agentfs: wrong arguments");
  return NULL;
}

/* mountDirect(mountpoint, source, options, MS_ flags) */
napi_value mount_direct(napi_env env, napi_callback_info info) { return begin(env, info, 3, run_mount_direct); }

/* mountWithHelper(mountpoint, helper, options) */
napi_value mount_with_helper(napi_env env, napi_callback_info info) {
  return begin(env, info, 3, run_mount_with_helper);
}

/* unmountDirect(mountpoint, MNT_ flags) */
napi_value unmount_direct(napi_env env, napi_callback_info info) { return begin(env, info, 1, run_unmount_direct); }

/* unmountWithHelper(mountpoint, helper, MNT_ flags): the helper knows MNT_DETACH only */
napi_value unmount_with_helper(napi_env env, napi_callback_info info) {
  return begin(env, info, 2, run_unmount_with_helper);
}

/* probe(mountpoint) */
napi_value probe_mount(napi_env env, napi_callback_info info) { return begin(env, info, 1, run_probe); }
