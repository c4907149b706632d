/* SPDX-License-Identifier: MIT */
/*
 * The display driver's view of the card: the callbacks that Windows' DirectX graphics kernel (dxgkrnl) gives a display
 * miniport driver, with the names and types of its driver kit (d3dkmddi.h, dispmprt.h), so that code written against
 * that interface (DDI) compiles against this header. What dxgkrnl does on Windows is done here by the functions called
 * hvcall_dxgk_*: whoever hosts the driver calls them. docs/dxgk.md says what each becomes on the card, what differs.
 *
 * Everything returns an NTSTATUS; after a failure of the card hvbell_error() (hvbell/hvbell.h) tells more. What a
 * routine of the driver returned as its failure is passed on as it is. Of every call: STATUS_INVALID_PARAMETER a null
 * pointer or a field out of range, STATUS_INVALID_HANDLE a handle that is not, or no longer, of that kind,
 * STATUS_INSUFFICIENT_RESOURCES no memory, descriptor, flag or place left; the card's: STATUS_DEVICE_BUSY quiesced,
 * STATUS_DEVICE_REMOVED gone, STATUS_IO_TIMEOUT, STATUS_IO_DEVICE_ERROR.
 *
 * Threads: any call from any thread at any time unless it says otherwise; start and stop are alone on their adapter.
 * "Device level" is being inside an interrupt routine or a synchronized routine (DIRQL on Windows): only
 * DxgkCbQueueDpc may be called there. DxgkCbSignalEvent for an event of a virtual machine neither blocks nor waits; the
 * other calls may block.
 *
 * A handle is never a pointer: it holds a place and a generation, so a null, stale or invented one is found, not
 * followed. A process has room for 131071 of them at once.
 */
#ifndef HVCALL_DXGK_H
#define HVCALL_DXGK_H
#include <hvbell/hvbell.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ---- the driver kit's basic types and values --------------------------------------------------------------------- */

#define VOID void
#define CONST const
#define APIENTRY
#define NTAPI
#define CALLBACK
#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

typedef int32_t NTSTATUS;
typedef void *PVOID, *HANDLE;
typedef uint8_t UCHAR, BOOLEAN, *PBOOLEAN;
typedef uint16_t USHORT;
typedef uint32_t UINT, ULONG, *PULONG;
typedef int32_t LONG;
typedef uintptr_t ULONG_PTR;

typedef struct _IO_STATUS_BLOCK {
	union {
		NTSTATUS Status;
		PVOID Pointer;
	};
	ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

#define NT_SUCCESS(status) ((NTSTATUS)(status) >= 0)
#define STATUS_SUCCESS ((NTSTATUS)0x00000000)
#define STATUS_TIMEOUT ((NTSTATUS)0x00000102)
#define STATUS_PENDING ((NTSTATUS)0x00000103)
#define STATUS_DEVICE_BUSY ((NTSTATUS)0x80000011)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xc0000001)
#define STATUS_INVALID_HANDLE ((NTSTATUS)0xc0000008)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xc000000d)
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xc0000022)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xc0000023)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xc000009a)
#define STATUS_DEVICE_NOT_READY ((NTSTATUS)0xc00000a3)
#define STATUS_IO_TIMEOUT ((NTSTATUS)0xc00000b5)
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xc00000bb)
#define STATUS_CANCELLED ((NTSTATUS)0xc0000120)
#define STATUS_IO_DEVICE_ERROR ((NTSTATUS)0xc0000185)
#define STATUS_DEVICE_REMOVED ((NTSTATUS)0xc00002b6)
#define STATUS_RESOURCE_IN_USE ((NTSTATUS)0xc0000708)

#define DXGKDDI_INTERFACE_VERSION_WDDM2_5 0xa00b        /* the first with DxgkCbSignalEvent */
#define DXGKDDI_INTERFACE_VERSION_WDDM3_0 0xf003        /* the first with CPU event objects */
#define DXGKDDI_INTERFACE_VERSION DXGKDDI_INTERFACE_VERSION_WDDM3_0

/* ---- callbacks: what the driver may call ------------------------------------------------------------------------- */

