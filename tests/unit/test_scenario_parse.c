/* SPDX-License-Identifier: MIT */
/* Scenario files that are wrong in one place each: the message names the file, the line and the key. And what a
 * good one is read as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fake_lib.h"
#include "tools/scenario.h"

static char path[] = "/tmp/hvbell-scenario-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Reads a text as a file. */
static bool read_bytes(struct scenario_file *file, const char *text, size_t length)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, length, out), length);
	assert_int_equal(fclose(out), 0);
	return scenario_read(file, path);
}

static bool read_text(struct scenario_file *file, const char *text)
{
	return read_bytes(file, text, strlen(text));
}

/* The text as a file must be refused with ":line: " and the words given. */
static void refused(const char *text, unsigned line, const char *words)
{
	struct scenario_file file;
	const char *message = NULL;
	char place[80];

	if (read_text(&file, text)) {
		for (size_t i = 0; i < file.count && !message; i++)
			message = file.scenarios[i].error;
	} else {
		message = file.error;
	}
	if (!message)
		fail_msg("accepted: %s", text);
	snprintf(place, sizeof(place), "%s:%u: ", path, line);
	if (strncmp(message, place, strlen(place)) != 0 || !strstr(message, words))
		fail_msg("expected line %u and \"%s\", got: %s", line, words, message);
	scenario_free(&file);
}

/* A scenario with a setup, or with one step, that is put in. */
static void refused_setup(const char *setup, unsigned line, const char *words)
{
	char text[2000];

	snprintf(text, sizeof(text), "{\n\"name\": \"n\",\n\"steps\": [],\n\"setup\": {\n%s\n}}", setup);
	refused(text, line, words);
}

static void refused_step(const char *step, unsigned line, const char *words)
{
	char text[2000];

	snprintf(text, sizeof(text),
		 "{\n\"name\": \"n\",\n\"setup\": {},\n\"steps\": [\n{\"op\": \"rdmsr\", \"partition\": 1, "
		 "\"vp\": 0, \"msr\": 1},\n%s\n]}",
		 step);
	refused(text, line, words);
}

static void not_json(void **state)
{
	struct scenario_file file;

	(void)state;
	refused("", 1, "not JSON: unexpected end of data");
	refused("{\n\"name\": \"n\",\n", 3, "not JSON");
	refused("{\n\"name\": n\n}", 2, "not JSON");
	refused("{\n\"name\": \"n\",}\n", 2, "not JSON");
	refused("[\n{}\n]\nmore", 4, "not JSON");
	refused("\"text\"", 1, "must be a scenario");
	refused("5", 1, "must be a scenario");
	refused("null", 1, "must be a scenario");
	assert_false(read_bytes(&file, "{}\0{}", 5));
	scenario_free(&file);
	assert_false(read_bytes(&file, "{\"name\": \"\xff\xfe\"}", 14));
	scenario_free(&file);
	assert_false(scenario_read(&file, "/nowhere/at-all.json"));
	assert_non_null(strstr(file.error, "/nowhere/at-all.json: cannot be read: No such file"));
	scenario_free(&file);
	assert_false(scenario_read(&file, "/tmp"));
	scenario_free(&file);
}

static void deep_nesting(void **state)
{
	struct scenario_file file;
	char text[5001];

	(void)state;
	memset(text, '[', 5000);
	text[5000] = 0;
	assert_false(read_text(&file, text));
	scenario_free(&file);
}

