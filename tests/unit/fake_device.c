/* SPDX-License-Identifier: MIT */
/* The fake kernel's device: what it says of itself, its regions, interrupts and DMA. */
#include "fake_kernel.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "driver/backends.h"
#include "driver/vfio_compat.h"
#include "sim/card.h"
#include "sim/dmamap.h"
#include "sim/rc.h"

#define VECTORS 256u
#define STORES 4u
#define COMMAND 4
#define PCIE 0x40
#define DEVCTL2 (PCIE + 0x28)
#define MSIX 0xb0
#define MSIX_BAR 4

static unsigned char config[4096];
static int backing[6];           /* of the BARs' memory */
static uint64_t *memory[6];
static int eventfds[5][VECTORS];
static bool enabled;
static unsigned table;           /* vectors the enabled table has */
static struct {
	uint64_t offset, data;
	int fd;                  /* -1: free */
} stores[STORES];                /* that eventfds make */
static struct hvb_dmamap pinned;
static uint64_t pinned_bytes;

static uint64_t region_size(unsigned region)
{
	static const uint64_t sizes[8] = { [0] = 0x10000, [2] = 64 * 4096, [4] = 0x10000, [7] = sizeof(config) };

	return region < 8 ? sizes[region] : 0;
}

static void make_config(void)
{
	static const unsigned char start[] = { 0x34, 0x12, 0x5d, 0x5d, 0x00, 0x00, 0x10, 0x00 };

	memset(config, 0, sizeof(config));
	memcpy(config, start, sizeof(start));
	config[0x34] = PCIE;
	config[PCIE] = 0x10;
	config[PCIE + 1] = MSIX;
	config[MSIX] = 0x11;
	config[MSIX + 4] = MSIX_BAR;
}

void fake_device_start(void)
{
	make_config();
	for (unsigned i = 0; i < 6; i++) {
		if (!region_size(i))
			continue;
		backing[i] = memfd_create("fake-bar", MFD_CLOEXEC);
		assert_int_equal(ftruncate(backing[i], (off_t)region_size(i)), 0);
		memory[i] = mmap(NULL, region_size(i), PROT_READ | PROT_WRITE, MAP_SHARED, backing[i], 0);
		assert_true(memory[i] != MAP_FAILED);
	}
	for (unsigned i = 0; i < 5; i++)
		for (unsigned n = 0; n < VECTORS; n++)
			eventfds[i][n] = -1;
	for (unsigned i = 0; i < STORES; i++)
		stores[i].fd = -1;
	enabled = false;
}

void fake_device_stop(void)
{
	for (unsigned i = 0; i < 6; i++) {
		if (!memory[i])
			continue;
		munmap(memory[i], region_size(i));
		close(backing[i]);
		memory[i] = NULL;
	}
	/* what the kernel does when the device is closed */
	for (unsigned i = 0; i < STORES; i++)
		if (stores[i].fd >= 0)
			close(stores[i].fd);
	hvb_dmamap_free(&pinned);
	memset(&pinned, 0, sizeof(pinned));
}

uint64_t *fake_register(unsigned bar, uint64_t off)
{
	return memory[bar] + off / 8;
}

bool fake_bus_master(void)
{
	return config[COMMAND] & 4;
}

bool fake_requester(void)
{
	return config[DEVCTL2] & 0x40;
}

int fake_hostile(unsigned long request)
{
	return request == fake.hostile_request ? (int)fake.hostile : CAPS_SOUND;
}

static int refuse(int err)
{
	errno = err;
	return -1;
}

/* ---- what it says of itself -------------------------------------------------------------------------------------- */