typedef struct _DXGKARGCB_SIGNALEVENT {
	HANDLE hDxgkProcess;            /* of DXGKARG_CREATEPROCESS; zero with CpuEventObject */
	HANDLE hEvent;                  /* valid in that process; or hDxgCpuEvent of DXGKARG_CREATECPUEVENT */
	union {
		__extension__ struct {
			UINT CpuEventObject : 1;
			UINT Reserved : 30;     /* must be zero */
			/* Not in the driver kit's structure, though its text demands a "LastUse" flag: signal once
			 * more, then the event leaves the registry. The highest bit, since theirs grow upwards. */
			UINT LastUse : 1;
		};
		UINT Flags;
	};
} DXGKARGCB_SIGNALEVENT;

#define HVCALL_DXGK_CPU_EVENT_OBJECT 0x00000001u        /* the same two bits in Flags */
#define HVCALL_DXGK_LAST_USE 0x80000000u

/* Signals an event. Of a virtual machine's process (created with a port): one doorbell store, which returns before the
 * flag is set in the guest; any number of threads, wait-free where the doorbell page is mapped. What the card made of
 * it (the guest's SynIC may be off) is in its counters: hvbell_counters(). Of a local process, or a CPU event object:
 * its eventfd is signalled on return.
 *
 * With LastUse the event has left the registry on return: its handle is stale from then on, as if destroyed. One of two
 * that race succeeds.
 *
 * STATUS_INVALID_PARAMETER: a null argument, a reserved bit, a null event, CpuEventObject with a process, or no process
 * without it. STATUS_INVALID_HANDLE: no such event, not in that process, not of that kind, or no longer.
 * STATUS_UNSUCCESSFUL: writing the eventfd failed. */
typedef NTSTATUS (APIENTRY CALLBACK *DXGKCB_SIGNALEVENT)(CONST DXGKARGCB_SIGNALEVENT *pSignalEvent);

typedef BOOLEAN KSYNCHRONIZE_ROUTINE(PVOID SynchronizeContext);
typedef KSYNCHRONIZE_ROUTINE *PKSYNCHRONIZE_ROUTINE;

/* Runs the routine, mutually exclusive with the interrupt routine for that message number and with other such routines
 * of it; other messages go on. *ReturnValue is what it returned. Blocks while the other side runs.
 * STATUS_INVALID_PARAMETER: a null routine or result, a message number from the adapter's count, a handle that is not a
 * device's (as documented; not INVALID_HANDLE). STATUS_UNSUCCESSFUL: the message is not connected, or the caller is at
 * device level, where waiting could be for itself. */
typedef NTSTATUS (APIENTRY *DXGKCB_SYNCHRONIZE_EXECUTION)(HANDLE DeviceHandle,
							  PKSYNCHRONIZE_ROUTINE SynchronizeRoutine, PVOID Context,
							  ULONG MessageNumber, PBOOLEAN ReturnValue);

/* Has the driver's DPC routine called once, soon, on the adapter's DPC thread. TRUE: queued; FALSE: it was queued
 * already and has not begun, the handle is no device's, or there is no DPC routine. May be called at device level. */
typedef BOOLEAN (APIENTRY *DXGKCB_QUEUE_DPC)(HANDLE DeviceHandle);

/* The driver kit's structure has many more members; of those here, names and types are its. */
typedef struct _DXGKRNL_INTERFACE {
	ULONG Size;
	ULONG Version;                  /* DXGKDDI_INTERFACE_VERSION */
	HANDLE DeviceHandle;
	DXGKCB_QUEUE_DPC DxgkCbQueueDpc;
	DXGKCB_SYNCHRONIZE_EXECUTION DxgkCbSynchronizeExecution;
	DXGKCB_SIGNALEVENT DxgkCbSignalEvent;
} DXGKRNL_INTERFACE, *PDXGKRNL_INTERFACE;

/* ---- routines of the driver -------------------------------------------------------------------------------------- */

typedef struct _GUID {
	uint32_t Data1;
	uint16_t Data2, Data3;
	uint8_t Data4[8];
} GUID;

typedef struct _LUID {
	uint32_t LowPart;
	int32_t HighPart;
} LUID;

typedef struct _DXGK_START_INFO {
	ULONG RequiredDmaQueueEntry;
	GUID AdapterGuid;
	LUID AdapterLuid;
} DXGK_START_INFO, *PDXGK_START_INFO;

