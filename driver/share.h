/* SPDX-License-Identifier: MIT */
/* Memory of this process that another one is to map: it must be a file's, with a descriptor to hand over. */
#ifndef HVB_DRIVER_SHARE_H
#define HVB_DRIVER_SHARE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hvb_share {
	void *addr;
	size_t len;
	uint64_t offset;         /* of addr in the file */
	uint64_t device, inode;  /* of the file */
	bool replaced;           /* it was private memory */
	int protection;          /* PROT_* */
};

/* Makes [addr, addr+len) (whole pages) memory that can be shared, and *fd its file (the caller's to close). What is a
 * shared mapping of a file already stays; private memory is replaced in place by a file's of the same contents, which
 * nobody may touch meanwhile. -EINVAL not mapped, not readable, or to be written and not writable; -ENOTSUP several
 * kinds of memory, or a file of which this process has no descriptor; or the error of a system call. Nothing has
 * changed then. */
int hvb_share(void *addr, size_t len, bool write, struct hvb_share *share, int *fd);
/* Makes replaced memory private again, with the contents it has now; nobody may touch it meanwhile. Memory that is no
 * longer what hvb_share() made it stays as it is. */
int hvb_unshare(const struct hvb_share *share);
#endif