/* An answer whose only capability is behind its head, whose cap_offset stands at cap_at and argsz first. */
static int answer(unsigned long request, void *arg, void *head, uint32_t size, uint32_t cap_at, void *cap,
		  uint32_t cap_size)
{
	uint32_t room, needed = size + cap_size, at = 0;
	struct vfio_info_cap_header *header = cap;
	int hostile = fake_hostile(request);

	memcpy(&room, arg, sizeof(room));
	if (room < cap_at)
		return refuse(EINVAL);
	if (hostile == ARGSZ_HUGE)
		needed = 0x80000000;
	if (hostile == ARGSZ_GROWS)
		needed = room + 8;
	if (cap_size && hostile != ARGSZ_HUGE && room >= size + cap_size) {
		at = size;
		header->version = 1;
		if (hostile == CAPS_LOOP) {
			header->id = 0x7777;
			header->next = size;
		}
		if (hostile == CAPS_OUTSIDE) {
			header->id = 0x7777;
			header->next = room - 4;
		}
		memcpy((unsigned char *)arg + at, cap, cap_size);
		if (hostile == CAPS_CUT) {
			struct vfio_info_cap_header other = { .id = 0x7777, .next = room - 8 };

			memcpy((unsigned char *)arg + room - 8, header, sizeof(*header));
			memcpy((unsigned char *)arg + at, &other, sizeof(other));
		}
	}
	memcpy(head, &needed, sizeof(needed));
	memcpy((unsigned char *)head + cap_at, &at, sizeof(at));
	memcpy(arg, head, room < size ? room : size);
	return 0;
}

static int get_info(void *arg)
{
	struct vfio_device_info_cap_pci_atomic_comp comp = { .header.id = VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP,
		.flags = VFIO_PCI_ATOMIC_COMP64 };
	struct vfio_device_info info = { .num_regions = 9, .num_irqs = 5 };
	bool says = fake.generation >= FAKE_6_6 && !fake.no_atomic_cap;

	info.flags = VFIO_DEVICE_FLAGS_PCI | (fake.no_reset ? 0 : VFIO_DEVICE_FLAGS_RESET) |
		     (says ? VFIO_DEVICE_FLAGS_CAPS : 0);
	return answer(VFIO_DEVICE_GET_INFO, arg, &info, sizeof(info), offsetof(struct vfio_device_info, cap_offset),
		      &comp, says ? sizeof(comp) : 0);
}

static int get_region(void *arg)
{
	/* two areas that touch, then a hole, then one more */
	struct {
		struct vfio_region_info_cap_sparse_mmap head;
		struct vfio_region_sparse_mmap_area areas[3];
	} sparse = { .head = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = 3 },
		     .areas = { { 0, 0x1000 }, { 0x1000, 0x2000 }, { 0x4000, 0x1000 } } };
	struct vfio_info_cap_header mappable = { .id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE };
	struct vfio_region_info info;
	bool caps;

	memcpy(&info, arg, sizeof(info));
	if (info.index > 8 || info.index == 8)
		return refuse(EINVAL);
	info.size = region_size(info.index);
	info.offset = (uint64_t)info.index << FAKE_REGION_SHIFT;
	info.flags = info.size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	if (info.size && info.index < 6 && !fake.no_mmap)
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (info.index == 2 && fake.sparse) {
		info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		if (fake_hostile(VFIO_DEVICE_GET_REGION_INFO) == CAPS_COUNT)
			sparse.head.nr_areas = UINT32_MAX;
		return answer(VFIO_DEVICE_GET_REGION_INFO, arg, &info, sizeof(info),
			      offsetof(struct vfio_region_info, cap_offset), &sparse, sizeof(sparse));
	}
	caps = info.index == MSIX_BAR && !fake.no_msix_mappable;
	info.flags |= caps ? VFIO_REGION_INFO_FLAG_CAPS : 0;
	return answer(VFIO_DEVICE_GET_REGION_INFO, arg, &info, sizeof(info),
		      offsetof(struct vfio_region_info, cap_offset), &mappable, caps ? sizeof(mappable) : 0);
}

static int get_irq(struct vfio_irq_info *info)
{
	if (info->argsz < sizeof(*info) || info->index > 4)
		return refuse(EINVAL);
	info->flags = VFIO_IRQ_INFO_EVENTFD;
	info->count = info->index == 2 ? VECTORS : 1;
	if (info->index != 2 || fake.generation < FAKE_6_6)
		info->flags |= VFIO_IRQ_INFO_NORESIZE;
	return 0;
}

/* ---- regions ----------------------------------------------------------------------------------------------------- */

