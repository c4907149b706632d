/* SPDX-License-Identifier: MIT */
/* Parsing of the URL's options and the figures of the named links. */
#include "options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_CYCLES (1u << 16)        /* a card answers in tens, and behind a burst of interrupts in thousands */
#define TIMEOUT_CROSSINGS 64u            /* of the link, while it waits for credits */

/*
 * Cycles of 8 ns. A round trip through a Gen3 x8 end point and the root's memory takes 0.55 to 0.85 us: 45 cycles one
 * way are 0.72 us. Gen2 adds 0.1 to 0.2 us a crossing of its slower hard block. The interval is the wire time of a
 * 32-byte TLP: 7.88 GB/s carry two a cycle, 2 GB/s one in two cycles, 0.5 GB/s one in eight. Credits are what small
 * root ports advertise; "none" is a wire.
 */
static const struct preset {
	const char *name;
	unsigned latency, interval, posted_credits, nonposted_credits;
} presets[] = {
	{ "gen3x8", 45, 1, 128, 128 },
	{ "gen2x4", 62, 2, 64, 64 },
	{ "gen2x1", 65, 8, 32, 16 },
	{ "none", 0, 1, 128, 128 },
};

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	int saved = errno;
	char *end;
	bool good;

	errno = 0;
	*value = strtoull(text, &end, 0);
	good = *text >= '0' && *text <= '9' && !*end && !errno && *value <= max;
	errno = saved;
	return good;
}

static bool parse_small(const char *text, unsigned max, unsigned *value)
{
	uint64_t number;

	if (!parse_number(text, max, &number))
		return false;
	*value = (unsigned)number;
	return true;
}

static bool parse_latency(const char *text, struct hvb_rc_config *link)
{
	for (unsigned i = 0; i < sizeof(presets) / sizeof(*presets); i++)
		if (!strcmp(text, presets[i].name)) {
			link->latency = presets[i].latency;
			link->interval = presets[i].interval;
			link->posted_credits = presets[i].posted_credits;
			link->nonposted_credits = presets[i].nonposted_credits;
			return true;
		}
	return parse_small(text, HVB_SIM_LATENCY_MAX, &link->latency);
}

const char *hvb_sim_link_name(const struct hvb_rc_config *link)
{
	for (unsigned i = 0; i < sizeof(presets) / sizeof(*presets); i++)
		if (link->latency == presets[i].latency && link->interval == presets[i].interval &&
		    link->posted_credits == presets[i].posted_credits &&
		    link->nonposted_credits == presets[i].nonposted_credits)
			return presets[i].name;
	return NULL;
}

static bool parse_file(const char *text, char *file, size_t size)
{
	return *text && (size_t)snprintf(file, size, "%s", text) < size;
}

static bool parse_switch(const char *text, const char *on, const char *off, bool *value)
{
	*value = !strcmp(text, on);
	return *value || !strcmp(text, off);
}

static bool parse_mask(const char *text, uint16_t *mask)
{
	uint64_t number;

	if (!parse_number(text, UINT16_MAX, &number))
		return false;
	*mask = (uint16_t)number;
	return true;
}

/* 0; -EINVAL where the value is wrong, -ENOENT where there is no such option. */
static int parse_option(const char *name, const char *value, struct hvb_sim_options *options)
{
	bool good;

	if (!strcmp(name, "latency"))
		good = parse_latency(value, &options->link);
	else if (!strcmp(name, "jitter"))
		good = parse_small(value, HVB_SIM_JITTER_MAX, &options->link.jitter);
	else if (!strcmp(name, "seed"))
		good = parse_number(value, UINT64_MAX, &options->link.seed);
	else if (!strcmp(name, "trace"))
		good = parse_file(value, options->trace, sizeof(options->trace));
	else if (!strcmp(name, "log"))
		good = parse_file(value, options->log, sizeof(options->log));
	else if (!strcmp(name, "step"))
		good = parse_switch(value, "1", "0", &options->step);
	else if (!strcmp(name, "iova"))
		good = parse_switch(value, "low", "high", &options->iova_low);
	else if (!strcmp(name, "off"))
		good = parse_mask(value, &options->check_off);
	else if (!strcmp(name, "timeout") || !strcmp(name, "deliver"))
		good = true;
	else
		return -ENOENT;
	return good ? 0 : -EINVAL;
}

static int parse_pair(char *pair, struct hvb_sim_options *options, char *why, size_t size)
{
	char *value = strchr(pair, '=');
	int err;

	if (!value) {
		snprintf(why, size, "option \"%.60s\" has no value", pair);
		return -EINVAL;
	}
	*value++ = '\0';
	err = parse_option(pair, value, options);
	if (err == -ENOENT)
		snprintf(why, size, "unknown option \"%.60s\"", pair);
	else if (err)
		snprintf(why, size, "option \"%s\" cannot be \"%.60s\"", pair, value);
	return err ? -EINVAL : 0;
}

int hvb_sim_options_parse(const char *rest, struct hvb_sim_options *options, char *why, size_t size)
{
	char text[512], *next = text;
	int err = 0;

	memset(options, 0, sizeof(*options));
	parse_latency("gen3x8", &options->link);
	if (*rest && *rest != '?') {
		snprintf(why, size, "\"%.60s\" stands where only \"?\" and options may", rest);
		return -EINVAL;
	}
	if ((size_t)snprintf(text, sizeof(text), "%s", *rest ? rest + 1 : "") >= sizeof(text)) {
		snprintf(why, size, "options of more than %zu characters", sizeof(text) - 1);
		return -EINVAL;
	}
	while (!err && next && *next) {
		char *pair = next;

		next = strchr(pair, '&');
		if (next)
			*next++ = '\0';
		err = parse_pair(pair, options, why, size);
	}
	options->link.timeout = TIMEOUT_CYCLES + TIMEOUT_CROSSINGS * (options->link.latency + options->link.jitter);
	return err;
}
