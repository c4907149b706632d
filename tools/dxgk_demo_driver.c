/* SPDX-License-Identifier: MIT */
/* The driver: an interrupt makes a DPC, the DPC signals the guest's next event. */
#include "dxgk_demo_driver.h"

NTSTATUS dxgk_demo_driver_signal(struct dxgk_demo_driver *driver, unsigned event, bool last_use)
{
	DXGKARGCB_SIGNALEVENT Args = { .hDxgkProcess = driver->Process, .hEvent = driver->Events[event] };
	NTSTATUS Status;

	Args.LastUse = last_use;
	Status = driver->Dxgk.DxgkCbSignalEvent(&Args);
	/* the guest may have answered, and a DPC be here, too */
	if (NT_SUCCESS(Status))
		__atomic_add_fetch(&driver->Signals, 1, __ATOMIC_RELAXED);
	return Status;
}

static NTSTATUS StartDevice(PVOID MiniportDeviceContext, PDXGK_START_INFO DxgkStartInfo,
			    PDXGKRNL_INTERFACE DxgkInterface, PULONG NumberOfVideoPresentSources,
			    PULONG NumberOfChildren)
{
	struct dxgk_demo_driver *driver = MiniportDeviceContext;

	DxgkStartInfo->RequiredDmaQueueEntry = 0;
	driver->Dxgk = *DxgkInterface;
	*NumberOfVideoPresentSources = 0;
	*NumberOfChildren = 0;
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY CreateProcess(CONST HANDLE hAdapter, DXGKARG_CREATEPROCESS *pArgs)
{
	struct dxgk_demo_driver *driver = hAdapter;

	driver->Process = pArgs->hDxgkProcess;
	pArgs->hKmdProcess = driver;
	return pArgs->Flags.VirtualMachineProcess ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static BOOLEAN InterruptRoutine(PVOID MiniportDeviceContext, ULONG MessageNumber)
{
	struct dxgk_demo_driver *driver = MiniportDeviceContext;

	(void)MessageNumber;
	if (!driver->Dismiss(driver->Device))
		return FALSE;
	driver->Pending++;
	driver->Dxgk.DxgkCbQueueDpc(driver->Dxgk.DeviceHandle);
	return TRUE;
}

/* At device level, as the interrupt routine. */
static BOOLEAN TakePending(PVOID SynchronizeContext)
{
	struct dxgk_demo_driver *driver = SynchronizeContext;
	BOOLEAN any = driver->Pending != 0;

	driver->Pending = 0;
	return any;
}

static VOID DpcRoutine(PVOID MiniportDeviceContext)
{
	struct dxgk_demo_driver *driver = MiniportDeviceContext;
	BOOLEAN any = FALSE;

	driver->Dxgk.DxgkCbSynchronizeExecution(driver->Dxgk.DeviceHandle, TakePending, driver, 0, &any);
	if (!any || driver->Rounds <= 0)
		return;
	if (--driver->Rounds > 0)
		dxgk_demo_driver_signal(driver, (unsigned)driver->Rounds % DXGK_DEMO_EVENTS, false);
	else
		driver->Done(driver->Device);
}

const DRIVER_INITIALIZATION_DATA dxgk_demo_ddi = {
	.Version = DXGKDDI_INTERFACE_VERSION,
	.DxgkDdiStartDevice = StartDevice,
	.DxgkDdiInterruptRoutine = InterruptRoutine,
	.DxgkDdiDpcRoutine = DpcRoutine,
	.DxgkDdiCreateProcess = CreateProcess,
};