static void top_level(void **state)
{
	(void)state;
	refused("{}", 1, "the key \"name\" is missing");
	refused("{\n\"name\": 5}", 2, "name: must be a string");
	refused("{\"name\": \"n\"}", 1, "the key \"setup\" is missing");
	refused("{\"name\": \"n\", \"setup\": {}}", 1, "the key \"steps\" is missing");
	refused("{\"name\": \"n\", \"setup\": [],\n\"steps\": []}", 1, "setup: must be an object");
	refused("{\"name\": \"n\", \"setup\": {},\n\n\"steps\": {}}", 3, "steps: must be an array");
	refused("[\n{\"name\": \"n\", \"setup\": {}, \"steps\": []},\n7\n]", 3, "[1]: must be an object");
	refused("[\n{\"name\": \"n\", \"setup\": {}, \"steps\": []},\n{\"name\": \"x,]}\\\"\",\n\"setup\": "
		"{},\n\"steps\": 1}\n]",
		5, "[1].steps: must be an array");
}

static void setups(void **state)
{
	(void)state;
	refused_setup("\"partitions\":\n{}", 5, "setup.partitions: must be an array");
	refused_setup("\"partitions\": [\n{\"state\": \"active\"}]", 6,
		      "setup.partitions[0]: the key \"id\" is missing");
	refused_setup("\"partitions\": [\n{\"id\": 1,\n\"state\": \"idle\"}]", 7, "setup.partitions[0].state: must be");
	refused_setup("\"partitions\": [{\"id\": -1}]", 5, "id: must not be negative");
	refused_setup("\"partitions\": [{\"id\": 1.5}]", 5, "id: must be an integer");
	refused_setup("\"partitions\": [{\"id\": \"16\"}]", 5, "id: must be an integer or a \"0x...\" string");
	refused_setup("\"partitions\": [{\"id\": \"0x\"}]", 5, "id: must be an integer");
	refused_setup("\"partitions\": [{\"id\": \"0x1g\"}]", 5, "id: must be an integer");
	refused_setup("\"partitions\": [{\"id\": \"0x11112222333344445\"}]", 5, "id: must be an integer");
	refused_setup(
		"\"partitions\": [{\"id\": 1, \"state\": \"active\", \"privileges\": [\"SignalEvents\",\n\"All\"]}]", 6,
		"setup.partitions[0].privileges[1]: must be SignalEvents");
	refused_setup("\"partitions\": [{\"id\": 1, \"state\": \"active\", \"vps\": [{}]}]", 5,
		      "vps[0]: the key \"index\" is missing");
	refused_setup(
		"\"partitions\": [{\"id\": 1, \"state\": \"active\", \"vps\": [{\"index\": 0,\n\"scontrol\": 2}]}]", 6,
		"scontrol: must be at most 0x1");
	refused_setup("\"partitions\": [{\"id\": 1, \"vps\": [{\"index\": 0,\n\"scontrol\": \"0x2\"}]}]", 6,
		      "scontrol: must be at most 0x1");
	refused_setup("\"partitions\": [{\"id\": 1, \"vps\": [{\"index\": 0,\n\"scontrol\": \"on\"}]}]", 6,
		      "scontrol: must be an integer");
	refused_setup("\"partitions\": [{\"id\": 1, \"vps\": [{\"index\": 0,\n\"scontrol\": null}]}]", 6,
		      "scontrol: must be 0 or 1");
	refused_setup("\"partitions\": [{\"id\": 1, \"state\": \"active\", \"vps\": [{\"index\": 0, \"siefp\": 1}]}]",
		      5, "siefp: must be an object");
	refused_setup("\"partitions\": [{\"id\": 1, \"state\": \"active\", \"vps\": [{\"index\": 0, \"sints\": "
		      "{\n\"16\": {}}}]}]",
		      6, "sints.16: must be a SINT");
	refused_setup("\"ports\": [{\"partition\": 1}]", 5, "ports[0]: the key \"id\" is missing");
	refused_setup("\"ports\": [{\"partition\": 1, \"id\": 1, \"type\": 2}]", 5, "ports[0].type: must be a string");
	refused_setup("\"ports\": [{\"partition\": 1, \"id\": \"0x100000000\"}]", 5,
		      "ports[0].id: must be at most 0xffffffff");
	refused_setup("\"connections\": [{\"partition\": 1}]", 5, "connections[0]: the key \"id\" is missing");
	refused_setup("\"sief_preset\": [{\"partition\": 1, \"vp\": 0, \"sint\": 16, \"flag\": 0}]", 5,
		      "sint: must be at most 0xf");
	refused_setup("\"sief_preset\": [{\"partition\": 1, \"vp\": 0, \"sint\": 1, \"flag\": 2048}]", 5,
		      "flag: must be at most 0x7ff");
}

