/* SPDX-License-Identifier: MIT */
/* The "sim" backend: a card simulated inside this process. Regions are reached by TLPs only, none can be mapped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "driver/backend_sim.h"
#include "driver/backends.h"
#include "sim/vectors.h"

#define CONFIG_BYTES 4096u

struct hvb_card *hvb_sim_card(struct hvb_dev *dev)
{
	return dev->ops == &hvb_sim_ops ? sim_of(dev)->card : NULL;
}

static int sim_open(const char *rest, struct hvb_dev **dev, struct hvb_diag *diag)
{
	struct sim_dev *sim = calloc(1, sizeof(*sim));
	struct hvb_sim_options options;
	char why[HVB_CARD_WHY];
	int err;

	if (!sim)
		return hvb_diag(diag, -ENOMEM, "sim:", "", "no memory for a simulated card");
	err = hvb_sim_options_parse(rest, &options, why, sizeof(why));
	if (err) {
		free(sim);
		return hvb_diag(diag, err, "sim:", "options are: " HVB_SIM_OPTION_NAMES, "%s", why);
	}
	err = hvb_card_open(&options, &sim->card, why);
	if (err) {
		free(sim);
		return hvb_diag(diag, err, "sim:", sim_remedy(err), "%s", why);
	}
	sim_host_init(sim, options.iova_low);
	*dev = &sim->dev;
	return 0;
}

void sim_close(struct hvb_dev *dev)
{
	struct sim_dev *sim = sim_of(dev);

	hvb_card_close(sim->card);
	free(sim);
}

static uint64_t region_size(const struct sim_dev *sim, unsigned region)
{
	switch (region) {
	case HVB_REGION_BAR0:
	case HVB_REGION_BAR2:
	case HVB_REGION_BAR4:
		return hvb_card_bar_size(sim->card, region);
	case HVB_REGION_CONFIG:
		return CONFIG_BYTES;
	default:
		return 0;
	}
}

int sim_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info)
{
	if (region > HVB_REGION_CONFIG)
		return -EINVAL;
	info->size = region_size(sim_of(dev), region);
	info->flags = 0;
	return 0;
}

int sim_region_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct sim_dev *sim = sim_of(dev);
	int err = hvb_dev_check(region, region_size(sim, region), off, len);
	uint64_t value = 0;
	uint32_t word = 0;

	if (err)
		return err;
	if (region == HVB_REGION_CONFIG) {
		err = hvb_card_config_read(sim->card, (unsigned)off, (unsigned)len, &word);
		value = word;
	} else {
		err = hvb_card_read(sim->card, region, off, (unsigned)len, &value);
	}
	if (!err)
		memcpy(buf, &value, len);
	return err;
}

int sim_region_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len)
{
	struct sim_dev *sim = sim_of(dev);
	int err = hvb_dev_check(region, region_size(sim, region), off, len);
	uint64_t value = 0;

	if (err)
		return err;
	memcpy(&value, buf, len);
	if (region == HVB_REGION_CONFIG)
		return hvb_card_config_write(sim->card, (unsigned)off, (unsigned)len, (uint32_t)value);
	hvb_card_write(sim->card, region, off, (unsigned)len, value);
	return 0;
}

int sim_region_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr)
{
	(void)dev, (void)region, (void)off, (void)len, (void)addr;
	return -ENOTSUP;
}

int sim_region_unmap(struct hvb_dev *dev, void *addr, size_t len)
{
	(void)dev, (void)addr, (void)len;
	return -ENOTSUP;
}

int sim_reset(struct hvb_dev *dev)
{
	struct sim_dev *sim = sim_of(dev);
	int err = hvb_card_reset(sim->card);

	hvb_vectors_forget(sim->card);
	return err;
}

int sim_atomics(struct hvb_dev *dev)
{
	(void)dev;
	return 1;
}

static int sim_step(struct hvb_dev *dev, uint64_t n)
{
	return hvb_card_step(sim_of(dev)->card, n);
}

const struct hvb_dev_ops hvb_sim_ops = {
	.scheme = "sim",
	.open = sim_open,
	.close = sim_close,
	.region_info = sim_region_info,
	.region_read = sim_region_read,
	.region_write = sim_region_write,
	.region_map = sim_region_map,
	.region_unmap = sim_region_unmap,
	.irq_count = sim_irq_count,
	.irq_set = sim_irq_set,
	.dma_map = sim_dma_map,
	.dma_unmap = sim_dma_unmap,
	.reset = sim_reset,
	.atomics = sim_atomics,
	.stats = sim_stats,
	.why = sim_why,
	.step = sim_step,
};
