/*
 * The JavaScript face of the addon: functions over an opaque channel handle. src/fuse/drivers/native.ts is their only
 * caller and gives them their types; see there for what each promises.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "channel.h"

#define CHECK(call)                                                                                                    \
  do {                                                                                                                 \
    if ((call) != napi_ok) return raise(env);                                                                          \
  } while (0)

static napi_value raise(napi_env env) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
    const napi_extended_error_info *info = NULL;
    napi_get_last_error_info(env, &info);
    const char *text = info != NULL && info->error_message != NULL ? info->error_message : "failed";
    napi_throw_error(env, "INTERNAL", text);
  }
  return NULL;
}

static napi_value raise_errno(napi_env env, int error) {
  napi_throw_error(env, NULL, strerror(error));
  return NULL;
}

static void finalize_channel(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  channel_unref(data);
}

static void finalize_buffer(napi_env env, void *bytes, void *channel) {
  (void)env;
  (void)bytes;
  channel_unref(channel);
}

napi_value channel_to_value(napi_env env, struct channel *channel) {
  napi_value value;
  if (napi_create_external(env, channel, finalize_channel, NULL, &value) == napi_ok) return value;
  channel_unref(channel);
  return NULL;
}

/* The channel in the first argument, and the further arguments; NULL when an exception is pending. */
static struct channel *arguments_of(napi_env env, napi_callback_info info, size_t *count, napi_value *rest) {
  napi_value arguments[6];
  size_t given = 6;
  void *channel = NULL;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) != napi_ok || given < 1 + *count ||
      napi_get_value_external(env, arguments[0], &channel) != napi_ok) {
    napi_throw_type_error(env, NULL, "agentfs: wrong arguments");
    return NULL;
  }
  for (size_t i = 0; i < *count; i++) rest[i] = arguments[1 + i];
  return channel;
}

/* buffers(channel): [request, reply] */
static napi_value get_buffers(napi_env env, napi_callback_info info) {
  size_t count = 0;
  struct channel *channel = arguments_of(env, info, &count, NULL);
  if (channel == NULL) return NULL;
  napi_value pair, request, reply;
  CHECK(napi_create_array_with_length(env, 2, &pair));
  channel_ref(channel);
  if (napi_create_external_buffer(env, BUFFER_BYTES, channel->request, finalize_buffer, channel, &request) !=
      napi_ok) {
    channel_unref(channel);
    return raise(env);
  }
  channel_ref(channel);
  if (napi_create_external_buffer(env, BUFFER_BYTES, channel->reply, finalize_buffer, channel, &reply) != napi_ok) {
    channel_unref(channel);
    return raise(env);
  }
  CHECK(napi_set_element(env, pair, 0, request));
  CHECK(napi_set_element(env, pair, 1, reply));
  return pair;
}

/* The environment ends (a worker stops): stop the thread, close the device, leave nothing on the loop. */
static void on_teardown(napi_async_cleanup_hook_handle handle, void *data) {
  struct channel *channel = data;
  channel->cleanup = handle;
  channel->tearing_down = true;
  channel_close(channel, 0);
}

/* start(channel, onRequest, onClosed, onFault, spinUs): spinUs < 0 is adaptive */
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value rest[4], name;
  size_t count = 4;
  struct channel *channel = arguments_of(env, info, &count, rest);
  if (channel == NULL) return NULL;
  if (channel->state != CHANNEL_OPEN) return raise_errno(env, channel->state == CHANNEL_CLOSED ? ENODEV : EALREADY);
  int32_t window;
  CHECK(napi_get_value_int32(env, rest[3], &window));
  CHECK(napi_get_uv_event_loop(env, (struct uv_loop_s **)&channel->loop));
  CHECK(napi_create_string_utf8(env, "agentfs", NAPI_AUTO_LENGTH, &name));
  CHECK(napi_async_init(env, NULL, name, &channel->context));
  CHECK(napi_create_reference(env, rest[0], 1, &channel->on_request));
  CHECK(napi_create_reference(env, rest[1], 1, &channel->on_closed));
  CHECK(napi_create_reference(env, rest[2], 1, &channel->on_fault));
  spin_init(&channel->spin, window);
  int error = notifier_start(channel);
  if (error != 0) return raise_errno(env, error);
  error = poll_start(channel);
  if (error != 0) {
    notifier_stop(channel);
    return raise_errno(env, error);
  }
  channel->state = CHANNEL_SERVING;
  channel_ref(channel);
  CHECK(napi_add_async_cleanup_hook(env, on_teardown, channel, &channel->cleanup));
  return NULL;
}

static bool bytes_of(napi_env env, napi_value value, void **bytes, size_t *length) {
  napi_typedarray_type type;
  napi_value buffer;
  size_t offset;
  if (napi_get_typedarray_info(env, value, &type, length, bytes, &buffer, &offset) == napi_ok &&
      type == napi_uint8_array && *length >= sizeof(struct out_header)) {
    return true;
  }
  napi_throw_type_error(env, NULL, "agentfs: a message is a Uint8Array of at least 16 bytes");
  return false;
}