static void steps(void **state)
{
	(void)state;
	refused_step("{}", 6, "steps[1]: the key \"op\" is missing");
	refused_step("{\n\"op\": \"fly\"}", 7, "steps[1].op: \"fly\" is no operation");
	refused_step("{\"op\": \"hypercall\"}", 6, "the key \"input\" is missing");
	refused_step("{\"op\": \"hypercall\", \"input\": {}}", 6, "the key \"caller_partition\" is missing");
	refused_step("{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1}}", 6, "the key \"mode\" is missing");
	refused_step("{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"arm\"}}", 6,
		     "mode: must be x64 or x86");
	refused_step("{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"x64\", \"rcx\": 1}}", 6,
		     "the key \"rdx\" is missing");
	refused_step("{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"x86\", \"rcx\": 1}}", 6,
		     "the key \"edx\" is missing");
	refused_step("{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"x64\", \"cpl\": 4}}", 6,
		     "cpl: must be at most");
	refused_step("{\"op\": \"concurrent_hypercalls\"}", 6, "the key \"calls\" is missing");
	refused_step("{\"op\": \"concurrent_hypercalls\", \"calls\": [\n{}]}", 7,
		     "calls[0]: the key \"input\" is missing");
	refused_step("{\"op\": \"create_port\"}", 6, "the key \"port\" is missing");
	refused_step("{\"op\": \"create_port\",\n\"port\": {\"partition\": 1, \"id\": 1}}", 7,
		     "port: the key \"connection_partition\" is missing");
	refused_step("{\"op\": \"connect_port\"}", 6, "the key \"connection\" is missing");
	refused_step("{\"op\": \"delete_port\", \"partition\": 1}", 6, "the key \"port_id\" is missing");
	refused_step("{\"op\": \"disconnect_port\", \"partition\": 1}", 6, "the key \"connection_id\" is missing");
	refused_step("{\"op\": \"kick\", \"partition\": 1}", 6, "the key \"slot\" is missing");
	refused_step("{\"op\": \"kick\", \"partition\": 1, \"slot\": 16}", 6, "");
	refused_step("{\"op\": \"kick\", \"partition\": 1, \"slot\": 0,\n\"connection_id\": 1}", 6,
		     "the key \"flag\" is missing");
	refused_step("{\"op\": \"kick\", \"partition\": 1, \"slot\": 0,\n\"connection_id\": 1, \"flag\": 65536}",
		     7, "");
	refused_step("{\"op\": \"set_scontrol\", \"partition\": 1, \"vp\": 0}", 6, "the key \"enable\" is missing");
	refused_step("{\"op\": \"set_siefp\", \"partition\": 1, \"vp\": 0}", 6, "the key \"enable\" is missing");
	refused_step("{\"op\": \"set_sint\", \"partition\": 1, \"vp\": 0, \"sint\": 1}", 6,
		     "the key \"value\" is missing");
	refused_step("{\"op\": \"set_sint\", \"partition\": 1, \"vp\": 0, \"sint\": 1, \"value\": {\"vector\": 256}}",
		     6, "value.vector: must be at most 0xff");
	refused_step("{\"op\": \"set_partition_state\", \"partition\": 1}", 6, "the key \"state\" is missing");
	refused_step("{\"op\": \"wrmsr\", \"partition\": 1, \"vp\": 0, \"msr\": 1}", 6, "the key \"value\" is missing");
	refused_step("{\"op\": \"guest_clear_flag\", \"partition\": 1, \"vp\": 0, \"sint\": 1}", 6,
		     "the key \"flag\" is missing");
}

