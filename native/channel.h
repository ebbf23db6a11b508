/*
 * The state of one mount's connection to the kernel, and what the parts of the addon call of each other.
 *
 * Everything in a channel belongs to the thread of the environment that made it, apart from `notifier`, which its
 * mutex guards, and `fd`, which the notifier thread writes to until notifier_stop() has returned. There is no
 * global state: any number of channels live side by side, in any number of environments (worker threads).
 *
 *   device.c   makes, replies, closes, frees      mount.c   mounts and unmounts, off the thread
 *   poll.c     serves requests                    spin.c    decides how long to wait in place
 *   notify.c   the notifier thread                addon.c   the JavaScript face
 */
#ifndef AGENTFS_CHANNEL_H
#define AGENTFS_CHANNEL_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

/* A 1 MiB payload, and a page for the headers before it. */
#define BUFFER_BYTES ((1u << 20) + 4096u)

/* The parts of linux/fuse.h that native code looks at; the protocol itself is TypeScript. */
struct in_header {
  uint32_t len;
  uint32_t opcode;
  uint64_t unique;
};
struct out_header {
  uint32_t len;
  int32_t error;
  uint64_t unique;
};
enum { OPCODE_FORGET = 2, OPCODE_INTERRUPT = 36, OPCODE_BATCH_FORGET = 42 };

/* spin.c: how long a read is repeated in place before the event loop is left to wait. All times in nanoseconds. */
struct spin {
  bool adaptive;
  bool probing;          /* trying the arm that is not the best now */
  bool used;             /* the arm of the idle moment in progress */
  uint64_t fixed_ns;     /* the window when not adaptive */
  uint64_t idle_since;   /* when the device was first found empty; 0 while requests are waiting */
  double gap_ns[2];      /* mean time until the next request: without, with a spin */
  double hit_rate;       /* share of spins that found a request */
  uint32_t until_probe;  /* idle moments left before the other arm is tried */
  uint32_t probe_left;   /* idle moments left in this trial */
  uint32_t interval;     /* idle moments between two trials; grows while the answer stays the same */
};

void spin_init(struct spin *spin, int32_t window_us);
/* The device is empty: how long to spin now; 0 for not at all. */
uint64_t spin_begin(struct spin *spin, uint64_t now);
/* The first request after an idle moment has come. */
void spin_end(struct spin *spin, uint64_t now, bool hit);
/* The spin ran out; the event loop waits from here on. */
void spin_missed(struct spin *spin);
/* The idle moment says nothing about the client (something else ran in it). */
void spin_forget(struct spin *spin);
uint64_t spin_window(const struct spin *spin);

struct message {
  struct message *next;
  size_t length;
  uint8_t bytes[];
};

struct notifier {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool running;    /* the thread exists and has not been joined */
  bool stop;       /* it must end; what is queued is dropped */
  bool ended;      /* it touches nothing of the channel any more */
  struct message *first, **last;
  uint64_t queued; /* messages ever queued, written; a waiter waits for written >= its mark */
  uint64_t written;
  uint64_t errors; /* refused for another reason than "not cached" */
};

struct drain_waiter {
  struct drain_waiter *next;
  uint64_t mark;
  napi_deferred deferred;
};

enum channel_state { CHANNEL_OPEN, CHANNEL_SERVING, CHANNEL_CLOSED };

struct channel {
  napi_env env;
  enum channel_state state;
  int fd;
  uint32_t refs;
  uint8_t *request, *reply;

  napi_ref on_request, on_closed, on_fault;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  bool tearing_down; /* the environment is ending: no JavaScript any more */
  uv_loop_t *loop;
  uv_poll_t *poll;
  uv_async_t *wake;
  int open_handles;
  int close_errno; /* why reading ended; 0 for an unmount or an abort */

  struct spin spin;
  struct notifier notifier;
  struct drain_waiter *waiters;

  uint64_t *deferred; /* uniques of requests read and to be answered by send() */
  uint32_t deferred_count, deferred_capacity;

  uint64_t requests, wakeups, spin_hits, spin_misses, replies, reply_errors;
};

/* device.c */
bool channel_check_loop(void);
struct channel *channel_create(napi_env env, int fd);
void channel_ref(struct channel *channel);
void channel_unref(struct channel *channel);
/* Writes one reply; errno on failure, 0 when taken or when the caller has gone. */
int channel_write(struct channel *channel, const void *bytes, size_t length);
/* Answers a request with an error number, positive. */
void channel_refuse(struct channel *channel, uint64_t unique, int error);
bool channel_defer(struct channel *channel, uint64_t unique);
void channel_settle(struct channel *channel, uint64_t unique);
/* Answers everything that waits, read or unread, with ECONNABORTED. */
void channel_refuse_all(struct channel *channel);
/* Closes the device; on_closed comes from the event loop. Safe to repeat. */
void channel_close(struct channel *channel, int error);

/* poll.c */
int poll_start(struct channel *channel);
uint64_t now_ns(void);

/* notify.c */
int notifier_start(struct channel *channel);
int notifier_queue(struct channel *channel, const void *bytes, size_t length);
uint64_t notifier_queued(struct channel *channel);
uint64_t notifier_written(struct channel *channel);
uint64_t notifier_errors(struct channel *channel);
/* Ends the thread, answering requests with errors meanwhile; false when it was still stuck after the deadline. */
bool notifier_stop(struct channel *channel);

/* mount.c: functions callable from JavaScript */
napi_value mount_direct(napi_env env, napi_callback_info info);
napi_value mount_with_helper(napi_env env, napi_callback_info info);
napi_value unmount_direct(napi_env env, napi_callback_info info);
napi_value unmount_with_helper(napi_env env, napi_callback_info info);
napi_value probe_mount(napi_env env, napi_callback_info info);

/* addon.c */
napi_value channel_to_value(napi_env env, struct channel *channel);

#endif
