/* SPDX-License-Identifier: MIT */
/* The guest's program as bytes of the VMM; PAYLOAD is the file, set by the build. */
	.section .rodata
	.globl payload_image, payload_bytes
payload_image:
	.incbin PAYLOAD
0:	.balign 8
payload_bytes:
	.quad 0b - payload_image
	.section .note.GNU-stack, "", @progbits
