/* SPDX-License-Identifier: MIT */
/* The parts of the "vfio" backend, which reaches a card through the kernel's VFIO: vfio.c (open, reset, close),
 * vfio_group.c, vfio_cdev.c (the two ways to a device), vfio_region.c, vfio_irq.c, vfio_ioeventfd.c, vfio_dma.c,
 * vfio_physical.c (no IOMMU), vfio_atomic.c (path), vfio_query.c (ioctls), vfio_why.c (why one failed). */
#ifndef HVB_VFIO_H
#define HVB_VFIO_H
#include <pthread.h>
#include <stdbool.h>
#include "driver/dev.h"
#include "driver/pci.h"
#include "driver/vfio_compat.h"
#include "sim/dmamap.h"

#define VFIO_REGIONS 8                   /* BARs, ROM and configuration space */
#define VFIO_VECTORS 2048u               /* as many as MSI-X can have */
#define VFIO_IRQS 5                      /* INTx, MSI, MSI-X, error, request */
#define VFIO_PAGE 4096u

enum vfio_mode { MODE_GROUP, MODE_CDEV, MODE_NOIOMMU };

struct vfio_area {
	uint64_t offset, size;           /* in the region */
	unsigned char *at;               /* where it is mapped */
};

struct vfio_region {
	uint64_t size;                   /* 0: not there */
	uint64_t offset;                 /* in the device's file */
	uint32_t flags;                  /* VFIO_REGION_INFO_FLAG_* */
	unsigned areas;                  /* what of it is mapped */
	struct vfio_area *area;
};

struct vfio_irq {
	unsigned count;                  /* vectors there are; fewer once the kernel had no more */
	bool noresize;                   /* all vectors are had at once or not at all */
	bool enabled;
};

struct vfio_range {
	uint64_t first, last;            /* DMA addresses, inclusive */
};

struct vfio_dev {
	struct hvb_dev dev;              /* first: what users hold */
	struct hvb_pci pci;
	enum vfio_mode mode;
	int container;                   /* /dev/vfio/vfio, or /dev/iommu; -1 as the other two until open */
	int group, device;
	bool in_container, has_ioas, attached;   /* what the teardown takes back */
	uint32_t ioas;
	int atomics;                     /* of the path; set at open */
	bool can_reset;
	struct vfio_region regions[VFIO_REGIONS];
	pthread_mutex_t lock;            /* of all that follows */
	struct vfio_irq irqs[VFIO_IRQS];
	unsigned char used[VFIO_VECTORS];        /* MSI-X vectors that have an eventfd */
	struct hvb_dmamap map;
	uint64_t mapped;                 /* bytes in it */
	struct vfio_range *ranges;       /* where DMA addresses may lie, sorted */
	unsigned range_count;
	uint64_t iova_next;              /* a freed address is used again as late as may be */
	uint64_t page;                   /* smallest that the IOMMU maps; a power of two */
	struct hvb_diag why;             /* of the last call that failed after open */
};

static inline struct vfio_dev *vfio_of(struct hvb_dev *dev)
{
	return (struct vfio_dev *)(void *)dev;
}

/* vfio_query.c. 0 or what the kernel returned, or -errno. */
int vfio_ioctl(int fd, unsigned long request, void *arg);
/* open() for reading and writing; the file or -errno. */
int vfio_open_node(const char *path);
void vfio_close_node(int *fd);

/* An answer with capabilities behind it. The data is the caller's to free(). */
struct vfio_info {
	unsigned char *data;
	uint32_t size;
};

/* Asks with the first `least` bytes at head (argsz first), again with as much room as the kernel says it needs. -EPROTO
 * where that is absurd or never enough. */
int vfio_query(int fd, unsigned long request, const void *head, uint32_t least, struct vfio_info *info);
/* Copies the first size bytes of a capability: 1 found, *behind is the offset behind them; 0 there is none; -EPROTO the
 * chain leaves the answer or never ends. */
int vfio_cap(const struct vfio_info *info, uint32_t first, uint16_t id, void *cap, uint32_t size, uint32_t *behind);

/* vfio_why.c. Each fills diag (may be NULL) and returns err. */
int vfio_fail(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *at, const char *remedy,
	      const char *what, ...) __attribute__((format(printf, 6, 7)));
int vfio_why_node(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *path);
int vfio_why_unviable(const struct vfio_dev *vfio, struct hvb_diag *diag, const char *at);
/* VFIO_DEVICE_BIND_IOMMUFD failed. -EPERM: another function's driver owns the group's DMA, or interrupts are not
 * remapped; -EBUSY: in use by the group; -EINVAL: in use by the device (or another reason). */
int vfio_why_bind(const struct vfio_dev *vfio, struct hvb_diag *diag, int err);
int vfio_why_iommu(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *at, const char *module);
int vfio_why_unbound(const struct vfio_dev *vfio, struct hvb_diag *diag);
int vfio_why_no_iommu(const struct vfio_dev *vfio, struct hvb_diag *diag);
int vfio_why_map(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, uint64_t len);

/* vfio_group.c, vfio_cdev.c: from nothing to an open device, and back from wherever open got. */
int vfio_group_open(struct vfio_dev *vfio, struct hvb_diag *diag);
void vfio_group_close(struct vfio_dev *vfio);
int vfio_cdev_open(struct vfio_dev *vfio, struct hvb_diag *diag);
void vfio_cdev_close(struct vfio_dev *vfio);

/* vfio_region.c */
int vfio_regions_read(struct vfio_dev *vfio, struct hvb_diag *diag);
void vfio_regions_free(struct vfio_dev *vfio);
/* Whether the card answers no more. */
bool vfio_gone(struct vfio_dev *vfio);
int vfio_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info);
int vfio_region_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len);
int vfio_region_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len);
int vfio_region_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr);
int vfio_region_unmap(struct hvb_dev *dev, void *addr, size_t len);

/* vfio_irq.c */
int vfio_irqs_read(struct vfio_dev *vfio, struct hvb_diag *diag);
/* Disconnects every vector; every index. */
int vfio_msix_off(struct vfio_dev *vfio);
void vfio_irqs_off(struct vfio_dev *vfio);
unsigned vfio_irqs_used(struct vfio_dev *vfio);
int vfio_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count);
int vfio_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds);

/* vfio_ioeventfd.c */
int vfio_ioeventfd(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t data, int eventfd);

/* vfio_dma.c. A range the kernel named; -ENOMEM. Ranges that make no sense are left out. */
int vfio_dma_allow(struct vfio_dev *vfio, uint64_t first, uint64_t last);
/* Once all ranges are there: those of a kernel that names none, the smallest page. */
int vfio_dma_start(struct vfio_dev *vfio, uint64_t page_sizes, bool named, struct hvb_diag *diag);
void vfio_dma_end(struct vfio_dev *vfio);
int vfio_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova);
int vfio_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len);

/* vfio_physical.c: memory as the card sees it without an IOMMU. The pages are locked also where it fails later on; the
 * caller unlocks them. -ENOTSUP the kernel may move them, or they are not adjacent; -EPERM it does not say where they
 * are. */
int vfio_physical_allowed(void);
int vfio_physical_lock(void *addr, size_t len, bool writable, uint64_t *physical);

/* vfio_atomic.c: 1 every bridge up to the root routes 64-bit AtomicOps and the root completes them, else 0. */
int vfio_atomic_path(const char *bdf);
#endif