typedef struct _DXGK_CREATEPROCESSFLAGS {
	union {
		__extension__ struct {
			UINT SystemProcess : 1;
			UINT GdiProcess : 1;
			UINT VirtualMachineProcess : 1;
			UINT VirtualMachineWorkerProcess : 1;
			UINT SessionIsolatedContainer : 1;
			UINT Reserved : 27;
		};
		UINT Value;
	};
} DXGK_CREATEPROCESSFLAGS;

typedef struct _DXGKARG_CREATEPROCESS {
	HANDLE hDxgkProcess;            /* what the driver hands to DxgkCbSignalEvent */
	HANDLE hKmdProcess;             /* filled in by the driver: its own name for it */
	DXGK_CREATEPROCESSFLAGS Flags;  /* VirtualMachineProcess where it has a port */
	UINT NumPasid;                  /* 0 here */
	ULONG *pPasid;
} DXGKARG_CREATEPROCESS;

typedef struct _DXGK_CREATECPUEVENTFLAGS {
	union {
		__extension__ struct {
			UINT Reserved : 32;
		};
		UINT Value;
	};
} DXGK_CREATECPUEVENTFLAGS;

typedef struct _DXGKARG_CREATECPUEVENT {
	HANDLE hKmdDevice;
	HANDLE hDxgCpuEvent;            /* what the driver hands to DxgkCbSignalEvent */
	DXGK_CREATECPUEVENTFLAGS Flags;
	HANDLE hKmdCpuEvent;            /* filled in by the driver */
} DXGKARG_CREATECPUEVENT;

typedef NTSTATUS DXGKDDI_START_DEVICE(PVOID MiniportDeviceContext, PDXGK_START_INFO DxgkStartInfo,
				      PDXGKRNL_INTERFACE DxgkInterface, PULONG NumberOfVideoPresentSources,
				      PULONG NumberOfChildren);
typedef NTSTATUS DXGKDDI_STOP_DEVICE(PVOID MiniportDeviceContext);
/* TRUE: the interrupt was the driver's and it has dismissed it; FALSE: it was not, and it counts as unclaimed. */
typedef BOOLEAN DXGKDDI_INTERRUPT_ROUTINE(PVOID MiniportDeviceContext, ULONG MessageNumber);
typedef VOID DXGKDDI_DPC_ROUTINE(PVOID MiniportDeviceContext);
typedef NTSTATUS APIENTRY DXGKDDI_CREATEPROCESS(CONST HANDLE hAdapter, DXGKARG_CREATEPROCESS *pArgs);
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYPROCESS(CONST HANDLE hAdapter, CONST HANDLE hKmdProcess);
typedef NTSTATUS APIENTRY DXGKDDI_CREATECPUEVENT(CONST HANDLE hAdapter, DXGKARG_CREATECPUEVENT *pArgs);
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYCPUEVENT(CONST HANDLE hAdapter, CONST HANDLE hKmdCpuEvent);
typedef DXGKDDI_START_DEVICE *PDXGKDDI_START_DEVICE;
typedef DXGKDDI_STOP_DEVICE *PDXGKDDI_STOP_DEVICE;
typedef DXGKDDI_INTERRUPT_ROUTINE *PDXGKDDI_INTERRUPT_ROUTINE;
typedef DXGKDDI_DPC_ROUTINE *PDXGKDDI_DPC_ROUTINE;
typedef DXGKDDI_CREATEPROCESS *PDXGKDDI_CREATEPROCESS;
typedef DXGKDDI_DESTROYPROCESS *PDXGKDDI_DESTROYPROCESS;
typedef DXGKDDI_CREATECPUEVENT *PDXGKDDI_CREATECPUEVENT;
typedef DXGKDDI_DESTROYCPUEVENT *PDXGKDDI_DESTROYCPUEVENT;

/* The members that concern events; the others of the driver kit's structure are left out. Each may be NULL but
 * DxgkDdiStartDevice. hAdapter is the MiniportDeviceContext. */
