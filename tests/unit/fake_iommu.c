/* SPDX-License-Identifier: MIT */
/* What the fake kernel's IOMMU says of itself, in the two ways there are to ask it. */
#include "fake_kernel.h"
#include <errno.h>
#include <string.h>
#include "driver/vfio_compat.h"

#define HIGHEST 0x7fffffffffull

static int refuse(int err)
{
	errno = err;
	return -1;
}

static void *put(unsigned char *answer, size_t at, const void *data, size_t size)
{
	return memcpy(answer + at, data, size);
}

int fake_iommu_info(void *arg)
{
	const struct vfio_iova_range ranges[] = { { 0, 0xfedfffff }, { 0xfef00000, HIGHEST } };
	struct vfio_iommu_type1_info_cap_iova_range cap = { .nr_iovas = 2 };
	struct vfio_iommu_type1_info info = { .flags = VFIO_IOMMU_INFO_PGSIZES, .iova_pgsizes = 0x40201000 };
	struct vfio_info_cap_header other = { .id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, .version = 1 };
	unsigned char *answer = arg;
	uint32_t room, at = sizeof(info) + 16;
	int hostile = fake_hostile(VFIO_IOMMU_GET_INFO);

	memcpy(&room, arg, sizeof(room));
	if (room < 16)
		return refuse(EINVAL);
	if (fake.generation < FAKE_6_1) {
		info.argsz = 16;
		put(answer, 0, &info, 16);
		return 0;
	}
	info.flags |= VFIO_IOMMU_INFO_CAPS;
	info.argsz = (uint32_t)(at + sizeof(cap) + sizeof(ranges));
	if (hostile == ARGSZ_HUGE)
		info.argsz = 0x7fffffff;
	if (hostile == ARGSZ_GROWS)
		info.argsz = room + 8;
	if (room >= at + sizeof(cap) + sizeof(ranges) && hostile != ARGSZ_HUGE) {
		info.cap_offset = sizeof(info);
		other.next = hostile == CAPS_LOOP ? (uint32_t)sizeof(info) : at;
		if (hostile == CAPS_OUTSIDE)
			other.next = room - 4;
		if (hostile == CAPS_CUT)
			other.next = room - 8;
		cap.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
		cap.nr_iovas = hostile == CAPS_COUNT ? 0x20000000 : 2;
		put(answer, sizeof(info), &other, sizeof(other));
		put(answer, at, &cap, sizeof(cap));
		put(answer, at + sizeof(cap), ranges, sizeof(ranges));
		if (hostile == CAPS_CUT)
			put(answer, room - 8, &cap.header, sizeof(cap.header));
	}
	put(answer, 0, &info, room < sizeof(info) ? room : sizeof(info));
	return 0;
}

int fake_iova_ranges(void *arg)
{
	/* more than the first guess of 16, so that the caller has to ask again */
	enum { COUNT = 20 };
	struct iommu_ioas_iova_ranges *ask = arg;
	struct iommu_iova_range *out = (void *)(uintptr_t)ask->allowed_iovas;
	uint32_t room = ask->num_iovas;
	bool absurd = fake_hostile(IOMMU_IOAS_IOVA_RANGES) == CAPS_COUNT;

	if (ask->size != sizeof(*ask))
		return refuse(EINVAL);
	ask->num_iovas = absurd ? UINT32_MAX : COUNT;
	if (room < COUNT || absurd)
		return refuse(EMSGSIZE);
	for (unsigned i = 0; i < COUNT; i++)
		out[i] = (struct iommu_iova_range){ (uint64_t)(COUNT - i) << 30,
						    ((uint64_t)(COUNT - i) << 30) + 0x0fffffff };
	ask->out_iova_alignment = 4096;
	return 0;
}
