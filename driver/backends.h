/* SPDX-License-Identifier: MIT */
/* The backends there are, each one table of operations. Only driver/ and tests include this. */
#ifndef HVB_BACKENDS_H
#define HVB_BACKENDS_H
#include "driver/dev.h"

extern const struct hvb_dev_ops hvb_sim_ops;
extern const struct hvb_dev_ops hvb_vfio_ops;
extern const struct hvb_dev_ops hvb_vfio_user_ops;
extern const struct hvb_dev_ops hvb_serial_ops;

/* The simulated card behind dev, for tests that order faults of its root complex (sim/card.h); NULL where dev is none.
 *  */
struct hvb_card *hvb_sim_card(struct hvb_dev *dev);
#endif