typedef struct _DRIVER_INITIALIZATION_DATA {
	ULONG Version;
	PDXGKDDI_START_DEVICE DxgkDdiStartDevice;
	PDXGKDDI_STOP_DEVICE DxgkDdiStopDevice;
	PDXGKDDI_INTERRUPT_ROUTINE DxgkDdiInterruptRoutine;
	PDXGKDDI_DPC_ROUTINE DxgkDdiDpcRoutine;
	PDXGKDDI_CREATEPROCESS DxgkDdiCreateProcess;
	PDXGKDDI_DESTROYPROCESS DxgkDdiDestroyProcess;
	PDXGKDDI_CREATECPUEVENT DxgkDdiCreateCpuEvent;
	PDXGKDDI_DESTROYCPUEVENT DxgkDdiDestroyCpuEvent;
} DRIVER_INITIALIZATION_DATA, *PDRIVER_INITIALIZATION_DATA;

/* ---- dxgkrnl's part: an adapter ---------------------------------------------------------------------------------- */

typedef struct hvcall_dxgk hvcall_dxgk;

struct hvcall_dxgk_options {
	hvbell_card *card;              /* may be NULL: local processes, CPU event objects and interrupts only */
	uint64_t partition;             /* the driver's own, on the card, with HVBELL_SIGNAL_EVENTS */
	unsigned slot;                  /* 0..15 of its doorbell page, for this adapter alone */
	ULONG messages;                 /* interrupt messages, numbered from 0; up to 2048 */
	const DRIVER_INITIALIZATION_DATA *driver;
	PVOID MiniportDeviceContext;    /* what the driver's DxgkDdiAddDevice returned */
};

/* Starts the driver on a card: calls its DxgkDdiStartDevice with a DXGKRNL_INTERFACE, which the driver copies. *dxgk is
 * the caller's, to stop before the partition goes. The options are copied, the driver's table too. No interrupt is
 * connected yet. */
NTSTATUS hvcall_dxgk_start(const struct hvcall_dxgk_options *options, hvcall_dxgk **dxgk);
/* Destroys what is left of the adapter's Miracast context, processes and CPU event objects, disconnects its
 * interrupts, lets a queued DPC run, calls DxgkDdiStopDevice and frees it. NULL is allowed. Not from a routine of the
 * driver. Blocks for all of these. */
void hvcall_dxgk_stop(hvcall_dxgk *dxgk);

/* Connects a message to what signals it: an eventfd, as of hvbell_eventfd(), which stays the caller's and may be closed
 * after. From then on each wake of it calls the driver's interrupt routine with the message number, one call at a time
 * for a message, on a thread of the message; what arrives during a call makes one more. STATUS_RESOURCE_IN_USE already
 * connected, STATUS_NOT_SUPPORTED the driver has no interrupt routine. */
NTSTATUS hvcall_dxgk_connect_interrupt(hvcall_dxgk *dxgk, ULONG message, int eventfd);
/* On return the routine does not run and will not be called for this message. STATUS_DEVICE_NOT_READY not connected,
 * STATUS_UNSUCCESSFUL at device level. */
NTSTATUS hvcall_dxgk_disconnect_interrupt(hvcall_dxgk *dxgk, ULONG message);

struct hvcall_dxgk_interrupts {
	uint64_t claimed, unclaimed;    /* calls that returned TRUE, FALSE */
};
/* Reads a message's counts since the start. */
NTSTATUS hvcall_dxgk_interrupts(hvcall_dxgk *dxgk, ULONG message, struct hvcall_dxgk_interrupts *counts);

/* ---- dxgkrnl's part: processes and events ------------------------------------------------------------------------ */

/* Makes a process and tells the driver's DxgkDdiCreateProcess of it. port NULL: a local one. Else one of a virtual
 * machine: the port is created for its partition and connected to the driver's own partition as connection_id; flags
 * of it are the process's events. The port needs a VP of its own (not HVBELL_ANY_VP), whole SIEF words (base flag and
 * count multiples of 64), and its partition's memory stays mapped while the process exists; id and connection_id must
 * be free (else STATUS_INVALID_PARAMETER), connection_partition is filled in. STATUS_DEVICE_NOT_READY: one of the two
 * partitions is not active; STATUS_NOT_SUPPORTED: the card owns the flags (struct hvbell_info), which a guest clears
 * itself. The partitions must stay, and the card may not be reset, until the process is destroyed. */
NTSTATUS hvcall_dxgk_create_process(hvcall_dxgk *dxgk, const struct hvbell_port *port, uint32_t connection_id,
				    HANDLE *hDxgkProcess);
