/* SPDX-License-Identifier: MIT */
/* Where a VP starts, in 64-bit mode with a stack and GS at its mailbox; and the way into the handlers. */
	.section .entry, "ax"
	.globl entry
entry:
	cld
	call payload_main
0:	hlt
	jmp 0b

/* One entry for each vector: an error code where the processor pushes none, the vector, and on. */
	.text
	.globl vector_entries
	.balign 16
vector_entries:
	.set vector, 0
	.rept 256
	.balign 16
	.if (vector != 8) && ((vector < 10) || (vector > 14)) && (vector != 17)
	push $0
	.endif
	push $vector
	jmp common
	.set vector, vector + 1
	.endr

common:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	call payload_interrupt
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $16, %rsp
	iretq

/* The hypercall at CPL 3: there and, by the exception that it makes, back. RDI control, RSI input. */
	.globl user_call
user_call:
	push %rbx
	push %rbp
	mov %rsp, user_stack(%rip)
	push $0x23              /* SS, user */
	push %rsp
	push $0x2               /* RFLAGS, without interrupts */
	push $0x2b              /* CS, user */
	lea 1f(%rip), %rax
	push %rax
	mov %rdi, %rcx
	mov %rsi, %rdx
	iretq
1:	vmmcall
	int3                    /* comes here where no exception was made */
	.globl user_call_end
user_call_end:
	mov user_stack(%rip), %rsp
	pop %rbp
	pop %rbx
	ret

	.bss
	.balign 8
user_stack:
	.quad 0
	.section .note.GNU-stack, "", @progbits
