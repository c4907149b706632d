/* SPDX-License-Identifier: MIT */
/* What the files of the host's half of hvbell dxgk-demo share. */
#ifndef TOOLS_DXGK_DEMO_HOST_H
#define TOOLS_DXGK_DEMO_HOST_H
#include <pthread.h>
#include "dxgk_demo_driver.h"

#define HOST 0x10
#define GUEST 0x20

struct dxgk_demo_host {
	hvbell_card *card;
	int socket;
	uint64_t *sief;                 /* the guest's page */
	hvcall_dxgk *dxgk;
	struct dxgk_demo_driver driver;
	int kick, stop, done;           /* eventfds: the guest signals; the forwarder ends; the rounds are over */
	bool forwarding;
	pthread_t forwarder;
};

/* Says it, with the library's own words if it has any. False. */
bool dxgk_demo_failed(const char *what);
#endif
