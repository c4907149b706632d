/* SPDX-License-Identifier: MIT */
/* Opening and closing a card through kernel VFIO, of every generation, and what is said where that fails. */
#include "sim_helper.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/pci.h"
#include "driver/vfio_compat.h"
#include "fake_kernel.h"

#define URL "vfio:" FAKE_BDF
#define REGIONS "REGION REGION REGION REGION REGION REGION REGION REGION "

static struct hvb_diag diag;

/* Opens; what the kernel was asked for it is the log. */
static struct hvb_dev *opened(const char *url)
{
	struct hvb_dev *dev = NULL;
	int err;

	memset(&diag, 0, sizeof(diag));
	fake_start();
	err = hvb_dev_open(url, &dev, &diag);
	if (err)
		print_message("%s: %s (%s)\n", diag.where, diag.what, diag.remedy);
	assert_int_equal(err, 0);
	return dev;
}

static void closed(struct hvb_dev *dev)
{
	hvb_dev_close(dev);
	fake_stop();
}

/* The opening fails with err, and says these three things; nothing stays open. */
static void refused(const char *url, int err, const char *where, const char *what, const char *remedy)
{
	unsigned files;
	struct hvb_dev *dev;
	int got;

	fake_start();
	files = fake_open_files();
	memset(&diag, 0, sizeof(diag));
	got = hvb_dev_open(url, &dev, &diag);
	if (got != err || !strstr(diag.where, where) || !strstr(diag.what, what) || !strstr(diag.remedy, remedy))
		print_message("%d %s: %s (%s)\n", got, diag.where, diag.what, diag.remedy);
	assert_int_equal(got, err);
	assert_int_equal(diag.err, err);
	assert_null(dev);
	assert_non_null(strstr(diag.where, where));
	assert_non_null(strstr(diag.what, what));
	assert_non_null(strstr(diag.remedy, remedy));
	assert_int_equal(fake_open_files(), files);
	fake_stop();
}

static void group_step_by_step(void **state)
{
	struct hvb_dev *dev;
	uint64_t *page = sim_page(), iova;
	int fd = 0;

	(void)state;
	fake.generation = FAKE_6_1;
	dev = opened(URL);
	assert_string_equal(fake_log(), "vfio API_VERSION CHECK_EXTENSION 7 GROUP_STATUS SET_CONTAINER SET_IOMMU "
			    "IOMMU_INFO IOMMU_INFO DEVICE_FD INFO " REGIONS "IRQ IRQ IRQ");
	assert_true(fake_bus_master());
	assert_int_equal(sim_stat(dev, "mode_cdev"), 0);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, HVB_DMA_READ | HVB_DMA_WRITE, &iova), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 3, 1, &fd), 0);
	assert_string_equal(fake_log(), "MAP_DMA SET_IRQS");
	hvb_dev_close(dev);
	assert_string_equal(fake_log(), "SET_IRQS UNMAP_DMA close-device UNSET_CONTAINER");
	assert_false(fake_bus_master());
	fake_stop();
	free(page);
}

static void cdev_step_by_step(void **state)
{
	struct hvb_dev *dev;
	uint64_t *page = sim_page(), iova;
	int fd = 0;

	(void)state;
	fake.generation = FAKE_6_12;
	dev = opened(URL);
	assert_string_equal(fake_log(), "iommu IOAS_ALLOC vfio3 BIND ATTACH IOVA_RANGES IOVA_RANGES INFO INFO "
			    REGIONS "IRQ IRQ IRQ");
	assert_true(fake_bus_master());
	assert_int_equal(dev->ops->atomics(dev), 1);
	assert_true(fake_requester());
	assert_int_equal(sim_stat(dev, "mode_cdev"), 1);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, HVB_DMA_READ | HVB_DMA_WRITE, &iova), 0);
	assert_int_equal(iova, 1ull << 30);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 3, 1, &fd), 0);
	assert_string_equal(fake_log(), "IOAS_MAP SET_IRQS");
	hvb_dev_close(dev);
	assert_string_equal(fake_log(), "SET_IRQS IOAS_UNMAP DETACH close-device DESTROY");
	assert_false(fake_bus_master());
	fake_stop();
	free(page);
}

/* Each kernel is reached by the best way that it has. */
static void generations(void **state)
{
	(void)state;
	for (int g = FAKE_5_10; g <= FAKE_6_12; g++) {
		struct hvb_dev *dev;
		unsigned count = 0;

		fake.generation = (enum fake_generation)g;
		dev = opened("vfio:3:00.0");
		assert_int_equal(sim_stat(dev, "mode_cdev"), g == FAKE_6_12);
		assert_int_equal(dev->ops->atomics(dev), g >= FAKE_6_6);
		assert_int_equal(fake_requester(), g >= FAKE_6_6);
		assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
		assert_int_equal(count, 256);
		closed(dev);
	}
	fake.generation = FAKE_6_12;
	closed(opened(URL "?mode=group"));
	fake.generation = FAKE_6_12;
	fake.no_iommufd = true;
	closed(opened(URL));
	assert_int_equal(diag.err, 0);
	fake.generation = FAKE_6_6;
	refused(URL "?mode=cdev", -ENOENT, FAKE_BDF " vfio-dev", "no character device", "leave mode=cdev out");
}

