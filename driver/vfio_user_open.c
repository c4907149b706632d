/* SPDX-License-Identifier: MIT */
/* Connecting to a vfio-user server and agreeing on a version and on limits. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "driver/vfio_user.h"

#define MAJOR 0
#define MINOR 0

static int connect_error(int err, const char *path, struct hvb_diag *diag)
{
	bool nobody = err == -ENOENT || err == -ECONNREFUSED;

	return hvb_diag(diag, err, path, nobody ? "start hvbell-sim --socket PATH first, with the same PATH" :
			"check the path and its rights", "%s: %s",
			nobody ? "no card is served there" : "cannot connect", strerror(-err));
}

static void set_timeout(int socket, int option, unsigned timeout_ms)
{
	struct timeval time = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };

	setsockopt(socket, SOL_SOCKET, option, &time, sizeof(time));
}

/* A server that takes nothing must not hold a sender for ever. */
static int connect_to(const char *path, unsigned timeout_ms, struct hvb_diag *diag)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err = 0;

	if (!*path)
		return hvb_diag(diag, -EINVAL, "vfio-user:", "the URL is vfio-user:/path/of/socket", "no socket named");
	if (strlen(path) >= sizeof(address.sun_path))
		return hvb_diag(diag, -ENAMETOOLONG, path, "give the socket a shorter path",
				"a socket's path of more than %zu characters", sizeof(address.sun_path) - 1);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return hvb_diag(diag, -errno, path, "", "no socket: %s", strerror(errno));
	set_timeout(fd, SO_SNDTIMEO, timeout_ms);
	do
		err = connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) ? -errno : 0;
	while (err == -EINTR);
	if (!err)
		return fd;
	close(fd);
	return connect_error(err == -EAGAIN ? -ETIMEDOUT : err, path, diag);
}

/* {"capabilities":{"max_msg_fds":16,...,"twin_socket":{"supported":true}}}; NULL without memory. */
static struct json_object *capabilities(void)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_object();
	struct json_object *twin = json_object_new_object();
	bool made = root && list && twin;

	made = made && !json_object_object_add(root, "capabilities", json_object_get(list));
	made = made && !json_object_object_add(list, "max_msg_fds", json_object_new_int(HVB_VFU_FDS_MAX));
	made = made && !json_object_object_add(list, "max_data_xfer_size", json_object_new_int(HVB_VFU_DATA_MAX));
	made = made && !json_object_object_add(list, "pgsizes", json_object_new_int(VFU_PAGE));
	made = made && !json_object_object_add(list, "twin_socket", json_object_get(twin));
	made = made && !json_object_object_add(twin, "supported", json_object_new_boolean(true));
	json_object_put(twin);
	json_object_put(list);
	if (made)
		return root;
	json_object_put(root);
	return NULL;
}

static int send_version(int socket)
{
	struct hvb_vfu_header header = { .command = HVB_VFU_VERSION };
	struct hvb_vfu_version version = { .major = MAJOR, .minor = MINOR };
	struct json_object *root = capabilities();
	const char *text = root ? json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN) : NULL;
	int err = text ? hvb_vfu_send(socket, &header, &version, sizeof(version), text, strlen(text) + 1, NULL, 0) :
		-ENOMEM;

	json_object_put(root);
	return err;
}

/* A number of the server's capabilities; what it does not name keeps its value. */
static bool number(struct json_object *list, const char *name, int64_t min, int64_t max, int64_t *value)
{
	struct json_object *member;

	if (!json_object_object_get_ex(list, name, &member))
		return true;
	if (!json_object_is_type(member, json_type_int))
		return false;
	*value = json_object_get_int64(member);
	if (*value > max)
		*value = max;
	return *value >= min;
}

/* The twin socket came as one of the message's descriptors. */
static bool take_twin(struct json_object *list, struct hvb_vfu_message *reply, int *twin)
{
	struct json_object *member, *supported;
	int64_t index = -1;
	int type = 0;
	socklen_t length = sizeof(type);

	if (!json_object_object_get_ex(list, "twin_socket", &member) ||
	    !json_object_object_get_ex(member, "supported", &supported) || !json_object_get_boolean(supported))
		return true;
	if (!number(member, "fd_index", 0, INT32_MAX, &index) || index >= (int64_t)reply->fd_count)
		return false;
	if (index < 0)                  /* it would, but does not */
		return true;
	if (getsockopt(reply->fds[index], SOL_SOCKET, SO_TYPE, &type, &length) || type != SOCK_STREAM)
		return false;
	*twin = reply->fds[index];
	reply->fds[index] = reply->fds[--reply->fd_count];
	return true;
}