/* send(channel, reply): 0, or the error number with which the kernel refused it */
static napi_value send_reply(napi_env env, napi_callback_info info) {
  napi_value rest[1], result;
  size_t count = 1, length;
  void *bytes;
  struct channel *channel = arguments_of(env, info, &count, rest);
  if (channel == NULL || !bytes_of(env, rest[0], &bytes, &length)) return NULL;
  int error = 0;
  if (channel->state == CHANNEL_SERVING) {
    struct out_header header;
    memcpy(&header, bytes, sizeof header);
    channel_settle(channel, header.unique);
    error = channel_write(channel, bytes, length);
    if (error != 0) channel_refuse(channel, header.unique, EIO);
  }
  CHECK(napi_create_int32(env, error, &result));
  return result;
}

/* notify(channel, message) */
static napi_value notify(napi_env env, napi_callback_info info) {
  napi_value rest[1];
  size_t count = 1, length;
  void *bytes;
  struct channel *channel = arguments_of(env, info, &count, rest);
  if (channel == NULL || !bytes_of(env, rest[0], &bytes, &length)) return NULL;
  if (channel->state != CHANNEL_SERVING) return NULL;
  int error = notifier_queue(channel, bytes, length);
  return error == 0 ? NULL : raise_errno(env, error);
}

/* drained(channel): a promise */
static napi_value drained(napi_env env, napi_callback_info info) {
  napi_value promise, undefined;
  napi_deferred deferred;
  size_t count = 0;
  struct channel *channel = arguments_of(env, info, &count, NULL);
  if (channel == NULL) return NULL;
  CHECK(napi_create_promise(env, &deferred, &promise));
  if (channel->state == CHANNEL_SERVING) {
    struct drain_waiter *waiter = malloc(sizeof *waiter);
    if (waiter == NULL) return raise_errno(env, ENOMEM);
    *waiter = (struct drain_waiter){channel->waiters, notifier_queued(channel), deferred};
    channel->waiters = waiter;
    uv_async_send(channel->wake);
  } else {
    CHECK(napi_get_undefined(env, &undefined));
    CHECK(napi_resolve_deferred(env, deferred, undefined));
  }
  return promise;
}

/* close(channel) */
static napi_value close_channel(napi_env env, napi_callback_info info) {
  size_t count = 0;
  struct channel *channel = arguments_of(env, info, &count, NULL);
  if (channel != NULL) channel_close(channel, 0);
  return NULL;
}

/* statistics(channel, Float64Array(9)): fills in the order of `ChannelStatistics` */
static napi_value statistics(napi_env env, napi_callback_info info) {
  napi_value rest[1], buffer;
  size_t count = 1, length, offset;
  void *data;
  napi_typedarray_type type;
  struct channel *channel = arguments_of(env, info, &count, rest);
  if (channel == NULL) return NULL;
  CHECK(napi_get_typedarray_info(env, rest[0], &type, &length, &data, &buffer, &offset));
  if (type != napi_float64_array || length < 9) return raise_errno(env, EINVAL);
  double *out = data;
  out[0] = (double)channel->requests;
  out[1] = (double)channel->wakeups;
  out[2] = (double)channel->spin_hits;
  out[3] = (double)channel->spin_misses;
  out[4] = (double)spin_window(&channel->spin) / 1000;
  out[5] = (double)channel->replies;
  out[6] = (double)channel->reply_errors;
  out[7] = (double)notifier_written(channel);
  out[8] = (double)notifier_errors(channel);
  return NULL;
}

NAPI_MODULE_INIT() {
  if (!channel_check_loop()) {
    napi_throw_error(env, "UNSUPPORTED", "agentfs: this runtime's event loop is not libuv 1.x");
    return NULL;
  }
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
    {"mountDirect", mount_direct},
    {"mountWithHelper", mount_with_helper},
    {"unmountDirect", unmount_direct},
    {"unmountWithHelper", unmount_with_helper},
    {"probe", probe_mount},
    {"buffers", get_buffers},
    {"start", start},
    {"send", send_reply},
    {"notify", notify},
    {"drained", drained},
    {"close", close_channel},
    {"statistics", statistics},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    CHECK(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function));
    CHECK(napi_set_named_property(env, exports, functions[i].name, function));
  }
  static const struct {
    const char *name;
    double value;
  } numbers[] = {{"MS_RDONLY", MS_RDONLY},   {"MS_NOSUID", MS_NOSUID}, {"MS_NODEV", MS_NODEV},
                 {"MNT_DETACH", MNT_DETACH}, {"MNT_FORCE", MNT_FORCE}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    napi_value number;
    CHECK(napi_create_double(env, numbers[i].value, &number));
    CHECK(napi_set_named_property(env, exports, numbers[i].name, number));
  }
  return exports;
}