static void atomics_of_the_path(void **state)
{
	struct hvb_dev *dev;

	(void)state;
	for (int path = PATH_HIDDEN; path <= PATH_IGNORES; path++) {
		fake.generation = FAKE_6_1;
		fake.path = (enum fake_path)path;
		dev = opened(URL);
		assert_int_equal(dev->ops->atomics(dev), path == PATH_COMPLETES || path == PATH_SWITCH);
		assert_int_equal(fake_requester(), dev->ops->atomics(dev));
		closed(dev);
	}
	fake.generation = FAKE_6_12;
	fake.no_atomic_cap = true;
	dev = opened(URL);
	assert_int_equal(dev->ops->atomics(dev), 0);
	assert_false(fake_requester());
	closed(dev);
	fake.no_atomic_cap = true;
	dev = opened(URL "?atomic=force");
	assert_int_equal(dev->ops->atomics(dev), 1);
	assert_true(fake_requester());
	closed(dev);
}

static void wrong_urls(void **state)
{
	(void)state;
	refused("vfio:", -EINVAL, "", "no address", "lspci");
	refused("vfio:0000:03:20.0", -EINVAL, "", "no address", "lspci");
	refused("vfio:0000:03:00.8", -EINVAL, "", "no address", "lspci");
	refused(URL "?mode=tree", -EINVAL, "", "no such value", "mode=group|cdev");
	refused(URL "?mode=groups-and-more", -EINVAL, "", "no such value", "mode=group|cdev");
	refused(URL "?atomic=1", -EINVAL, "", "no such value", "atomic=force");
	refused(URL "?colour=red", -EINVAL, "", "colour", "noiommu");
	refused("vfio:0000:04:00.0", -ENODEV, "0000:04:00.0", "no such PCI function", "lspci");
}

/* What sysfs says of a function. */
static void functions(void **state)
{
	static const char *const wrong[] = { "", "3:0.0", "03:00", "003:00.0", "0000:3:00.0", "0000:03:00.0x",
		"000g:03:00.0", "0000-03:00.0", "03:20.0", "03:00.8", "x3:00.0", "03.00:0", "03:00:0" };
	static const char *const right[] = { "3:00.0", "03:00.0", "0000:03:00.0" };
	char bdf[HVB_BDF_SIZE], bdfs[2][HVB_BDF_SIZE];
	struct hvb_pci pci;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(hvb_bdf_parse(wrong[i], strlen(wrong[i]), bdf));
	for (unsigned i = 0; i < sizeof(right) / sizeof(*right); i++) {
		assert_true(hvb_bdf_parse(right[i], strlen(right[i]), bdf));
		assert_string_equal(bdf, FAKE_BDF);
	}
	assert_true(hvb_bdf_parse("00AB:CD:1F.7?x=1", 12, bdf));
	assert_string_equal(bdf, "00ab:cd:1f.7");

	fake.generation = FAKE_6_12;
	fake_start();
	assert_int_equal(hvb_pci_read(FAKE_BDF, &pci), 0);
	assert_int_equal(pci.vendor, HVB_PCI_VENDOR);
	assert_int_equal(pci.device, HVB_PCI_DEVICE);
	assert_string_equal(pci.driver, "vfio-pci");
	assert_string_equal(pci.override, "");
	assert_int_equal(pci.group, 7);
	assert_false(pci.noiommu);
	assert_string_equal(pci.cdev, "/dev/vfio/devices/vfio3");
	assert_int_equal(pci.numa, -1);
	assert_string_equal(pci.speed, "5.0 GT/s PCIe");
	assert_string_equal(pci.width, "4");
	assert_true(hvb_pci_bridge(FAKE_PORT));
	assert_false(hvb_pci_bridge(FAKE_BDF));
	assert_int_equal(hvb_pci_read("0000:04:00.0", &pci), -ENODEV);
	/* more than there is room for is counted all the same */
	assert_int_equal(hvb_pci_group(7, bdfs, 2), 3);
	assert_int_equal(hvb_pci_group(8, bdfs, 2), -ENOENT);
	fake_stop();
}

