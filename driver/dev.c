/* SPDX-License-Identifier: MIT */
/* Finding the backend that a URL names, and the helpers that every user of a card needs. */
#include "driver/dev.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "driver/backends.h"
#include "driver/url.h"

#define DEFAULT_URL "sim:"
#define SCHEMES "sim:, vfio:, vfio-user:, serial:"

static const struct hvb_dev_ops *const backends[] = { &hvb_sim_ops, &hvb_vfio_ops, &hvb_vfio_user_ops,
						       &hvb_serial_ops };

static const struct hvb_dev_ops *find_backend(const char *url, size_t scheme_len)
{
	for (unsigned i = 0; i < sizeof(backends) / sizeof(*backends); i++)
		if (strlen(backends[i]->scheme) == scheme_len && !memcmp(backends[i]->scheme, url, scheme_len))
			return backends[i];
	return NULL;
}

int hvb_dev_open(const char *url, struct hvb_dev **dev, struct hvb_diag *diag)
{
	const struct hvb_dev_ops *ops;
	const char *colon;
	int saved = errno, err;

	*dev = NULL;
	if (!url || !*url)
		url = DEFAULT_URL;
	if (strlen(url) >= sizeof((*dev)->url))
		return hvb_diag(diag, -ENAMETOOLONG, url, "shorten it, for example its file names",
				"a card's URL of more than %zu characters", sizeof((*dev)->url) - 1);
	colon = strchr(url, ':');
	ops = colon ? find_backend(url, (size_t)(colon - url)) : NULL;
	if (!ops)
		return hvb_diag(diag, -EPROTONOSUPPORT, url, "a card's URL starts with one of: " SCHEMES,
				"no such kind of card");
	err = ops->open(colon + 1, dev, diag);
	errno = saved;
	if (err) {
		*dev = NULL;
		return err;
	}
	(*dev)->ops = ops;
	snprintf((*dev)->url, sizeof((*dev)->url), "%s", url);
	return 0;
}

void hvb_dev_close(struct hvb_dev *dev)
{
	int saved = errno;

	if (dev)
		dev->ops->close(dev);
	errno = saved;
}

int hvb_dev_option(const struct hvb_dev *dev, const char *name, char *value, size_t size)
{
	return hvb_url_option(dev->url, name, value, size);
}

int hvb_dev_check(unsigned region, uint64_t size, uint64_t off, size_t len)
{
	if (len != 1 && len != 2 && len != 4 && len != 8)
		return -EINVAL;
	if (off >= size || len > size - off)
		return -ENXIO;
	/* a configuration request has one DW: 8 bytes would be two TLPs */
	if (off % len || (region == HVB_REGION_CONFIG && len == 8))
		return -EINVAL;
	return 0;
}

bool hvb_dev_why(struct hvb_dev *dev, int err, struct hvb_diag *diag)
{
	if (!dev->ops->why)
		return false;
	dev->ops->why(dev, diag);
	return diag->err == err;
}

int hvb_dev_read64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t *value)
{
	return dev->ops->region_read(dev, region, off, value, sizeof(*value));
}

int hvb_dev_write64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t value)
{
	return dev->ops->region_write(dev, region, off, &value, sizeof(value));
}

int hvb_dev_read32(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t *value)
{
	return dev->ops->region_read(dev, region, off, value, sizeof(*value));
}

int hvb_dev_write32(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t value)
{
	return dev->ops->region_write(dev, region, off, &value, sizeof(value));
}