/* Waits until DxgkDdiCreateProcess has returned (which may not call this itself), ends the process's events, waits for
 * callbacks in flight on them, calls DxgkDdiDestroyProcess, then deletes connection and port; what was signalled before
 * is delivered. The process is gone on return in any case. STATUS_DEVICE_NOT_READY: the guest's partition is no longer
 * active; its port stays, without a connection, until the partition is removed. */
NTSTATUS hvcall_dxgk_destroy_process(hvcall_dxgk *dxgk, HANDLE hDxgkProcess);

/* Makes an event of a process. Of a local one: eventfd is the process's, non-blocking, duplicated here; flag is not
 * touched and may be NULL. Whoever holds an eventfd may take that flag of it back and fill it, and so hold up who
 * signals: a process that is not trusted is given an epoll descriptor of it instead. Of a virtual machine's: eventfd
 * is -1, and *flag is the flag of the port, counted from 0, that the guest's half has to map before it is signalled. A
 * flag serves again only when every signal to its last event was delivered and taken by the guest. Looking for such
 * flags may block for a fence of the card. */
NTSTATUS hvcall_dxgk_create_event(hvcall_dxgk *dxgk, HANDLE hDxgkProcess, int eventfd, HANDLE *hEvent, unsigned *flag);
/* The handle is stale and no callback on it in flight on return; what was signalled before is still delivered. */
NTSTATUS hvcall_dxgk_destroy_event(hvcall_dxgk *dxgk, HANDLE hDxgkProcess, HANDLE hEvent);

/* Makes a CPU event object and tells the driver's DxgkDdiCreateCpuEvent of it, with hKmdDevice, which is the driver's.
 * eventfd as of a local event. */
NTSTATUS hvcall_dxgk_create_cpu_event(hvcall_dxgk *dxgk, HANDLE hKmdDevice, int eventfd, HANDLE *hDxgCpuEvent);
/* As hvcall_dxgk_destroy_event(); DxgkDdiDestroyCpuEvent is called when no callback on it is in flight. */
NTSTATUS hvcall_dxgk_destroy_cpu_event(hvcall_dxgk *dxgk, HANDLE hDxgCpuEvent);

/* ---- the guest's half -----------------------------------------------------------------------------------------------
 * What a guest's display driver does with a port's flags: it maps each back to its event and signals that. It needs no
 * card, so it may be in another process, or in the guest: only the port's SIEF page and the interrupt's eventfd. */

typedef struct hvcall_dxgk_guest hvcall_dxgk_guest;

struct hvcall_dxgk_guest_options {
	uint64_t *sief;                 /* the VP's SIEF page, mapped until close: hvbell_sief(), or shared memory */
	unsigned sint, base_flag, flag_count;   /* of the port */
	int eventfd;                    /* of hvbell_eventfd(); duplicated. One guest half reads it. */
};

/* How an event of the guest is signalled, besides ending a wait for it. */
struct hvcall_dxgk_guest_event {
	int eventfd;                    /* non-blocking, duplicated; -1: none */
	void (*callback)(void *arg);    /* NULL: none. On the half's thread; may not call the half. */
	void *arg;
};

/* Starts the half's thread, which takes flags from then on; *guest is the caller's, to close. Flags that no event is
 * mapped to are taken and counted. */
NTSTATUS hvcall_dxgk_guest_open(const struct hvcall_dxgk_guest_options *options, hvcall_dxgk_guest **guest);
/* Ends the thread, wakes waiters (STATUS_CANCELLED) and frees it when they have left. NULL is allowed. */
void hvcall_dxgk_guest_close(hvcall_dxgk_guest *guest);
/* Maps flag (0 .. flag_count-1) to an event: STATUS_RESOURCE_IN_USE it is mapped. The event begins unsignalled; what
 * was taken before does not count. */
NTSTATUS hvcall_dxgk_guest_map(hvcall_dxgk_guest *guest, unsigned flag, const struct hvcall_dxgk_guest_event *event);
/* On return the callback does not run and will not be called; waiters get STATUS_CANCELLED. STATUS_INVALID_HANDLE: not
 * mapped. */
