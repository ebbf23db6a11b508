/*
 * Serving: reads requests, calls JavaScript, writes its replies.
 *
 * One tick is one callback of the event loop: it drains the device, spins for the next request while that pays, and
 * ends after TICK_REQUESTS requests or TICK_NS, so that timers, sockets and other mounts get their turn (the poll is
 * level triggered: what is left comes with the next tick). Promise jobs run when a tick ends; a request whose answer
 * is deferred therefore ends the spinning. Whatever the handler does, its caller gets an answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

enum { TICK_REQUESTS = 256, TICK_NS = 2000000 };

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void report_fault(struct channel *channel, napi_value error) {
  napi_env env = channel->env;
  napi_value callback, receiver, ignored;
  if (napi_get_reference_value(env, channel->on_fault, &callback) != napi_ok || callback == NULL) return;
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, callback, 1, &error, &ignored) != napi_ok) {
    /* A reporter that fails has nobody to report to. */
    napi_get_and_clear_last_exception(env, &ignored);
  }
}

static void report_message(struct channel *channel, const char *text, int error) {
  napi_env env = channel->env;
  napi_value message, fault, number;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message);
  if (napi_create_error(env, NULL, message, &fault) != napi_ok) return;
  napi_create_int32(env, error, &number);
  napi_set_named_property(env, fault, "errno", number);
  report_fault(channel, fault);
}

/* False when JavaScript cannot run any more. */
static bool handle(struct channel *channel, size_t length) {
  napi_env env = channel->env;
  struct in_header header;
  memcpy(&header, channel->request, sizeof header);
  bool answerable = header.opcode != OPCODE_FORGET && header.opcode != OPCODE_BATCH_FORGET &&
                    header.opcode != OPCODE_INTERRUPT;
  napi_value receiver, callback, argument, result;
  napi_get_undefined(env, &receiver);
  napi_get_reference_value(env, channel->on_request, &callback);
  napi_create_uint32(env, (uint32_t)length, &argument);
  napi_status status = napi_call_function(env, receiver, callback, 1, &argument, &result);
  if (channel->state != CHANNEL_SERVING) return false; /* it aborted; everything has been answered */
  if (status != napi_ok) {
    if (answerable) channel_refuse(channel, header.unique, EIO);
    napi_value error;
    if (status != napi_pending_exception || napi_get_and_clear_last_exception(env, &error) != napi_ok) {
      return false;
    }
    report_fault(channel, error);
    return true;
  }
  double answer = -1;
  napi_get_value_double(env, result, &answer);
  if (answer == 0) {
    if (answerable && !channel_defer(channel, header.unique)) channel_refuse(channel, header.unique, ENOMEM);
    return true;
  }
  if (!(answer >= (double)sizeof(struct out_header) && answer <= BUFFER_BYTES)) {
    if (answerable) channel_refuse(channel, header.unique, EIO);
    report_message(channel, "the handler returned a reply length that is out of range", EINVAL);
    return true;
  }
  int error = channel_write(channel, channel->reply, (size_t)answer);
  if (error != 0) {
    /* A malformed reply leaves the caller waiting; if it was well formed the kernel has ended the request itself. */
    if (answerable) channel_refuse(channel, header.unique, EIO);
    report_message(channel, "the kernel refused a reply", error);
  }
  return true;
}

/* Serves until there is nothing to do or the tick is used up; returns what ended reading: 0, or an error number. */
static int serve(struct channel *channel) {
  napi_env env = channel->env;
  struct spin *spin = &channel->spin;
  uint64_t started = now_ns();
  uint64_t spin_until = 0;
  uint32_t served = 0;
  for (;;) {
    ssize_t length = read(channel->fd, channel->request, BUFFER_BYTES);
    if (length >= (ssize_t)sizeof(struct in_header)) {
      bool hit = spin_until != 0;
      if (spin->idle_since != 0) spin_end(spin, now_ns(), hit);
      if (hit) channel->spin_hits++;
      spin_until = 0;
      channel->requests++;
      napi_handle_scope scope;
      if (napi_open_handle_scope(env, &scope) != napi_ok) return EIO;
      bool going = handle(channel, (size_t)length);
      napi_close_handle_scope(env, scope);
      if (!going) return channel->state == CHANNEL_SERVING ? ECANCELED : 0;
      if (++served >= TICK_REQUESTS || now_ns() - started >= TICK_NS) {
        spin_forget(spin);
        return 0;
      }
      continue;
    }
    if (length >= 0) return EIO;
    if (errno == EINTR || errno == ENOENT) continue;
    if (errno != EAGAIN) return errno;
    uint64_t now = now_ns();
    if (spin_until == 0) {
      /* Only right after work: a wake-up with nothing to read starts no spin. */
      if (served == 0) return 0;
      if (channel->deferred_count > 0) {
        spin_forget(spin);
        return 0;
      }
      uint64_t window = spin_begin(spin, now);
      if (window == 0) return 0;
      spin_until = now + window;
    } else if (now >= spin_until) {
      channel->spin_misses++;
      spin_missed(spin);
      return 0;
    }
  }
}

