/* SPDX-License-Identifier: MIT */
/* The display driver of hvbell dxgk-demo, written against the DDI as a Windows driver is: it knows no card. */
#ifndef TOOLS_DXGK_DEMO_DRIVER_H
#define TOOLS_DXGK_DEMO_DRIVER_H
#include "dxgk_demo.h"
#include "hvcall/dxgk.h"

/* Its MiniportDeviceContext. */
struct dxgk_demo_driver {
	DXGKRNL_INTERFACE Dxgk;
	HANDLE Process;                         /* the guest's */
	HANDLE Events[DXGK_DEMO_EVENTS];
	BOOLEAN (*Dismiss)(void *device);       /* whether the device had interrupted: a flag of the host */
	void *Device;
	uint64_t Signals;                       /* that were accepted */
	ULONG Pending;                          /* what the interrupt routine leaves to the DPC; synchronized */
	long Rounds;                            /* DPCs that go on with the next event */
	void (*Done)(void *device);             /* the last of the rounds */
};

extern const DRIVER_INITIALIZATION_DATA dxgk_demo_ddi;

NTSTATUS dxgk_demo_driver_signal(struct dxgk_demo_driver *driver, unsigned event, bool last_use);
#endif
