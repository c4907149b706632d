/* SPDX-License-Identifier: MIT */
/* SIEF pages the card may access: mapped for its DMA at their first user, unmapped after their last. */
#include <stdlib.h>
#include "internal.h"

static struct page **find(hvbell_card *card, const void *memory)
{
	struct page **at = &card->pages;

	while (*at && (*at)->memory != memory)
		at = &(*at)->next;
	return at;
}

int hvl_page_get(hvbell_card *card, void *memory, uint64_t *iova)
{
	struct page *page = *find(card, memory);
	int err;

	if (!page) {
		page = calloc(1, sizeof(*page));
		if (!page)
			return hvl_fail(card, -ENOMEM, "", "no memory for a SIEF page's mapping");
		page->memory = memory;
		err = card->dev->ops->dma_map(card->dev, memory, HVBELL_SIEF_BYTES, HVB_DMA_READ | HVB_DMA_WRITE,
					      &page->iova);
		if (err) {
			free(page);
			if (hvb_dev_why(card->dev, err, hvl_diag()))
				return err;
			return hvl_fail(card, err, "", "the card's DMA cannot be given the SIEF page at %p", memory);
		}
		page->next = card->pages;
		card->pages = page;
	}
	page->users++;
	*iova = page->iova;
	return 0;
}

void hvl_page_put(hvbell_card *card, void *memory)
{
	struct page **at = find(card, memory), *page = *at;

	if (!page || --page->users)
		return;
	/* A card in error may still write there: the mapping then stays until the card is reset. */
	if (card->err) {
		page->users = 1;
		return;
	}
	card->err = card->dev->ops->dma_unmap(card->dev, page->iova, HVBELL_SIEF_BYTES);
	if (card->err) {
		hvl_fail(card, card->err, "reset the card", "a SIEF page cannot be taken from the card's DMA");
		page->users = 1;
		return;
	}
	*at = page->next;
	free(page);
}

void hvl_pages_forget(hvbell_card *card, bool unmap)
{
	while (card->pages) {
		struct page *page = card->pages;

		card->pages = page->next;
		if (unmap)
			card->dev->ops->dma_unmap(card->dev, page->iova, HVBELL_SIEF_BYTES);
		free(page);
	}
}

void hvl_page_zero(uint64_t *page)
{
	for (unsigned n = 0; n < HVBELL_SIEF_BYTES / 8; n++)
		__atomic_store_n(&page[n], 0, __ATOMIC_RELAXED);
}