NTSTATUS hvcall_dxgk_guest_unmap(hvcall_dxgk_guest *guest, unsigned flag);
/* Waits until the flag's event is signalled, at most timeout_ms (-1: for ever, 0: not), and resets it: one waiter gets
 * one signal, several signals before it are one. STATUS_TIMEOUT, STATUS_CANCELLED, STATUS_INVALID_HANDLE. */
NTSTATUS hvcall_dxgk_guest_wait(hvcall_dxgk_guest *guest, unsigned flag, int timeout_ms);
/* How many flags were taken that belonged to no event. */
uint64_t hvcall_dxgk_guest_strays(hvcall_dxgk_guest *guest);

/* ---- Miracast: messages to the user-mode half of the driver ------------------------------------------------------
 * The two halves are two processes: the driver's, which has the card, and one that runs hvcall_dxgk_miracast_serve().
 * docs/dxgk.md, "Miracast". */

/* Called exactly once for a message that was answered with STATUS_PENDING: *pIoStatusBlock, which is valid during the
 * call, has the handler's status and the bytes it wrote to the output buffer, or STATUS_CANCELLED and 0. On a thread of
 * the context, on several at once (zero-level synchronization), possibly before the send has returned. May send again;
 * may not destroy the context. */
typedef VOID (NTAPI *DXGKCB_MIRACAST_SEND_MESSAGE_CALLBACK)(PVOID CallbackContext, PIO_STATUS_BLOCK pIoStatusBlock);

/* Sends a message to the user-mode half's handler, in order. Both buffers are the caller's and must stay until the
 * callback. That is optional: without it nobody is told how the message ended, the input is copied before the return,
 * and the output buffer is never written. Does not wait for the receiver; one that has not begun to serve gets the
 * message when it does.
 *
 * STATUS_PENDING: sent. Anything else: nothing was sent, and there will be no callback. STATUS_INSUFFICIENT_RESOURCES:
 * 64 messages are pending, or no memory; try again. STATUS_INVALID_PARAMETER: a size without a buffer.
 * STATUS_INVALID_HANDLE: the context is destroyed. STATUS_DEVICE_NOT_READY: the user-mode half is gone;
 * STATUS_UNSUCCESSFUL: it broke the protocol; STATUS_DEVICE_REMOVED: the card was reset. After one of these three the
 * context stays as it is until it is destroyed. */
typedef NTSTATUS (NTAPI *DXGKCB_MIRACAST_SEND_MESSAGE)(HANDLE MiracastHandle, ULONG InputBufferSize,
						       VOID *pInputBuffer, ULONG OutputBufferSize, VOID *pOutputBuffer,
						       DXGKCB_MIRACAST_SEND_MESSAGE_CALLBACK pCallback,
						       PVOID pCallbackContext);

typedef struct _DXGK_MIRACAST_CHUNK_INFO DXGK_MIRACAST_CHUNK_INFO;
typedef NTSTATUS (NTAPI *DXGKCB_MIRACAST_REPORT_CHUNK_INFO)(HANDLE MiracastHandle,
							    DXGK_MIRACAST_CHUNK_INFO *ChunkInfo,
							    PVOID PrivateDriverData, UINT PrivateDataDriverSize);

typedef struct _DXGK_MIRACAST_DISPLAY_CALLBACKS {
	HANDLE MiracastHandle;
	DXGKCB_MIRACAST_SEND_MESSAGE DxgkCbMiracastSendMessage;
	DXGKCB_MIRACAST_REPORT_CHUNK_INFO DxgkCbReportChunkInfo;        /* STATUS_NOT_SUPPORTED: no encoder here */
} DXGK_MIRACAST_DISPLAY_CALLBACKS, *PDXGK_MIRACAST_DISPLAY_CALLBACKS;

typedef NTSTATUS (NTAPI *DXGKDDI_MIRACAST_CREATE_CONTEXT)(PVOID DriverContext,
							  DXGK_MIRACAST_DISPLAY_CALLBACKS *MiracastCallbacks,
							  PVOID *MiracastContext, ULONG *TargetId);
typedef VOID (NTAPI *DXGKDDI_MIRACAST_DESTROY_CONTEXT)(PVOID DriverContext, PVOID MiracastContext);