static void no_way_in(void **state)
{
	(void)state;
	fake.no_iommu = true;
	refused(URL, -ENODEV, FAKE_BDF " iommu_group", "IOMMU is off", "intel_iommu=on");
	fake.unbound = true;
	refused(URL, -ENODEV, FAKE_BDF " driver", "not bound to vfio-pci", "hvbell bind " FAKE_BDF);
	fake.unviable = true;
	refused(URL, -EPERM, "VFIO_GROUP_GET_STATUS", "other drivers use: " FAKE_NEIGHBOUR " (e1000e)",
		"hvbell bind " FAKE_NEIGHBOUR);
	assert_null(strstr(diag.what, "pcieport"));
	fake.unviable = true;
	fake.generation = FAKE_6_12;
	refused(URL, -EPERM, "VFIO_DEVICE_BIND_IOMMUFD", FAKE_NEIGHBOUR " (e1000e)", FAKE_NEIGHBOUR);
	fake.denied = true;
	refused(URL, -EACCES, "/dev/vfio/7", "not permitted", "hvbell doctor");
	fake.denied = true;
	fake.generation = FAKE_6_12;
	refused(URL "?mode=cdev", -EACCES, "/dev/iommu", "not permitted", "hvbell doctor");
	fake.denied = fake.no_groups = true;
	fake.generation = FAKE_6_12;
	refused(URL, -EACCES, "/dev/iommu", "not permitted", "hvbell doctor");
	fake.busy = true;
	refused(URL, -EBUSY, "/dev/vfio/7", "process 4242 (qemu-system-x86)", "end the program");
	fake.busy = true;
	fake.generation = FAKE_6_12;
	refused(URL, -EBUSY, "/dev/vfio/devices/vfio3", "process 4242 (qemu-system-x86)", "end the program");
	fake.busy = fake.no_groups = true;
	fake.generation = FAKE_6_12;
	refused(URL, -EBUSY, "/dev/vfio/devices/vfio3", "process 4242 (qemu-system-x86)", "end the program");
	fake.busy = true;
	fake.generation = FAKE_6_12;
	refused(URL "?mode=group", -EBUSY, "/dev/vfio/7", "process 4242 (qemu-system-x86)", "end the program");
	fake.no_remapping = true;
	refused(URL, -EPERM, "VFIO_SET_IOMMU", "no interrupt remapping", "vfio_iommu_type1.allow_unsafe_interrupts=1");
	fake.no_remapping = true;
	fake.generation = FAKE_6_12;
	refused(URL, -EPERM, "VFIO_DEVICE_BIND", "no interrupt remapping", "iommufd.allow_unsafe_interrupts=1");
	fake.fails = VFIO_DEVICE_ATTACH_IOMMUFD_PT;
	fake.with = EPERM;
	fake.generation = FAKE_6_12;
	refused(URL, -EPERM, "VFIO_DEVICE_ATTACH", "RMRR", "iommufd.allow_unsafe_interrupts=1");
	/* its group is made when it is bound */
	fake.no_iommu = fake.unbound = true;
	refused(URL "?noiommu=unsafe", -ENODEV, FAKE_BDF " driver", "not bound to vfio-pci", "hvbell bind " FAKE_BDF);
}

