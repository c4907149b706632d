/* SPDX-License-Identifier: MIT */
/* Fuzz target: scenario files. One that cannot be read says where; one that can is written again, and reads the
 * same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "driver.h"
#include "scenario_write.h"
#include "tools/scenario.h"

#define PLACE 32

/* A file that is nowhere, whose name is in place. */
static int hold(const void *data, size_t size, char *place)
{
	int fd = memfd_create("scenario", MFD_CLOEXEC);

	if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
		abort();
	snprintf(place, PLACE, "/proc/self/fd/%d", fd);
	return fd;
}

/* Worlds that a scenario can say and scenario_write() cannot: it is made for random ones, which have none of this. */
static bool is_plain(const struct scenario *scenario)
{
	const struct scn_world *world = &scenario->world;

	if (scenario->error || scenario->implementation_defined || world->preset_count || scenario->acceptable_count)
		return false;
	for (size_t i = 0; i < world->port_count; i++)
		if (world->ports[i].deleted)
			return false;
	for (size_t i = 0; i < scenario->step_count; i++)
		if (scenario->steps[i].concurrent_with_next)
			return false;
	return true;
}

static void check(const struct scenario *scenario)
{
	struct scenario_file again;
	char *text, place[PLACE];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int fd;

	if (!out || !scenario_write(scenario, out) || fclose(out) != 0)
		abort();
	fd = hold(text, size, place);
	if (!scenario_read(&again, place) || again.count != 1 || again.scenarios[0].error ||
	    again.scenarios[0].step_count != scenario->step_count) {
		fprintf(stderr, "%s\nwas written, and not read again: %s\n", text,
			again.failed ? again.error : again.count ? again.scenarios[0].error : "nothing");
		abort();
	}
	scenario_free(&again);
	close(fd);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario_file file;
	char place[PLACE];
	int fd = hold(data, size, place);

	if (!scenario_read(&file, place) && (!file.failed || !file.error))
		abort();
	for (size_t i = 0; i < file.count; i++) {
		if (file.scenarios[i].error && !strstr(file.scenarios[i].error, place))
			abort();
		if (is_plain(&file.scenarios[i]))
			check(&file.scenarios[i]);
	}
	scenario_free(&file);
	close(fd);
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "scenario", .runs = 20000 };

	return fuzz_main(&target, argc, argv);
}
#endif
