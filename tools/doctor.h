/* SPDX-License-Identifier: MIT */
/* What the use of a card depends on, each thing checked. Opens no device, changes nothing. */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H
#include <json-c/json.h>
#include "driver/pci.h"

/* In this order, which is that of the exit status: 10 and the first that failed. */
enum {
	CHECK_DEVICE, CHECK_IOMMU, CHECK_DRIVER, CHECK_GROUP, CHECK_NODES, CHECK_MEMLOCK, CHECK_INTERRUPTS,
	CHECK_KERNEL, CHECK_RESERVED, CHECK_LOCKDOWN, CHECK_POWER, CHECK_LINK, CHECK_COUNT
};

enum check_state { STATE_OK, STATE_FAIL, STATE_UNKNOWN, STATE_SKIP };

struct finding {
	enum check_state state;
	char said[320];
	char remedy[400];        /* "": there is nothing to do */
};

/* A check of one card, or where pci is NULL of the machine alone. */
void check_device(const struct hvb_pci *pci, struct finding *finding);
void check_iommu(const struct hvb_pci *pci, struct finding *finding);
void check_driver(const struct hvb_pci *pci, struct finding *finding);
void check_group(const struct hvb_pci *pci, struct finding *finding);
void check_nodes(const struct hvb_pci *pci, struct finding *finding);
void check_memlock(const struct hvb_pci *pci, struct finding *finding);
void check_interrupts(const struct hvb_pci *pci, struct finding *finding);
void check_kernel(const struct hvb_pci *pci, struct finding *finding);
void check_reserved(const struct hvb_pci *pci, struct finding *finding);
void check_lockdown(const struct hvb_pci *pci, struct finding *finding);
void check_power(const struct hvb_pci *pci, struct finding *finding);
void check_link(const struct hvb_pci *pci, struct finding *finding);

/* Fills a finding; remedy may be NULL. */
void finding_say(struct finding *finding, enum check_state state, const char *remedy, const char *said, ...)
	__attribute__((format(printf, 4, 5)));
/* Runs all checks. */
void doctor_run(const struct hvb_pci *pci, struct finding findings[CHECK_COUNT]);
/* The first check below limit that failed, or limit. */
int doctor_first(const struct finding findings[CHECK_COUNT], int limit);
/* Prints one JSON object about an array of cards, and frees it. Its version counts changes that break a reader. */
void cards_print(struct json_object *cards);
#endif
