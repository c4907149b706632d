/* SPDX-License-Identifier: MIT */
/*
 * The guest: each VP carries out what its mailbox says. Runs without an operating system, identity mapped, all of it at
 * CPL 0 but one hypercall that is refused for that.
 */
#include <stdbool.h>
#include "mailbox.h"

#define MSR_APIC_BASE 0x1bu
#define MSR_X2APIC_EOI 0x80bu
#define MSR_X2APIC_SVR 0x80fu
#define MSR_SIEFP 0x40000082u
#define ENABLED 1ull
#define FAST (1ull << 16)

struct frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct gate {
	uint16_t low, selector, options, middle;
	uint32_t high, reserved;
};

extern const char vector_entries[], user_call_end[];
uint64_t user_call(uint64_t control, uint64_t input);
void payload_main(void);
void payload_interrupt(struct frame *frame);

static struct gate gates[2][256] __attribute__((aligned(16)));
static volatile uint32_t faults[2];

static struct mailbox *box(void)
{
	struct mailbox *self;

	asm volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

static void out(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static void say(const char *text)
{
	while (*text)
		out(PORT_CONSOLE, (uint8_t)*text++);
}

static void write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static uint64_t read_msr(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr), "0"(0), "1"(0));
	return (uint64_t)high << 32 | low;
}