/* Each ioctl of the opening fails once: the error is its own, nothing leaks. */
static void every_step_fails(void **state)
{
	static const struct {
		unsigned long request;
		int generation;
		const char *where;
	} steps[] = {
		{ VFIO_GET_API_VERSION, FAKE_6_1, "VFIO_GET_API_VERSION" },
		{ VFIO_GROUP_GET_STATUS, FAKE_6_1, "VFIO_GROUP_GET_STATUS" },
		{ VFIO_GROUP_SET_CONTAINER, FAKE_6_1, "VFIO_GROUP_SET_CONTAINER" },
		{ VFIO_SET_IOMMU, FAKE_6_1, "VFIO_SET_IOMMU" },
		{ VFIO_IOMMU_GET_INFO, FAKE_6_1, "VFIO_IOMMU_GET_INFO" },
		{ VFIO_GROUP_GET_DEVICE_FD, FAKE_6_1, "VFIO_GROUP_GET_DEVICE_FD" },
		{ VFIO_DEVICE_GET_INFO, FAKE_6_1, "VFIO_DEVICE_GET_INFO" },
		{ VFIO_DEVICE_GET_REGION_INFO, FAKE_6_1, "VFIO_DEVICE_GET_REGION_INFO" },
		{ VFIO_DEVICE_GET_IRQ_INFO, FAKE_6_1, "VFIO_DEVICE_GET_IRQ_INFO" },
		{ IOMMU_IOAS_ALLOC, FAKE_6_12, "IOMMU_IOAS_ALLOC" },
		{ VFIO_DEVICE_BIND_IOMMUFD, FAKE_6_12, "VFIO_DEVICE_BIND_IOMMUFD" },
		{ VFIO_DEVICE_ATTACH_IOMMUFD_PT, FAKE_6_12, "VFIO_DEVICE_ATTACH_IOMMUFD_PT" },
		{ IOMMU_IOAS_IOVA_RANGES, FAKE_6_12, "IOMMU_IOAS_IOVA_RANGES" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		fake.generation = (enum fake_generation)steps[i].generation;
		fake.fails = steps[i].request;
		fake.with = EDOM;
		refused(URL, -EDOM, steps[i].where, "", "");
	}
	fake.fails = VFIO_CHECK_EXTENSION;
	fake.with = EDOM;
	refused(URL, -ENOTSUP, "VFIO_CHECK_EXTENSION", "", "vfio_iommu_type1");
	/* a card that is gone before it is open */
	fake.gone = true;
	refused(URL, -ENODEV, FAKE_BDF " configuration space", "", "");
}

static void hostile_answers(void **state)
{
	static const unsigned long requests[] = { VFIO_IOMMU_GET_INFO, VFIO_DEVICE_GET_INFO,
		VFIO_DEVICE_GET_REGION_INFO };
	static const int forms[] = { CAPS_LOOP, CAPS_OUTSIDE, CAPS_CUT, ARGSZ_HUGE, ARGSZ_GROWS };

	(void)state;
	for (unsigned r = 0; r < 3; r++)
		for (unsigned f = 0; f < 5; f++) {
			fake.generation = FAKE_6_6;
			fake.sparse = true;
			fake.hostile = forms[f];
			fake.hostile_request = requests[r];
			refused(URL, -EPROTO, FAKE_BDF " VFIO_", "", "");
		}
	fake.generation = FAKE_6_1;
	fake.hostile = CAPS_COUNT;
	fake.hostile_request = VFIO_IOMMU_GET_INFO;
	refused(URL, -EPROTO, "VFIO_IOMMU_GET_INFO", "", "");
	fake.sparse = true;
	fake.hostile = CAPS_COUNT;
	fake.hostile_request = VFIO_DEVICE_GET_REGION_INFO;
	refused(URL, -EPROTO, "VFIO_DEVICE_GET_REGION_INFO", "", "");
	fake.generation = FAKE_6_12;
	fake.hostile = CAPS_COUNT;
	fake.hostile_request = IOMMU_IOAS_IOVA_RANGES;
	refused(URL, -EPROTO, "IOMMU_IOAS_IOVA_RANGES", "", "");
}

static void without_iommu(void **state)
{
	struct hvb_dev *dev;
	uint64_t *page = sim_page(), iova = 0;

	(void)state;
	fake.noiommu = true;
	refused(URL, -EPERM, "iommu_group", "anywhere in memory", "noiommu=unsafe");
	fake.noiommu = true;
	fake.may_compact = true;
	refused(URL "?noiommu=unsafe", -ENOTSUP, FAKE_BDF, "may move", "vm.compact_unevictable_allowed=0");
	fake.noiommu = true;
	dev = opened(URL "?noiommu=unsafe");
	assert_string_equal(fake_log(), "vfio API_VERSION CHECK_EXTENSION noiommu-7 GROUP_STATUS SET_CONTAINER "
			    "SET_IOMMU DEVICE_FD INFO " REGIONS "IRQ IRQ IRQ");
	assert_int_equal(sim_stat(dev, "mode_noiommu"), 1);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, HVB_DMA_READ | HVB_DMA_WRITE, &iova), 0);
	assert_int_equal(iova, (0x100000 + ((uintptr_t)page / 4096 & 0xfff)) * 4096);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	assert_string_equal(fake_log(), "");
	closed(dev);
	free(page);
}

static void again_and_again(void **state)
{
	uint64_t *page = sim_page(), iova;
	unsigned files = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct hvb_dev *dev;
		int fd = 0;

		fake.generation = i % 2 ? FAKE_6_12 : FAKE_6_1;
		dev = opened(URL);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, HVB_DMA_READ, &iova), 0);
		assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
		assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_REQ, 0, 1, &fd), 0);
		closed(dev);
		if (!i)
			files = fake_open_files();
		assert_int_equal(fake_open_files(), files);
	}
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_step_by_step),
		cmocka_unit_test(cdev_step_by_step),
		cmocka_unit_test(generations),
		cmocka_unit_test(atomics_of_the_path),
		cmocka_unit_test(wrong_urls),
		cmocka_unit_test(functions),
		cmocka_unit_test(no_way_in),
		cmocka_unit_test(every_step_fails),
		cmocka_unit_test(hostile_answers),
		cmocka_unit_test(without_iommu),
		cmocka_unit_test(again_and_again),
	};

	alarm(120); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
