/* SPDX-License-Identifier: MIT */
/* Memory made fit for sharing where map_files may not be opened: a descriptor of its file must be found. What else
 * hvb_share() does is seen through the vfio-user backend (test_vfio_user_memory.c). */
#include "sim_helper.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "driver/share.h"

#define PAGE 4096u

#define NOT_HERE 77              /* the files of /proc are out of an ordinary user's reach, as in a closed chroot */

/* In a process without the right to open memory's files: 0, or the number of what went wrong. */
static int share_unprivileged(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC), other = memfd_create("test", MFD_CLOEXEC), got = -1;
	struct stat ours, theirs;
	struct hvb_share share;
	unsigned char *memory;

	if ((!geteuid() && setuid(65534)) || prctl(PR_SET_DUMPABLE, 1) || ftruncate(fd, 2 * PAGE))
		return 1;
	if (access("/proc/self/maps", R_OK))
		return NOT_HERE;
	memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED || hvb_share(memory + PAGE, PAGE, true, &share, &got))
		return 2;
	if (fstat(fd, &ours) || fstat(got, &theirs) || ours.st_ino != theirs.st_ino || got == fd || got == other)
		return 3;
	if (!(fcntl(got, F_GETFD) & FD_CLOEXEC) || share.offset != PAGE || share.replaced)
		return 4;
	close(got);
	close(fd);
	return hvb_share(memory, PAGE, true, &share, &got) == -ENOTSUP ? 0 : 5;
}

static void unprivileged(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(share_unprivileged());
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_HERE)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(unprivileged) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