static void refused_expected(const char *expected, unsigned line, const char *words)
{
	char step[1000];

	snprintf(step, sizeof(step), "{\"op\": \"vp_reset\", \"partition\": 1, \"vp\": 0, \"expected\": {\n%s}}",
		 expected);
	refused_step(step, line, words);
}

static void expectations(void **state)
{
	(void)state;
	refused_step("{\"op\": \"vp_reset\", \"partition\": 1, \"vp\": 0,\n\"expected\": 1}", 7,
		     "expected: must be an object");
	refused_expected("\"status\": \"HV_STATUS_GOOD\"", 7, "expected.status: must be the name of an HV_STATUS");
	refused_expected("\"status\": 0", 7, "expected.status: must be the name");
	refused_expected("\"status\": \"see acceptable\"", 6, "\"acceptable\", which the scenario does not have");
	refused_expected("\"status_code\": \"0x10000\"", 7, "status_code: must be at most");
	refused_expected("\"fault\": \"#PF\"", 7, "fault: must be #UD, #GP or null");
	refused_expected("\"statuses\": [null,\n\"no\"]", 8, "statuses[1]: must be the name");
	refused_expected("\"result_value_masked\": {\"mask\": 1}", 7, "the key \"value\" is missing");
	refused_expected("\"reps_completed\": 4096", 7, "reps_completed: must be at most 0xfff");
	refused_expected("\"value\": true", 7, "value: must be an integer");
	refused_expected("\"sief_bits_after\": \"see elsewhere\"", 7, "sief_bits_after: must be an array");
	refused_expected("\"interrupt_requests\": [\"see acceptable\"]", 6, "which the scenario does not have");
	refused_expected("\"interrupt_requests\": [{\"partition\": 1, \"vp\": 0, \"vector\": 1}]", 7,
			 "the key \"count\" is missing");
	refused_expected(
		"\"sief_bits_after\": [{\"partition\": 1, \"vp\": 0, \"sint\": 2, \"flag\": 64, \"page_offset\": 1}]",
		7, "do not belong to this SINT and flag");
	refused("{\"name\": \"n\", \"setup\": {}, \"steps\": [],\n\"acceptable\": [{\"interrupts\": [\"vp0 177 "
		"x1\"]}]}",
		2, "acceptable[0].interrupts[0]: must read like");
	refused("{\"name\": \"n\", \"setup\": {}, \"steps\": [],\n\"acceptable\": [{\"sief_bits\": "
		"[\"(0x20,vp0,sint16,flag1)\"]}]}",
		2, "acceptable[0].sief_bits[0]: must read like");
}

static void others_survive(void **state)
{
	struct scenario_file file;

	(void)state;
	assert_true(read_text(&file, "[{\"name\": \"a\", \"setup\": {}, \"steps\": []}, {\"name\": \"b\"}, 3,"
				     " {\"name\": \"c\", \"setup\": {}, \"steps\": [], \"unknown\": 1}]"));
	assert_int_equal(file.count, 4);
	assert_null(file.scenarios[0].error);
	assert_non_null(file.scenarios[1].error);
	assert_string_equal(file.scenarios[1].name, "b");
	assert_non_null(file.scenarios[2].error);
	assert_null(file.scenarios[2].name);
	assert_null(file.scenarios[3].error);
	assert_false(scenario_expects(&file.scenarios[3]));
	scenario_free(&file);
}

