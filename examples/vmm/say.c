/* SPDX-License-Identifier: MIT */
/* What the tests say of what went wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "vmm.h"

bool vmm_json;

bool vmm_complain(const char *what, ...)
{
	FILE *to = vmm_json ? stderr : stdout;
	va_list arguments;

	fprintf(to, "# ");
	va_start(arguments, what);
	vfprintf(to, what, arguments);
	va_end(arguments);
	fprintf(to, "\n");
	return false;
}

bool vmm_works(int ret, const char *call)
{
	struct hvbell_diag diag = hvbell_error();

	if (ret < 0)
		return vmm_complain("%s: %s; the card said last: %s", call, strerror(-ret), diag.what ? diag.what : "");
	return ret == 0 || vmm_complain("%s: status 0x%x", call, (unsigned)ret);
}

bool vmm_same(const char *what, uint64_t is, uint64_t expected)
{
	return is == expected || vmm_complain("%s: %llu (0x%llx), expected %llu (0x%llx)", what,
					      (unsigned long long)is, (unsigned long long)is,
					      (unsigned long long)expected, (unsigned long long)expected);
}
