/* SPDX-License-Identifier: MIT */
/* HV_STATUS codes from their names. */
#ifndef TOOLS_STATUS_NAME_H
#define TOOLS_STATUS_NAME_H
/* The code of "HV_STATUS_SUCCESS" and so on; -1: no such name. */
int status_of_name(const char *name);
#endif