static const char good[] =
	"{\"name\": \"n\", \"acceptable\": [{\"status\": \"HV_STATUS_SUCCESS\", \"sief_bits\": "
	"[\"(0x20,vp1,sint2,flag64)\"],"
	" \"interrupts\": [\"vp1 0xb1 x3\"], \"who\": \"x\"}],"
	" \"setup\": {\"partitions\": [{\"id\": \"0xffffffffffffffff\", \"state\": \"finalized\", \"privileges\": "
	"[\"SignalEvents\","
	" \"CreatePort\"], \"vps\": [{\"index\": 4294967293, \"scontrol\": true, \"siefp\": {\"enable\": 1, \"gpa\": "
	"4096},"
	" \"sints\": {\"15\": {\"vector\": 255, \"polling\": 1}}}]}],"
	" \"ports\": [{\"partition\": 1, \"id\": 2, \"type\": \"odd\", \"target_sint\": 3, \"target_vp\": 4294967295,"
	" \"connection_partition\": 5, \"deleted\": true, \"reserved_z\": 9}],"
	" \"sief_preset\": [{\"partition\": 1, \"vp\": 2, \"sint\": 15, \"flag\": 2047}]},"
	" \"steps\": [{\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"x86\", \"real_mode\": "
	"1, \"edx\": 1,"
	" \"eax\": 2, \"ebx\": 3, \"ecx\": 4, \"edi\": 5, \"esi\": 6, \"memory\": [{\"gpa\": 7, \"qword\": "
	"18446744073709551615}]},"
	" \"expected\": {\"status\": null, \"fault\": \"#UD\", \"output_qword_masked\": null}},"
	" {\"op\": \"set_siefp\", \"partition\": 1, \"vp\": 0, \"enable\": 0},"
	" {\"op\": \"hypercall\", \"input\": {\"caller_partition\": 1, \"mode\": \"x64\", \"rcx\": 1, \"rdx\": 2},"
	" \"expected\": {\"status\": \"see acceptable\"}}]}";

/* Only ids are written; a 0x1 may be a switch. */
static const char least[] =
	"{\"name\": \"n\", \"determinism\": \"implementation-defined\", \"setup\": {\"partitions\": [{\"id\": 1,"
	" \"vps\": [{\"index\": 0, \"scontrol\": \"0x1\", \"siefp\": {}, \"simp\": {\"enable\": \"0x0\"},"
	" \"sints\": {\"2\": {}}}, {\"index\": 1}]}], \"ports\": [{\"partition\": 1, \"id\": 2}]}, \"steps\": ["
	"{\"op\": \"rdmsr\", \"partition\": 1, \"vp\": 0, \"msr\": 1, \"expected\": {\"value\": null,"
	" \"reps_completed\": null, \"sief_bits_after\": \"see acceptable\", \"elsewhere\": 1}},"
	" {\"op\": \"rdmsr\", \"partition\": 1, \"vp\": 0, \"msr\": 1,"
	" \"expected\": {\"statuses\": [null, \"see acceptable\"]}},"
	" {\"op\": \"rdmsr\", \"partition\": 1, \"vp\": 0, \"msr\": 1, \"expected\": {\"value\": \"0x10\"}}],"
	" \"acceptable\": [{\"remark\": \"x\"}]}";

static void least_world(const struct scn_world *world)
{
	const struct scn_partition *partition = world->partitions;
	const struct scn_vp *vp = partition->vps;
	const struct hvbell_port *port = &world->ports[0].port;

	assert_int_equal(partition->state, HVBELL_ACTIVE);
	assert_int_equal(partition->privileges, 0);
	assert_true(vp->scontrol && !vp->siefp.enable && !vp->simp.enable && vp->sint_named[2]);
	assert_false(vp->sint[2].masked || vp->sint[2].auto_eoi || vp->sint[2].polling);
	assert_int_equal(vp->sint[2].vector, 0);
	assert_false(vp[1].scontrol || vp[1].siefp.enable || vp[1].sint_named[2]);
	assert_int_equal(port->type, HVBELL_PORT_EVENT);
	assert_true(port->connection_partition == HVBELL_ANY_PARTITION);
	assert_int_equal(port->flag_count, 0);
	assert_false(world->ports[0].deleted || port->reserved_nonzero);
}

