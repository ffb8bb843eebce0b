/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service_pick - which target of a set serves.
 *
 * Priorities, weights and exclusions; the random number is an argument. It
 * knows nothing of rules, routes or what an address means.
 */
#ifndef SERVAL_SERVICE_PICK_H
#define SERVAL_SERVICE_PICK_H

#include "pure.h"

/**
 * struct spick_target - what the choice depends on
 * @addr: compared with the excluded ones, nothing else
 * @priority: the highest priority that has a usable target serves
 * @weight: share among the usable targets of that priority; 0: none
 */
struct spick_target {
	__be32	addr;
	u16	priority;
	u16	weight;
};

/**
 * spick_choose() - choose a target
 * @targets: the set, @n of them (at most 65,537, so that weights do not overflow)
 * @hash: 64 random bits: equal values choose equally while the rest is equal
 * @exclude: addresses not to be chosen, @n_exclude of them
 *
 * A target is usable if its weight is not 0 and its address not excluded.
 *
 * Return: the index of the choice; -EHOSTUNREACH if all weights are 0 (or
 * there are no targets); -ECONNREFUSED if only exclusion stands in the way.
 */
int spick_choose(const struct spick_target *targets, unsigned int n, u64 hash,
		 const __be32 *exclude, unsigned int n_exclude);

#endif
