/* SPDX-License-Identifier: MIT */
/* hvbell list: the cards of this machine, and whether each can be used. Opens none of them. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include "command.h"
#include "doctor.h"
#include "driver/discover.h"
#include "report.h"

struct row {
	const struct hvb_found *found;
	const char *why;                 /* it cannot be used; NULL: it can */
};

/* The way programs get to the card: its character device, its group, or none. */
static const char *node_of(const struct hvb_pci *pci, char *text, size_t size)
{
	if (pci->cdev[0])
		snprintf(text, size, "%s, group %d", pci->cdev, pci->group);
	else if (pci->group >= 0)
		snprintf(text, size, "group %d", pci->group);
	else
		snprintf(text, size, "no group");
	return text;
}

static void print_text(const struct row *row)
{
	const struct hvb_pci *pci = &row->found->pci;
	char node[100];

	printf("%s  %04x:%04x  %s\n", pci->bdf, pci->vendor, pci->device, row->found->name);
	printf("  driver  %s\n", pci->driver[0] ? pci->driver : "none");
	printf("  node    %s\n", node_of(pci, node, sizeof(node)));
	if (pci->numa >= 0)
		printf("  numa    %d\n", pci->numa);
	if (pci->speed[0])
		printf("  link    %s x%s\n", pci->speed, pci->width);
	printf("  usable  %s%s\n", row->why ? "no: " : "yes", row->why ? row->why : "");
}

static struct json_object *text_or_null(const char *text)
{
	return text && *text ? json_object_new_string(text) : NULL;
}

static struct json_object *number_or_null(int number)
{
	return number >= 0 ? json_object_new_int(number) : NULL;
}

static struct json_object *to_json(const struct row *row)
{
	struct json_object *object = json_object_new_object();
	const struct hvb_pci *pci = &row->found->pci;

	json_object_object_add(object, "bdf", json_object_new_string(pci->bdf));
	json_object_object_add(object, "vendor", report_hex(pci->vendor));
	json_object_object_add(object, "device", report_hex(pci->device));
	json_object_object_add(object, "name", json_object_new_string(row->found->name));
	json_object_object_add(object, "driver", text_or_null(pci->driver));
	json_object_object_add(object, "group", number_or_null(pci->group));
	json_object_object_add(object, "cdev", text_or_null(pci->cdev));
	json_object_object_add(object, "numa", number_or_null(pci->numa));
	json_object_object_add(object, "link_speed", text_or_null(pci->speed));
	json_object_object_add(object, "link_width", text_or_null(pci->width));
	json_object_object_add(object, "usable", json_object_new_boolean(!row->why));
	json_object_object_add(object, "reason", text_or_null(row->why));
	return object;
}

static void show(const struct hvb_found *found, struct json_object *list)
{
	struct finding findings[CHECK_COUNT];
	struct row row = { .found = found };
	int first;

	doctor_run(&found->pci, findings);
	/* a slow link keeps nobody from using the card */
	first = doctor_first(findings, CHECK_LINK);
	if (first < CHECK_LINK)
		row.why = findings[first].said;
	if (list)
		json_object_array_add(list, to_json(&row));
	else
		print_text(&row);
}

int command_list(int argc, char **argv)
{
	struct json_object *list = NULL;
	struct arguments arguments;
	struct hvb_found *found;
	struct hvb_diag diag;
	size_t count;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON | ARG_NO_CARD))
		return EXIT_INPUT;
	if (arguments.rest_count > 0) {
		fprintf(stderr, "hvbell list: %s is too much\n", arguments.rest[0]);
		return EXIT_INPUT;
	}
	if (hvb_discover(&found, &count, &diag)) {
		fprintf(stderr, "hvbell list: %s: %s\n", diag.where, diag.what);
		return EXIT_FAILED;
	}
	if (arguments.json)
		list = json_object_new_array();
	for (size_t i = 0; i < count; i++)
		show(&found[i], list);
	free(found);
	if (arguments.json)
		cards_print(list);
	else if (count == 0)
		printf("no card (%04x:%04x) in this machine\nsim: needs none: hvbell info --card sim:\n",
		       HVB_PCI_VENDOR, HVB_PCI_DEVICE);
	return EXIT_GOOD;
}