static void least_file(void **state)
{
	const struct scenario *scenario;
	struct scenario_file file;

	(void)state;
	assert_true(read_text(&file, least));
	scenario = file.scenarios;
	if (scenario->error)
		fail_msg("%s", scenario->error);
	assert_true(scenario->implementation_defined);
	least_world(&scenario->world);
	assert_true(scenario->steps[0].expected.value.null && scenario->steps[0].expected.reps.null);
	assert_true(scenario->steps[0].expected.see_acceptable && !scenario->steps[0].expected.has_flags);
	assert_true(scenario->steps[1].expected.see_acceptable && !scenario->steps[1].expected.has_statuses);
	assert_true(scenario->steps[2].expected.value.given && !scenario->steps[2].expected.value.null);
	assert_int_equal(scenario->steps[2].expected.value.value, 16);
	scenario_free(&file);
}

static void good_world(const struct scn_world *world)
{
	const struct scn_vp *vp = world->partitions[0].vps;

	assert_int_equal(world->partitions[0].id, UINT64_MAX);
	assert_int_equal(world->partitions[0].state, HVBELL_FINALIZED);
	assert_int_equal(world->partitions[0].privileges, HVBELL_SIGNAL_EVENTS | HVBELL_CREATE_PORT);
	assert_int_equal(vp->index, 4294967293);
	assert_true(vp->scontrol && vp->siefp.enable && !vp->simp.enable);
	assert_int_equal(vp->siefp.gpa, 4096);
	assert_true(vp->sint_named[15] && !vp->sint_named[14]);
	assert_true(vp->sint[15].polling && !vp->sint[15].masked);
	assert_int_equal(vp->sint[15].vector, 255);
	assert_int_equal(world->ports[0].port.type, UINT32_MAX);
	assert_int_equal(world->ports[0].port.target_vp, HVBELL_ANY_VP);
	assert_int_equal(world->ports[0].port.flag_count, 0);
	assert_true(world->ports[0].deleted && world->ports[0].port.reserved_nonzero);
	assert_int_equal(world->presets[0].flag, 2047);
}

static void good_file(void **state)
{
	const struct scenario *scenario;
	struct scenario_file file;

	(void)state;
	assert_true(read_text(&file, good));
	scenario = file.scenarios;
	if (scenario->error)
		fail_msg("%s", scenario->error);
	good_world(&scenario->world);
	assert_int_equal(scenario->step_count, 3);
	assert_int_equal(scenario->steps[0].calls->mode, SCN_REAL);
	assert_int_equal(scenario->steps[0].calls->rsi, 6);
	assert_int_equal(scenario->steps[0].calls->memory[0].value, UINT64_MAX);
	assert_int_equal(scenario->steps[0].expected.fault, HVBELL_FAULT_UD);
	assert_int_equal(scenario->steps[0].expected.status, SCN_NONE);
	assert_true(scenario->steps[0].expected.output.given && scenario->steps[0].expected.output.null);
	assert_false(scenario->steps[1].has_gpa || scenario->steps[1].has_expected);
	assert_true(scenario->steps[2].expected.see_acceptable && !scenario->steps[2].expected.has_status);
	assert_int_equal(scenario->acceptable[0].flags[0].vp, 1);
	assert_int_equal(scenario->acceptable[0].interrupts[0].count, 3);
	assert_true(scenario_expects(scenario));
	scenario_free(&file);
}

/* Every beginning of a good file is refused, and nothing worse. */
static void truncated_files(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(good) - 1; length++) {
		struct scenario_file file;

		assert_false(read_bytes(&file, good, length));
		scenario_free(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_json), cmocka_unit_test(deep_nesting), cmocka_unit_test(top_level),
		cmocka_unit_test(setups), cmocka_unit_test(steps), cmocka_unit_test(expectations),
		cmocka_unit_test(others_survive), cmocka_unit_test(good_file), cmocka_unit_test(truncated_files),
		cmocka_unit_test(least_file),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
