/* SPDX-License-Identifier: MIT */
/* HV_STATUS codes from their names: the library knows names of codes, and there are few codes. */
#include "status_name.h"
#include <hvbell/status.h>
#include <stddef.h>
#include <string.h>

int status_of_name(const char *name)
{
	for (int code = 0; code <= 0xff; code++) {
		const char *known = hvbell_status_name(code);

		if (known && strcmp(known, name) == 0)
			return code;
	}
	return -1;
}