/* What the kernel keeps of the command register survives; the rest is the card's. */
long fake_region(bool write, void *buf, size_t len, uint64_t at)
{
	unsigned region = (unsigned)(at >> FAKE_REGION_SHIFT);
	uint64_t off = at & ((1ull << FAKE_REGION_SHIFT) - 1);
	unsigned char *data;

	if (off >= region_size(region) || len > region_size(region) - off)
		return refuse(EINVAL);
	if (fake.gone) {
		memset(buf, write ? *(unsigned char *)buf : 0xff, len);
		/* the kernel answers for the identity itself */
		if (!write && region == 7 && !off)
			memcpy(buf, config, len);
		return (long)len;
	}
	if (fake.card && region != 7) {
		int err = write ? fake.card->ops->region_write(fake.card, region, off, buf, len) :
				  fake.card->ops->region_read(fake.card, region, off, buf, len);

		return err ? refuse(-err) : (long)len;
	}
	data = region == 7 ? config + off : (unsigned char *)memory[region] + off;
	memcpy(write ? data : buf, write ? buf : data, len);
	return (long)len;
}

int fake_region_file(uint64_t *offset, size_t len)
{
	unsigned region = (unsigned)(*offset >> FAKE_REGION_SHIFT);

	*offset &= (1ull << FAKE_REGION_SHIFT) - 1;
	if (fake.no_mmap || region >= 6 || *offset >= region_size(region) || len > region_size(region) - *offset)
		return -1;
	return backing[region];
}

/* ---- interrupts -------------------------------------------------------------------------------------------------- */

static int connect_one(unsigned index, unsigned vector, int fd)
{
	int copy = fd < 0 ? -1 : dup(fd);

	if (fd >= 0 && copy < 0)
		return -EBADF;
	if (eventfds[index][vector] >= 0)
		close(eventfds[index][vector]);
	eventfds[index][vector] = copy;
	if (fake.card && index == 2)
		return fake.card->ops->irq_set(fake.card, HVB_IRQ_MSIX, vector, 1, &fd);
	return 0;
}

static int disable(unsigned index)
{
	for (unsigned n = 0; n < VECTORS; n++)
		if (eventfds[index][n] >= 0)
			connect_one(index, n, -1);
	if (index == 2)
		enabled = false;
	return 0;
}

/* 0, how many there are, or -errno: as pci_alloc_irq_vectors() has it */
static int allocate(unsigned wanted)
{
	unsigned have = fake.vectors && fake.vectors < VECTORS ? fake.vectors : VECTORS;

	if (wanted <= have)
		return 0;
	return fake.says_enospc ? -ENOSPC : (int)have;
}

static int set_irqs(const struct vfio_irq_set *set)
{
	unsigned have = set->index == 2 ? VECTORS : 1, end = set->start + set->count;
	bool resizable = fake.generation >= FAKE_6_6;
	int fd, err;

	if (set->index > 4 || set->start > have || set->count > have - set->start)
		return refuse(EINVAL);
	if (set->flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER) && !set->count)
		return set->argsz == sizeof(*set) ? disable(set->index) : refuse(EINVAL);
	if (set->flags != (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER) ||
	    set->argsz != sizeof(*set) + set->count * sizeof(int) || !set->count)
		return refuse(EINVAL);
	if (set->index == 2 && (!enabled || (resizable && end > table))) {
		err = allocate(end);
		if (err)
			return err < 0 || enabled ? refuse(ENOSPC) : err;
		enabled = true;
		table = end;
	}
	if (set->index == 2 && end > table)
		return refuse(EINVAL);
	for (unsigned i = 0; i < set->count; i++) {
		memcpy(&fd, set->data + i * sizeof(fd), sizeof(fd));
		err = connect_one(set->index, set->start + i, fd);
		if (err)
			return refuse(-err);
	}
	return 0;
}

void fake_interrupt(unsigned irq, unsigned vector)
{
	const uint64_t one = 1;

	if (eventfds[irq][vector] >= 0)
		assert_int_equal(write(eventfds[irq][vector], &one, sizeof(one)), sizeof(one));
}

unsigned fake_connected(unsigned irq)
{
	unsigned count = 0;

	for (unsigned n = 0; n < VECTORS; n++)
		count += eventfds[irq][n] >= 0;
	return count;
}