/* The members that concern messages. Both routines are needed. */
typedef struct _DXGK_MIRACAST_INTERFACE {
	USHORT Size;
	USHORT Version;
	PVOID Context;                  /* DriverContext of the routines */
	DXGKDDI_MIRACAST_CREATE_CONTEXT DxgkDdiMiracastCreateContext;
	DXGKDDI_MIRACAST_DESTROY_CONTEXT DxgkDdiMiracastDestroyContext;
} DXGK_MIRACAST_INTERFACE, *PDXGK_MIRACAST_INTERFACE;

struct hvcall_dxgk_miracast_options {
	const DXGK_MIRACAST_INTERFACE *driver;  /* copied */
	/* Ids of two partitions that the context adds to the card, and takes off it: the halves' places. Until it is
	 * destroyed they are its own, also over a reset of the card. */
	uint64_t host, guest;
	/* A connected Unix socket (stream or seqpacket), whose other end is the user-mode half's alone: it is given its
	 * half over it, and that end's closing is its end. Duplicated. Serves one context. */
	int socket;
};

/* Makes the context and calls the driver's DxgkDdiMiracastCreateContext with the display callbacks. One at a time on an
 * adapter: STATUS_RESOURCE_IN_USE, also where one of the partitions exists. STATUS_DEVICE_NOT_READY: the other end of
 * the socket is closed. STATUS_NOT_SUPPORTED: an adapter without a card. What fails is undone; where the card refuses
 * that too, hvcall_dxgk_miracast_destroy() is to do it later. */
NTSTATUS hvcall_dxgk_miracast_create(hvcall_dxgk *dxgk, const struct hvcall_dxgk_miracast_options *options);
/* Cancels every message that is pending (STATUS_CANCELLED, Information 0) and waits for its callback, ends the
 * user-mode half (the socket is shut down), calls the driver's DxgkDdiMiracastDestroyContext, takes the partitions off
 * the card. No callback runs after it has returned. STATUS_DEVICE_NOT_READY: there is no context. STATUS_UNSUCCESSFUL:
 * called from a callback. The card's errors: the messages are cancelled, and no more is sent, but the context holds its
 * memory, to be destroyed again when the card is resumed or reset. Before the card is closed. */
NTSTATUS hvcall_dxgk_miracast_destroy(hvcall_dxgk *dxgk);

/* Of all contexts of an adapter since its start. */
struct hvcall_dxgk_miracast_counters {
	uint64_t sent, answered, cancelled;     /* messages; sent = answered + cancelled + pending */
	uint64_t refused;                       /* messages: the ring was full */
	uint64_t gone, misbehaved, removed;     /* contexts: the receiver ended, or broke the protocol; card reset */
};
/* Reads them, one after the other. */
NTSTATUS hvcall_dxgk_miracast_counters(hvcall_dxgk *dxgk, struct hvcall_dxgk_miracast_counters *counters);

/* The user-mode half's handler of a message, shaped as MiracastIoControl. What it returns becomes the Status
 * (STATUS_PENDING, which is no end, becomes STATUS_UNSUCCESSFUL) and *pBytesReturned, which is 0 before, the
 * Information; more than OutputBufferSize becomes STATUS_BUFFER_TOO_SMALL and 0. Input is a copy, and output zeroes, of
 * this process, valid during the call; NULL where the size is 0. */
typedef NTSTATUS (NTAPI *hvcall_dxgk_miracast_handler)(PVOID Context, ULONG InputBufferSize, VOID *pInputBuffer,
						       ULONG OutputBufferSize, VOID *pOutputBuffer,
						       ULONG *pBytesReturned);

/* The user-mode half, in any process; it needs no card. Waits for a context on its end of the socket, then calls the
 * handler for each message, one at a time, on the calling thread. Returns when the context was destroyed, or the
 * driver's process is gone: STATUS_SUCCESS. The socket stays the caller's; shutdown() of it from another thread ends
 * this, too. STATUS_INVALID_PARAMETER: no handler, or what came is no context; STATUS_UNSUCCESSFUL: the driver's half
 * broke the protocol. A message whose buffers cannot be had is answered with STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS hvcall_dxgk_miracast_serve(int socket, hvcall_dxgk_miracast_handler handler, PVOID context);

#ifdef __cplusplus
}
#endif
#endif
