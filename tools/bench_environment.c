/* SPDX-License-Identifier: MIT */
/* What the measurement runs on, and what is done so that it runs undisturbed. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"
#include "sysfs.h"

#define LOCKED_LATER (128u << 20)       /* bytes: more than is asked for behind bench_quiet() */
#define CPU "/sys/devices/system/cpu/"

static void add(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value && value[0] ? json_object_new_string(value) : NULL);
}

static void add_file(struct json_object *object, const char *key, const char *path)
{
	char line[200];

	sysfs_line(line, sizeof(line), "%s", path);
	add(object, key, line);
}

/* The value of "name : value" in /proc/cpuinfo; false where there is none. */
static bool cpuinfo(const char *name, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096];
	bool found = false;

	value[0] = '\0';
	while (file && !found && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, name, strlen(name)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(value, size, "%s", colon[1] ? colon + 2 : "");
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}

bool bench_in_vm(void)
{
	char flags[4096], padded[4100];

	if (!cpuinfo("flags", flags, sizeof(flags)))
		return false;
	snprintf(padded, sizeof(padded), " %s ", flags);
	return strstr(padded, " hypervisor ") != NULL;
}

bool bench_wall_valid(const struct bench *bench)
{
	return strncmp(bench->info.url, "vfio:", 5) == 0 && !bench_in_vm();
}

/* Of a card behind the kernel's VFIO: how it is attached. */
static void add_slot(struct json_object *object, const char *url)
{
	static const char *const files[][2] = {
		{ "link_speed", "current_link_speed" }, { "link_width", "current_link_width" },
		{ "numa_node", "numa_node" }, { "iommu", "iommu_group/type" },
	};
	char bdf[32], line[100];

	if (strncmp(url, "vfio:", 5) != 0)
		return;
	snprintf(bdf, sizeof(bdf), "%.*s", (int)strcspn(url + 5, "?"), url + 5);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		sysfs_line(line, sizeof(line), "/sys/bus/pci/devices/%s/%s", bdf, files[i][1]);
		add(object, files[i][0], line);
	}
}

static void add_cpu(struct json_object *object, const char *key, int cpu)
{
	json_object_object_add(object, key, cpu < 0 ? NULL : json_object_new_int(cpu));
}

void bench_environment(struct bench *bench)
{
	struct json_object *object = json_object_new_object();
	time_t now = time(NULL);
	struct utsname name;
	struct tm utc;
	char text[200];

	uname(&name);
	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	add(object, "time", text);
	add(object, "kernel", name.release);
	add(object, "machine", name.machine);
	cpuinfo("model name", text, sizeof(text));
	add(object, "cpu", text);
	json_object_object_add(object, "cpus", json_object_new_int64(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_object_add(object, "virtual_machine", json_object_new_boolean(bench_in_vm()));
	add_file(object, "governor", CPU "cpu0/cpufreq/scaling_governor");
	add_file(object, "isolated_cpus", CPU "isolated");
	add_file(object, "clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	add_cpu(object, "cpu_sender", bench->cpu_sender);
	add_cpu(object, "cpu_receiver", bench->cpu_receiver);
	json_object_object_add(object, "memory_locked", json_object_new_boolean(bench->locked));
	json_object_object_add(object, "cpu_dma_latency_0", json_object_new_boolean(bench->dma_latency >= 0));
	json_object_object_add(object, "warm_up", json_object_new_uint64(bench->options.warm));
	add_slot(object, bench->url);
	bench->environment = object;
}

/* The first two processors that this process may use. */
static void choose_cpus(struct bench *bench)
{
	cpu_set_t set;

	bench->cpu_sender = bench->cpu_receiver = -1;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && bench->cpu_receiver < 0; cpu++)
		if (CPU_ISSET(cpu, &set))
			*(bench->cpu_sender < 0 ? &bench->cpu_sender : &bench->cpu_receiver) = cpu;
	if (bench->cpu_receiver < 0)
		bench->cpu_receiver = bench->cpu_sender;
}

static bool usable(int cpu)
{
	cpu_set_t set;

	return cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_ISSET(cpu, &set);
}

bool bench_cpus(struct bench *bench, const char *text)
{
	int end = 0;

	choose_cpus(bench);
	if (!text)
		return true;
	if (strcmp(text, "none") == 0) {
		bench->cpu_sender = bench->cpu_receiver = -1;
		return true;
	}
	return sscanf(text, "%d,%d%n", &bench->cpu_sender, &bench->cpu_receiver, &end) == 2 && !text[end] &&
	       usable(bench->cpu_sender) && usable(bench->cpu_receiver);
}

/* Locks also what is asked for later, as histograms and stacks of threads; false: not that. Where the limit leaves no
 * room for these they could not be had at all, and only what is there now is locked. */
static bool lock_all(void)
{
	void *room = MAP_FAILED;

	if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
		room = mmap(NULL, LOCKED_LATER, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room != MAP_FAILED)
		return munmap(room, LOCKED_LATER) == 0;
	munlockall();
	mlockall(MCL_CURRENT);
	return false;
}

/* Each of these may be refused; what was is said with the results. */
void bench_quiet(struct bench *bench)
{
	const int32_t zero = 0;

	bench->locked = lock_all();
	/* a demand on the depth of the processors' sleep that lasts while the file is open */
	bench->dma_latency = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
	if (bench->dma_latency >= 0 && write(bench->dma_latency, &zero, sizeof(zero)) != (ssize_t)sizeof(zero)) {
		close(bench->dma_latency);
		bench->dma_latency = -1;
	}
}

void bench_loud(struct bench *bench)
{
	if (bench->dma_latency >= 0)
		close(bench->dma_latency);
	munlockall();
}