static int set_ioeventfd(const struct vfio_device_ioeventfd *ask)
{
	uint64_t off = ask->offset & ((1ull << FAKE_REGION_SHIFT) - 1);
	unsigned region = (unsigned)(ask->offset >> FAKE_REGION_SHIFT), n = 0, unused = 0;

	if (ask->argsz < offsetof(struct vfio_device_ioeventfd, fd) + 4 || ask->flags != VFIO_DEVICE_IOEVENTFD_32 ||
	    region > 5 || off + 4 > region_size(region) || ask->fd < -1)
		return refuse(EINVAL);
	while (n < STORES && (stores[n].fd < 0 || stores[n].offset != ask->offset || stores[n].data != ask->data))
		n++;
	if (n < STORES && ask->fd < 0) {
		close(stores[n].fd);
		stores[n].fd = -1;
		return 0;
	}
	if (n < STORES || ask->fd < 0)
		return refuse(n < STORES ? EEXIST : ENODEV);
	while (unused < STORES && stores[unused].fd >= 0)
		unused++;
	if (unused == STORES)
		return refuse(ENOSPC);
	stores[unused].offset = ask->offset;
	stores[unused].data = ask->data;
	stores[unused].fd = dup(ask->fd);
	return stores[unused].fd < 0 ? refuse(EBADF) : 0;
}

unsigned fake_ioeventfds(void)
{
	unsigned count = 0;
	uint64_t signals;

	for (unsigned i = 0; i < STORES; i++) {
		uint32_t data = (uint32_t)stores[i].data;

		if (stores[i].fd < 0 || read(stores[i].fd, &signals, sizeof(signals)) < 0)
			continue;
		assert_int_equal(fake_region(true, &data, sizeof(data), stores[i].offset), sizeof(data));
		count++;
	}
	return count;
}

static int reset(void)
{
	if (fake.no_reset || fake.gone)
		return refuse(fake.gone ? EIO : EINVAL);
	config[DEVCTL2] = 0;
	config[COMMAND] = 0;
	return fake.card ? fake.card->ops->reset(fake.card) : 0;
}

int fake_device_ioctl(unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		return get_info(arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return get_region(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return get_irq(arg);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	case VFIO_DEVICE_IOEVENTFD:
		return set_ioeventfd(arg);
	case VFIO_DEVICE_RESET:
		return reset();
	default:
		return refuse(ENOTTY);
	}
}

/* ---- DMA --------------------------------------------------------------------------------------------------------- */

struct change {
	const struct hvb_dma_range *range;
	bool add;
	int err;
};

static void change_card(struct hvb_rc *rc, void *arg)
{
	struct change *change = arg;
	size_t len = (size_t)(change->range->last - change->range->first) + 1;

	if (change->add)
		change->err = hvb_dmamap_add(hvb_rc_dmamap(rc), change->range->first, len, change->range->host,
					     change->range->flags);
	else
		change->err = hvb_dmamap_remove(hvb_rc_dmamap(rc), change->range->first, len);
}

static int tell_card(const struct hvb_dma_range *range, bool add)
{
	struct change change = { .range = range, .add = add };

	if (fake.card)
		hvb_card_call(hvb_sim_card(fake.card), change_card, &change);
	return change.err;
}

/* The interrupt window is nobody's; as the ranges say, where the generation has any. */
int fake_dma_map(uint64_t iova, uint64_t len, void *addr, unsigned flags)
{
	const struct hvb_dma_range range = { .first = iova, .last = iova + len - 1, .host = addr, .flags = flags };
	int err;

	if (iova % 4096 || len % 4096 || !len || range.last > 0x7fffffffffull ||
	    (range.first < 0xfef00000 && range.last >= 0xfee00000))
		return -EINVAL;
	if (fake.memlock && pinned_bytes + len > fake.memlock)
		return -ENOMEM;
	if (fake.dma_entries && pinned.count >= fake.dma_entries)
		return -ENOSPC;
	err = hvb_dmamap_add(&pinned, iova, len, addr, flags);
	if (err)
		return err;
	pinned_bytes += len;
	return tell_card(&range, true);
}

int64_t fake_dma_unmap(uint64_t iova, uint64_t len)
{
	const struct hvb_dma_range range = { .first = iova, .last = iova + len - 1 };
	int err;

	if (fake.short_unmap)
		return (int64_t)len - 4096;
	err = hvb_dmamap_remove(&pinned, iova, len);
	if (err)
		return err;
	pinned_bytes -= len;
	tell_card(&range, false);
	return (int64_t)len;
}

uint64_t fake_pinned(void)
{
	return pinned_bytes;
}

uint64_t fake_first_iova(void)
{
	return pinned.count ? pinned.ranges[0].first : 0;
}