static void on_ready(uv_poll_t *handle, int status, int events) {
  (void)events;
  struct channel *channel = uv_handle_get_data((uv_handle_t *)handle);
  if (channel->state != CHANNEL_SERVING) return;
  napi_env env = channel->env;
  channel->wakeups++;
  channel_ref(channel);
  int error;
  napi_handle_scope scope;
  napi_callback_scope callbacks = NULL;
  if (napi_open_handle_scope(env, &scope) != napi_ok) {
    error = ECANCELED;
  } else {
    napi_open_callback_scope(env, NULL, channel->context, &callbacks);
    error = serve(channel);
    /* Promise jobs and process.nextTick run here. */
    if (callbacks != NULL) napi_close_callback_scope(env, callbacks);
    napi_close_handle_scope(env, scope);
  }
  if (channel->state == CHANNEL_SERVING) {
    /* ENODEV: unmounted. ECONNABORTED: aborted through the kernel's control files or a forced unmount. */
    if (error == ENODEV || error == ECONNABORTED) channel_close(channel, 0);
    else if (error == ECANCELED) channel_close(channel, 0);
    else if (error != 0) channel_close(channel, error);
    /* An error condition on the device stopped the poll; if reading still works, go on. */
    else if (status < 0) uv_poll_start(channel->poll, LOOP_READABLE, on_ready);
  }
  channel_unref(channel);
}

/* The notifier has emptied its queue. */
static void on_wake(uv_async_t *handle) {
  struct channel *channel = uv_handle_get_data((uv_handle_t *)handle);
  if (channel->state != CHANNEL_SERVING || channel->waiters == NULL) return;
  napi_env env = channel->env;
  napi_handle_scope scope;
  napi_callback_scope callbacks = NULL;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_open_callback_scope(env, NULL, channel->context, &callbacks);
  uint64_t written = notifier_written(channel);
  struct drain_waiter **link = &channel->waiters;
  while (*link != NULL) {
    struct drain_waiter *waiter = *link;
    if (waiter->mark > written) {
      link = &waiter->next;
      continue;
    }
    *link = waiter->next;
    napi_value undefined;
    napi_get_undefined(env, &undefined);
    napi_resolve_deferred(env, waiter->deferred, undefined);
    free(waiter);
  }
  if (callbacks != NULL) napi_close_callback_scope(env, callbacks);
  napi_close_handle_scope(env, scope);
}

int poll_start(struct channel *channel) {
  channel->poll = calloc(1, uv_handle_size(LOOP_HANDLE_POLL));
  channel->wake = calloc(1, uv_handle_size(LOOP_HANDLE_ASYNC));
  if (channel->poll == NULL || channel->wake == NULL) goto no_handles;
  int error = uv_async_init(channel->loop, channel->wake, on_wake);
  if (error != 0) goto failed;
  uv_handle_set_data((uv_handle_t *)channel->wake, channel);
  error = uv_poll_init(channel->loop, channel->poll, channel->fd);
  if (error != 0) {
    uv_close((uv_handle_t *)channel->wake, (uv_close_cb)free);
    channel->wake = NULL;
    goto failed;
  }
  uv_handle_set_data((uv_handle_t *)channel->poll, channel);
  channel->open_handles = 2;
  return -uv_poll_start(channel->poll, LOOP_READABLE, on_ready);

no_handles:
  error = -ENOMEM;
failed:
  free(channel->poll);
  free(channel->wake);
  channel->poll = NULL;
  channel->wake = NULL;
  return -error;
}
