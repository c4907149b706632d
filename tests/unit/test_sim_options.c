/* SPDX-License-Identifier: MIT */
/* The options of a sim: URL. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "sim/options.h"

static struct hvb_sim_options options;
static char why[160];

static int parse(const char *rest)
{
	why[0] = '\0';
	return hvb_sim_options_parse(rest, &options, why, sizeof(why));
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(options.link.latency, 45);
	assert_int_equal(options.link.interval, 1);
	assert_int_equal(options.link.jitter, 0);
	assert_false(options.step);
	assert_false(options.iova_low);
	assert_string_equal(options.trace, "");
	assert_int_equal(parse("?"), 0);
	assert_int_equal(options.link.latency, 45);
}

static void everything(void **state)
{
	(void)state;
	assert_int_equal(parse("?latency=gen2x1&trace=a.fst&log=b.log&seed=7&jitter=20&step=1&timeout=9&iova=low"
			       "&off=0x12"), 0);
	assert_int_equal(options.link.latency, 65);
	assert_int_equal(options.link.interval, 8);
	assert_int_equal(options.link.nonposted_credits, 16);
	assert_string_equal(options.trace, "a.fst");
	assert_string_equal(options.log, "b.log");
	assert_int_equal(options.link.seed, 7);
	assert_int_equal(options.link.jitter, 20);
	assert_true(options.step);
	assert_true(options.iova_low);
	assert_int_equal(options.check_off, 0x12);
	assert_int_equal(parse("?latency=none"), 0);
	assert_int_equal(options.link.latency, 0);
	assert_int_equal(parse("?latency=100&step=0&iova=high"), 0);
	assert_int_equal(options.link.latency, 100);
	assert_int_equal(options.link.interval, 1);
	assert_false(options.step);
	assert_int_equal(parse("?latency=gen2x4"), 0);
	assert_int_equal(options.link.interval, 2);
	assert_int_equal(parse("?latency=gen3x8"), 0);
	assert_int_equal(options.link.latency, 45);
}

static void refusals(void **state)
{
	static const char *const wrong[] = {
		"?latency=fast", "?latency=", "?latency=-1", "?latency=65537", "?latency=1x", "?latency= 1",
		"?jitter=4097", "?jitter=a", "?seed=", "?seed=99999999999999999999", "?trace=", "?log=", "?step=2",
		"?step=", "?iova=middle", "?off=65536", "?off=x",
	};
	char text[700];

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char name[16] = "";

		strncat(name, wrong[i] + 1, strcspn(wrong[i] + 1, "="));
		assert_int_equal(parse(wrong[i]), -EINVAL);
		if (!strstr(why, name))
			fail_msg("%s: %s", wrong[i], why);
	}
	assert_int_equal(parse("?speed=1"), -EINVAL);
	assert_non_null(strstr(why, "speed"));
	assert_int_equal(parse("?step=1&speed=1"), -EINVAL);
	assert_int_equal(parse("?step"), -EINVAL);
	assert_non_null(strstr(why, "step"));
	assert_int_equal(parse("step=1"), -EINVAL);
	assert_int_equal(parse("?=1"), -EINVAL);
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '?';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(text), -EINVAL);
	text[400] = '\0';
	assert_int_equal(parse(text), -EINVAL);
	text[4] = '=';
	memcpy(text, "?log=", 5);
	assert_int_equal(parse(text), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
