/*
 * A channel's life: made around an open device, replies, closed, freed.
 *
 * A channel is freed when nothing refers to it: its JavaScript handle, its two Buffers, and the event loop while it
 * serves. Closing never waits for the kernel: every request that waits is answered first, because a notifier thread
 * can be blocked on a lock that such a request holds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel.h"

bool channel_check_loop(void) {
  const char *async = uv_handle_type_name(LOOP_HANDLE_ASYNC);
  const char *poll = uv_handle_type_name(LOOP_HANDLE_POLL);
  return async != NULL && poll != NULL && strcmp(async, "async") == 0 && strcmp(poll, "poll") == 0;
}

static uint8_t *map_buffer(void) {
  void *bytes = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return bytes == MAP_FAILED ? NULL : bytes;
}

struct channel *channel_create(napi_env env, int fd) {
  struct channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL) return NULL;
  channel->env = env;
  channel->fd = fd;
  channel->refs = 1;
  channel->request = map_buffer();
  channel->reply = map_buffer();
  if (channel->request == NULL || channel->reply == NULL) {
    channel->fd = -1;
    channel_unref(channel);
    return NULL;
  }
  return channel;
}

void channel_ref(struct channel *channel) { channel->refs++; }

void channel_unref(struct channel *channel) {
  if (--channel->refs > 0) return;
  if (channel->fd >= 0) close(channel->fd);
  if (channel->request != NULL) munmap(channel->request, BUFFER_BYTES);
  if (channel->reply != NULL) munmap(channel->reply, BUFFER_BYTES);
  free(channel->deferred);
  free(channel);
}

int channel_write(struct channel *channel, const void *bytes, size_t length) {
  for (;;) {
    if (write(channel->fd, bytes, length) >= 0) {
      channel->replies++;
      return 0;
    }
    if (errno == EINTR) continue;
    /* ENOENT: the caller was interrupted and has gone. ENODEV: so has the mount; the next read will say so. */
    if (errno == ENOENT || errno == ENODEV) return 0;
    channel->reply_errors++;
    return errno;
  }
}

void channel_refuse(struct channel *channel, uint64_t unique, int error) {
  struct out_header header = {.len = sizeof header, .error = -error, .unique = unique};
  channel_write(channel, &header, sizeof header);
}

bool channel_defer(struct channel *channel, uint64_t unique) {
  if (channel->deferred_count == channel->deferred_capacity) {
    uint32_t capacity = channel->deferred_capacity == 0 ? 64 : channel->deferred_capacity * 2;
    uint64_t *grown = realloc(channel->deferred, capacity * sizeof *grown);
    if (grown == NULL) return false;
    channel->deferred = grown;
    channel->deferred_capacity = capacity;
  }
  channel->deferred[channel->deferred_count++] = unique;
  return true;
}

void channel_settle(struct channel *channel, uint64_t unique) {
  for (uint32_t i = 0; i < channel->deferred_count; i++) {
    if (channel->deferred[i] != unique) continue;
    channel->deferred[i] = channel->deferred[--channel->deferred_count];
    return;
  }
}

static bool needs_reply(const struct in_header *header) {
  return header->opcode != OPCODE_FORGET && header->opcode != OPCODE_BATCH_FORGET &&
         header->opcode != OPCODE_INTERRUPT;
}

void channel_refuse_all(struct channel *channel) {
  while (channel->deferred_count > 0) {
    channel_refuse(channel, channel->deferred[--channel->deferred_count], ECONNABORTED);
  }
  for (;;) {
    ssize_t length = read(channel->fd, channel->request, BUFFER_BYTES);
    if (length < 0 && (errno == EINTR || errno == ENOENT)) continue;
    if (length < (ssize_t)sizeof(struct in_header)) return;
    struct in_header header;
    memcpy(&header, channel->request, sizeof header);
    if (needs_reply(&header)) channel_refuse(channel, header.unique, ECONNABORTED);
  }
}

static void settle_waiters(struct channel *channel) {
  while (channel->waiters != NULL) {
    struct drain_waiter *waiter = channel->waiters;
    channel->waiters = waiter->next;
    napi_value undefined;
    if (!channel->tearing_down && napi_get_undefined(channel->env, &undefined) == napi_ok) {
      napi_resolve_deferred(channel->env, waiter->deferred, undefined);
    }
    free(waiter);
  }
}

static void report_closed(struct channel *channel) {
  napi_env env = channel->env;
  napi_value callback, global, argument;
  if (napi_get_reference_value(env, channel->on_closed, &callback) != napi_ok || callback == NULL) return;
  napi_get_global(env, &global);
  napi_get_undefined(env, &argument);
  if (channel->close_errno != 0) {
    napi_value message, number;
    napi_create_string_utf8(env, strerror(channel->close_errno), NAPI_AUTO_LENGTH, &message);
    napi_create_error(env, NULL, message, &argument);
    napi_create_int32(env, channel->close_errno, &number);
    napi_set_named_property(env, argument, "errno", number);
  }
  napi_value ignored;
  if (napi_make_callback(env, channel->context, global, callback, 1, &argument, &ignored) != napi_ok) {
    napi_value error;
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }
}

static void finish_close(struct channel *channel) {
  napi_env env = channel->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) == napi_ok) {
    napi_callback_scope callbacks = NULL;
    if (!channel->tearing_down) napi_open_callback_scope(env, NULL, channel->context, &callbacks);
    settle_waiters(channel);
    if (callbacks != NULL) napi_close_callback_scope(env, callbacks);
    if (!channel->tearing_down) report_closed(channel);
    napi_delete_reference(env, channel->on_request);
    napi_delete_reference(env, channel->on_closed);
    napi_delete_reference(env, channel->on_fault);
    napi_async_destroy(env, channel->context);
    napi_close_handle_scope(env, scope);
  }
  if (channel->cleanup != NULL) napi_remove_async_cleanup_hook(channel->cleanup);
  channel_unref(channel);
}

static void on_handle_closed(uv_handle_t *handle) {
  struct channel *channel = uv_handle_get_data(handle);
  free(handle);
  if (--channel->open_handles == 0) finish_close(channel);
}

void channel_close(struct channel *channel, int error) {
  if (channel->state == CHANNEL_CLOSED) return;
  bool serving = channel->state == CHANNEL_SERVING;
  channel->state = CHANNEL_CLOSED;
  channel->close_errno = error;
  if (serving) {
    channel_refuse_all(channel);
    /* A stuck thread goes on using the channel: then it is never freed. */
    if (!notifier_stop(channel)) channel_ref(channel);
    uv_close((uv_handle_t *)channel->poll, on_handle_closed);
    uv_close((uv_handle_t *)channel->wake, on_handle_closed);
  }
  close(channel->fd);
  channel->fd = -1;
}