static uint64_t read_clock(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The TLFS leaves RAX, RCX, RDX, R8 to R11 and the XMM registers to the hypervisor. */
static uint64_t hypercall(uint64_t control, uint64_t input, uint64_t output)
{
	register uint64_t r8 asm("r8") = output;
	uint64_t result = 0;

	asm volatile("vmmcall"
		     : "+a"(result), "+c"(control), "+d"(input), "+r"(r8) : : "memory", "cc", "r9", "r10", "r11");
	return result;
}

/* ---- taking flags ------------------------------------------------------------------------------------------------ */

static bool take(uint64_t *word, uint64_t bit)
{
	bool was;

	asm volatile("lock btrq %2, %1" : "=@ccc"(was), "+m"(*word) : "r"(bit) : "memory");
	return was;
}

static void take_all(struct mailbox *self, unsigned sint)
{
	volatile uint64_t *words = (uint64_t *)(self->sief + 256 * sint);

	if (!self->sief)
		return;
	for (unsigned w = 0; w < 32; w++)
		for (uint64_t bits = words[w]; bits; bits &= bits - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(bits);

			if (!take((uint64_t *)words + w, bit))
				continue;
			self->flag[sint][w * 64 + bit]++;
			self->taken[sint]++;
		}
}

/* ---- interrupts and exceptions ----------------------------------------------------------------------------------- */

/* What may fault goes on behind its instruction: RDMSR and WRMSR are two bytes long, VMMCALL three. */
static void exception(struct mailbox *self, struct frame *frame)
{
	const uint8_t *code = (const uint8_t *)frame->rip;

	faults[self->vp] = (uint32_t)frame->vector + 1;
	if (frame->cs & 3) {
		frame->cs = 0x08;
		frame->ss = 0x10;
		frame->rip = (uint64_t)user_call_end;
	} else if (frame->vector == 13 && code[0] == 0x0f && (code[1] == 0x30 || code[1] == 0x32)) {
		frame->rip += 2;
	} else if (frame->vector == 6 && code[0] == 0x0f && code[1] == 0x01) {
		frame->rip += 3;
	} else {
		say("payload: an exception that nobody asked for\n");
		for (;;)
			asm volatile("cli; hlt");
	}
}

void payload_interrupt(struct frame *frame)
{
	struct mailbox *self = box();

	if (frame->vector < 32) {
		exception(self, frame);
		return;
	}
	if (frame->vector >= VECTOR_SINT && frame->vector < VECTOR_KICK) {
		self->interrupts[frame->vector % 16]++;
		take_all(self, frame->vector % 16);
	} else if (frame->vector != VECTOR_KICK) {
		self->stray++;
	}
	write_msr(MSR_X2APIC_EOI, 0);
}

static void set_gates(struct gate *table)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { 256 * sizeof(struct gate) - 1, (uint64_t)table };

	for (unsigned v = 0; v < 256; v++) {
		uint64_t to = (uint64_t)vector_entries + 16 * v;

		table[v] = (struct gate){ .low = (uint16_t)to, .selector = 0x08,
			.options = v == 3 ? 0xee00 : 0x8e00, .middle = (uint16_t)(to >> 16),
			.high = (uint32_t)(to >> 32) };
	}
	asm volatile("lidt %0" : : "m"(idtr));
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static void store(uint64_t address, uint64_t value, uint64_t bytes)
{
	if (bytes == 8)
		*(volatile uint64_t *)address = value;
	else if (bytes == 4)
		*(volatile uint32_t *)address = (uint32_t)value;
	else
		*(volatile uint8_t *)address = (uint8_t)value;
}

static void carry_out(struct mailbox *self, struct box_op *op)
{
	faults[self->vp] = 0;
	if (op->kind == BOX_WRMSR)
		write_msr((uint32_t)op->a, op->b);
	else if (op->kind == BOX_RDMSR)
		op->result = read_msr((uint32_t)op->a);
	else if (op->kind == BOX_CALL)
		op->result = hypercall(op->a, op->b, op->c);
	else if (op->kind == BOX_WRITE)
		store(op->a, op->b, op->c);
	else
		op->result = user_call(op->a, op->b);
	op->fault = faults[self->vp];
	if (op->kind == BOX_WRMSR && op->a == MSR_SIEFP && !op->fault)
		self->sief = op->b & ENABLED ? op->b & ~0xfffull : 0;
}

static bool stopped(struct mailbox *self)
{
	return *(volatile uint32_t *)&self->stop;
}

/* With interrupts: a VP that reprograms its SynIC has signals on their way to it. */
static void run_ops(struct mailbox *self)
{
	asm volatile("sti");
	for (uint64_t n = 0; !stopped(self) && (self->count == 0 || n < self->count); n++)
		for (uint32_t i = 0; i < self->ops_count; i++)
			carry_out(self, &self->ops[i]);
	asm volatile("cli");
}

static uint64_t next_input(struct mailbox *self, uint64_t n)
{
	return self->input | (self->first + n % self->flags) << 32;
}

static void send_one(struct mailbox *self, uint64_t input)
{
	uint64_t status;

	if (self->control & FAST) {
		status = hypercall(self->control, input, 0);
	} else {
		self->block = input;
		status = hypercall(self->control, (uint64_t)&self->block, 0);
	}
	if (status) {
		self->refused++;
		self->status = status;
	} else {
		self->sent++;
	}
}

static void store_one(struct mailbox *self, uint64_t input)
{
	store(self->doorbell, input, self->bytes);
	self->sent++;
}

static void send(struct mailbox *self)
{
	for (uint64_t n = 0; n < self->count && !stopped(self); n++)
		if (self->command == BOX_SEND)
			send_one(self, next_input(self, n));
		else
			store_one(self, next_input(self, n));
}

/* One signal at a time, to this VP itself: the next is sent when the interrupt of the last was taken. */
static void send_and_wait(struct mailbox *self)
{
	for (uint64_t n = 0; n < self->count && !stopped(self); n++) {
		uint64_t before = self->interrupts[self->sint];

		if (self->command == BOX_REPLY)
			store_one(self, next_input(self, n));
		else
			send_one(self, next_input(self, n));
		while (*(volatile uint64_t *)&self->interrupts[self->sint] == before && !stopped(self))
			asm volatile("sti; hlt; cli");
		self->replies += self->interrupts[self->sint] - before;
	}
}

static void receive(struct mailbox *self)
{
	while (!stopped(self))
		asm volatile("sti; hlt; cli");
}

static void poll(struct mailbox *self)
{
	while (!stopped(self)) {
		take_all(self, self->sint);
		asm volatile("pause");
	}
	take_all(self, self->sint);
}

/* Flags of one word are everybody's: those that others set meanwhile must not suffer. */
static void clear(struct mailbox *self)
{
	while (!stopped(self))
		take((uint64_t *)self->address, self->first);
}

static void command(struct mailbox *self)
{
	uint64_t start = read_clock();

	switch (self->command) {
	case BOX_OPS:
		run_ops(self);
		break;
	case BOX_SEND:
	case BOX_STORE:
		send(self);
		break;
	case BOX_RECEIVE:
		receive(self);
		break;
	case BOX_POLL:
		poll(self);
		break;
	case BOX_CLEAR:
		clear(self);
		break;
	case BOX_REPLY:
	case BOX_CALL_REPLY:
		send_and_wait(self);
		break;
	}
	self->ticks = read_clock() - start;
}

void payload_main(void)
{
	struct mailbox *self = box();

	set_gates(gates[self->vp]);
	write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) | 0xc00);
	write_msr(MSR_X2APIC_SVR, 0x1ff);
	for (;;) {
		out(PORT_DONE, 0);
		command(self);
	}
}
