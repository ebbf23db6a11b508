/*
 * The few libuv calls that we make, declared here so that the addon compiles against the N-API headers alone.
 *
 * libuv's functions are part of Node's stable ABI within libuv 1.x; its structures are not, so no structure is
 * declared: handles are allocated with uv_handle_size() and their data is reached by function. The two handle type
 * numbers are checked by name at load time (see channel_check_loop).
 */
#ifndef AGENTFS_LOOP_H
#define AGENTFS_LOOP_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_async_s uv_async_t;

typedef void (*uv_close_cb)(uv_handle_t *handle);
typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);
typedef void (*uv_async_cb)(uv_async_t *handle);

enum { LOOP_HANDLE_ASYNC = 1, LOOP_HANDLE_POLL = 8 };
enum { LOOP_READABLE = 1 };

extern size_t uv_handle_size(int type);
extern const char *uv_handle_type_name(int type);
extern void *uv_handle_get_data(const uv_handle_t *handle);
extern void uv_handle_set_data(uv_handle_t *handle, void *data);
extern void uv_close(uv_handle_t *handle, uv_close_cb on_close);
extern int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb on_ready);
extern int uv_async_init(uv_loop_t *loop, uv_async_t *handle, uv_async_cb on_wake);
extern int uv_async_send(uv_async_t *handle);

#endif