static bool take_capabilities(struct vfu_connection *connection, struct json_object *root,
			      struct hvb_vfu_message *reply)
{
	int64_t fds = 1, maps = HVB_VFU_MAPS_MAX, transfer = HVB_VFU_DATA_MAX;
	struct json_object *list;
	bool good = json_object_is_type(root, json_type_object);

	if (good && json_object_object_get_ex(root, "capabilities", &list))
		good = json_object_is_type(list, json_type_object) &&
			number(list, "max_msg_fds", 1, HVB_VFU_FDS_MAX, &fds) &&
			number(list, "max_dma_maps", 1, HVB_VFU_MAPS_MAX, &maps) &&
			number(list, "max_data_xfer_size", sizeof(uint64_t), HVB_VFU_DATA_MAX, &transfer) &&
			take_twin(list, reply, &connection->twin);
	connection->limits = (struct vfu_limits){ .fds = (unsigned)fds, .maps = (unsigned)maps };
	return good;
}

/* What stands behind the version is JSON up to the message's end, which is its only NUL; or nothing. */
static int take_version(struct vfu_connection *connection, struct hvb_vfu_message *reply)
{
	size_t length = reply->header.size - sizeof(reply->header), text_length;
	const char *text;
	struct hvb_vfu_version version;
	struct json_object *root;
	bool good;

	if ((reply->header.flags & HVB_VFU_TYPE_MASK) != HVB_VFU_REPLY || reply->header.command != HVB_VFU_VERSION ||
	    reply->header.id != 0)
		return -EPROTO;
	if (reply->header.flags & HVB_VFU_ERROR)
		return -EPROTONOSUPPORT;
	if (length < sizeof(version) || length - sizeof(version) > HVB_VFU_JSON_MAX)
		return -EPROTO;
	memcpy(&version, reply->body, sizeof(version));
	if (version.major != MAJOR || version.minor > MINOR)
		return -EPROTONOSUPPORT;
	text = (const char *)reply->body + sizeof(version);
	text_length = length - sizeof(version);
	if (text_length && strnlen(text, text_length) != text_length - 1)
		return -EPROTO;
	root = json_tokener_parse(text_length ? text : "{}");
	good = take_capabilities(connection, root, reply);
	json_object_put(root);
	return good && !reply->fd_count ? 0 : -EPROTO;
}

static int agree(struct vfu_connection *connection)
{
	struct hvb_vfu_message reply = { 0 };
	int err = send_version(connection->socket);

	set_timeout(connection->socket, SO_RCVTIMEO, connection->timeout_ms);
	if (!err)
		err = hvb_vfu_receive(connection->socket, &reply);
	if (!err)
		err = take_version(connection, &reply);
	set_timeout(connection->socket, SO_RCVTIMEO, 0);
	hvb_vfu_message_free(&reply);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

int vfu_open(struct vfu_connection *connection, const char *path, unsigned timeout_ms, struct hvb_diag *diag)
{
	int err = connect_to(path, timeout_ms, diag);
	bool busy;

	if (err < 0)
		return err;
	connection->socket = err;
	connection->twin = -1;
	connection->timeout_ms = timeout_ms;
	err = agree(connection);
	if (!err)
		return 0;
	vfu_close(connection);
	busy = err == -EPIPE || err == -ETIMEDOUT;
	return hvb_diag(diag, err, path, busy ? "it may serve another client: wait, or end that" :
			"is it a vfio-user server of version 0.0, for example hvbell-sim?", "%s: %s",
			busy ? "the server does not answer" : "the server does not agree on a protocol",
			strerror(-err));
}

void vfu_close(struct vfu_connection *connection)
{
	close(connection->socket);
	if (connection->twin >= 0)
		close(connection->twin);
}
