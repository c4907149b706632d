/* SPDX-License-Identifier: MIT */
/* hvbell doctor: what keeps a card from being used, and what to do about it. */
#include "doctor.h"
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "driver/discover.h"

static const struct {
	const char *name;
	void (*run)(const struct hvb_pci *pci, struct finding *finding);
} checks[CHECK_COUNT] = {
	[CHECK_DEVICE] = { "device", check_device },
	[CHECK_IOMMU] = { "iommu", check_iommu },
	[CHECK_DRIVER] = { "driver", check_driver },
	[CHECK_GROUP] = { "group", check_group },
	[CHECK_NODES] = { "nodes", check_nodes },
	[CHECK_MEMLOCK] = { "memlock", check_memlock },
	[CHECK_INTERRUPTS] = { "interrupts", check_interrupts },
	[CHECK_KERNEL] = { "kernel", check_kernel },
	[CHECK_RESERVED] = { "reserved", check_reserved },
	[CHECK_LOCKDOWN] = { "lockdown", check_lockdown },
	[CHECK_POWER] = { "power", check_power },
	[CHECK_LINK] = { "link", check_link },
};

static const char *const states[] = {
	[STATE_OK] = "ok", [STATE_FAIL] = "FAIL", [STATE_UNKNOWN] = "?", [STATE_SKIP] = "skip",
};

void finding_say(struct finding *finding, enum check_state state, const char *remedy, const char *said, ...)
{
	va_list args;

	finding->state = state;
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy ? remedy : "");
	va_start(args, said);
	vsnprintf(finding->said, sizeof(finding->said), said, args);
	va_end(args);
}

void doctor_run(const struct hvb_pci *pci, struct finding findings[CHECK_COUNT])
{
	for (int i = 0; i < CHECK_COUNT; i++)
		checks[i].run(pci, &findings[i]);
}

int doctor_first(const struct finding findings[CHECK_COUNT], int limit)
{
	for (int i = 0; i < limit; i++)
		if (findings[i].state == STATE_FAIL)
			return i;
	return limit;
}

void cards_print(struct json_object *cards)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version", json_object_new_int(1));
	json_object_object_add(object, "cards", cards);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_text(const char *title, const struct finding *findings)
{
	printf("%s\n", title);
	for (int i = 0; i < CHECK_COUNT; i++) {
		printf("  %-4s  %-10s  %s\n", states[findings[i].state], checks[i].name, findings[i].said);
		if (findings[i].remedy[0])
			printf("  %-4s  %-10s  -> %s\n", "", "", findings[i].remedy);
	}
}

static struct json_object *to_json(const char *bdf, const struct finding *findings)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(object, "bdf", bdf ? json_object_new_string(bdf) : NULL);
	for (int i = 0; i < CHECK_COUNT; i++) {
		struct json_object *check = json_object_new_object();

		json_object_object_add(check, "check", json_object_new_string(checks[i].name));
		json_object_object_add(check, "result", json_object_new_string(states[findings[i].state]));
		json_object_object_add(check, "text", json_object_new_string(findings[i].said));
		json_object_object_add(check, "remedy", findings[i].remedy[0] ?
				       json_object_new_string(findings[i].remedy) : NULL);
		json_object_array_add(list, check);
	}
	json_object_object_add(object, "checks", list);
	return object;
}

/* What one visit has found so far. */
struct visit {
	struct json_object *cards;       /* NULL: text is printed as it comes */
	int first;                       /* check that failed, of all cards; CHECK_COUNT: none */
};

static void report(struct visit *visit, const char *bdf, const char *title, const struct finding *findings)
{
	visit->first = doctor_first(findings, visit->first);
	if (visit->cards)
		json_object_array_add(visit->cards, to_json(bdf, findings));
	else
		print_text(title, findings);
}

static void visit_machine(struct visit *visit)
{
	struct finding findings[CHECK_COUNT];

	doctor_run(NULL, findings);
	report(visit, NULL, "this machine", findings);
}

static void visit_bdf(struct visit *visit, const char *bdf)
{
	struct finding findings[CHECK_COUNT];
	struct hvb_pci pci;
	bool there = hvb_pci_read(bdf, &pci) == 0;

	doctor_run(there ? &pci : NULL, findings);
	if (!there)
		finding_say(&findings[CHECK_DEVICE], STATE_FAIL, "hvbell list shows the cards, lspci every function",
			    "there is no function %s", bdf);
	report(visit, bdf, bdf, findings);
}

/* Every card there is; false where that cannot be found out. */
static bool visit_all(struct visit *visit)
{
	struct hvb_found *found;
	struct hvb_diag diag;
	size_t count;

	if (hvb_discover(&found, &count, &diag)) {
		fprintf(stderr, "hvbell doctor: %s: %s\n", diag.where, diag.what);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		visit_bdf(visit, found[i].pci.bdf);
	free(found);
	if (count == 0)
		visit_machine(visit);
	return true;
}

int command_doctor(int argc, char **argv)
{
	struct visit visit = { .first = CHECK_COUNT };
	struct arguments arguments;
	char bdf[HVB_BDF_SIZE];
	bool done = true;
	int status;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON | ARG_NO_CARD))
		return EXIT_INPUT;
	if (arguments.rest_count > 0 && !bdf_read(&arguments, argv[0], bdf))
		return EXIT_INPUT;
	if (arguments.json)
		visit.cards = json_object_new_array();
	if (arguments.rest_count > 0)
		visit_bdf(&visit, bdf);
	else
		done = visit_all(&visit);
	status = !done ? EXIT_FAILED : visit.first < CHECK_COUNT ? EXIT_CHECK + visit.first : EXIT_GOOD;
	if (done && arguments.json)
		cards_print(visit.cards);
	else
		json_object_put(visit.cards);
	return status;
}
