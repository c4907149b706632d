/* SPDX-License-Identifier: MIT */
/* The guest's program as bytes of the VMM; PAYLOAD is the file, set by the build. */
	.section .rodata
	.globl payload_image, payload_image_end
payload_image:
	.incbin PAYLOAD
payload_image_end:
	.section .note.GNU-stack, "", @progbits
