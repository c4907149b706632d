/* SPDX-License-Identifier: MIT */
/* Kicks through the KVM glue: an eventfd between KVM and the card, and everything back as it was. */
#include <fcntl.h>
#include <unistd.h>
#include "kvm_world.h"

#define SLOT_BYTES 0x100

static int connected[HVB_SLOTS];        /* the kernel's side of the card: the eventfd of each slot's KICK; 0: none */
static int refuses;                     /* with this error number */

static int ioeventfd(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t data, int fd)
{
	int *slot = &connected[off / SLOT_BYTES % HVB_SLOTS];

	(void)dev, (void)data;
	assert_int_equal(region, HVB_REGION_BAR2);
	assert_int_equal(off % SLOT_BYTES, HVB_S_KICK);
	assert_int_equal(off >> 12, 0);
	if (fd >= 0 && refuses)
		return -refuses;
	*slot = fd < 0 ? 0 : fd;
	return 0;
}

static struct hvb_dev_ops with_kernel;

static void start(struct kvm_world *w, bool kernel)
{
	kvm_world_bare(w);
	with_kernel = *w->world.fake->dev.ops;
	if (kernel)
		with_kernel.ioeventfd = ioeventfd;
	w->world.fake->dev.ops = &with_kernel;
	memset(connected, 0, sizeof(connected));
	refuses = 0;
	kvm_world_open(w, 1);
	kvm_world_port(w, 1, 0, 2);
}

static bool bound(const struct kvm_world *w, unsigned slot)
{
	return w->world.fake->kicks[0][slot] & HVB_KICK_ENTRY_BOUND_MASK;
}

static void a_write_becomes_a_kick(void **state)
{
	struct kvm_world w;
	int fd;

	(void)state;
	start(&w, true);
	assert_int_equal(hvcall_kvm_kick(w.kvm, 16, 1, 5, 0xfed00000), -EINVAL);
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 5, 0xfed00000), 0);
	assert_int_equal(w.world.fake->kicks[0][9], HVB_KICK_ENTRY_BOUND_MASK | 5ull << 32 | 1);
	assert_int_equal(fake_kvm.write.addr, 0xfed00000);
	assert_int_equal(fake_kvm.write.len, 4);
	assert_int_equal(fake_kvm.write.flags, 0);
	fd = connected[9];
	assert_int_equal(fake_kvm.write.fd, fd);
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 6, 0xfed00004), -EEXIST);
	assert_int_equal(hvcall_kvm_fast(w.kvm, 9, 1), -EEXIST);
	assert_int_equal(fake_kvm.write.addr, 0xfed00000);
	kvm_world_close(&w);
	assert_int_equal(connected[9], 0);
	assert_false(bound(&w, 9));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	kvm_world_end(&w);
}

static void kvm_answers_a_connection_itself(void **state)
{
	struct kvm_world w;

	(void)state;
	start(&w, true);
	assert_int_equal(hvcall_kvm_fast(w.kvm, 16, 1), -EINVAL);
	assert_int_equal(hvcall_kvm_fast(w.kvm, 15, 1), 0);
	assert_int_equal(w.world.fake->kicks[0][15], HVB_KICK_ENTRY_BOUND_MASK | 1);
	assert_int_equal(fake_kvm.call.conn_id, 1);
	assert_int_equal(fake_kvm.call.fd, connected[15]);
	assert_int_equal(fake_kvm.write.len, 0);
	assert_int_equal(hvcall_kvm_fast(w.kvm, 14, 1), -EEXIST);
	assert_int_equal(hvcall_kvm_fast(w.kvm, 14, 0x1000001), -EINVAL);
	assert_false(bound(&w, 14));
	assert_int_equal(connected[14], 0);
	kvm_world_close(&w);
	assert_int_equal(connected[15], 0);
	assert_false(bound(&w, 15));
	kvm_world_end(&w);
}

static void what_fails_leaves_nothing(void **state)
{
	struct kvm_world w;
	int next;

	(void)state;
	start(&w, false);
	next = dup(0);
	close(next);
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 5, 0xfed00000), -ENOTSUP);
	assert_false(bound(&w, 9));
	with_kernel.ioeventfd = ioeventfd;
	refuses = EPERM;
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 5, 0xfed00000), -EPERM);
	assert_false(bound(&w, 9));
	refuses = 0;
	fake_kvm.fails = KVM_IOEVENTFD;
	fake_kvm.with = ENOSPC;
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 5, 0xfed00000), -ENOSPC);
	assert_false(bound(&w, 9));
	assert_int_equal(connected[9], 0);
	fake_kvm.with = 0;
	assert_int_equal(dup(0), next);
	close(next);
	assert_int_equal(hvcall_kvm_kick(w.kvm, 9, 1, 5, 0xfed00000), 0);
	kvm_world_end(&w);
	assert_int_equal(connected[9], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_becomes_a_kick),
		cmocka_unit_test(kvm_answers_a_connection_itself),
		cmocka_unit_test(what_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
