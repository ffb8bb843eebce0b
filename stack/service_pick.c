// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service_pick - which target of a set serves.
 *
 * Two passes over the set: one finds the serving priority and the sum of its
 * weights, one finds the target whose span of that sum the hash falls into.
 * Sums kept beside the set would save a pass, but not with exclusions, and
 * most sets have few targets.
 */
#include "service_pick.h"

static bool excluded(__be32 addr, const __be32 *exclude, unsigned int n_exclude)
{
	unsigned int i;

	for (i = 0; i < n_exclude; i++) {
		if (exclude[i] == addr)
			return true;
	}
	return false;
}

int spick_choose(const struct spick_target *targets, unsigned int n, u64 hash,
		 const __be32 *exclude, unsigned int n_exclude)
{
	bool weighted = false;
	u16 priority = 0;
	u32 sum = 0, at;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct spick_target *t = &targets[i];

		if (!t->weight)
			continue;
		weighted = true;
		if ((sum && t->priority < priority) || excluded(t->addr, exclude, n_exclude))
			continue;
		if (t->priority > priority) {
			priority = t->priority;
			sum = 0;
		}
		sum += t->weight;
	}
	if (!sum)
		return weighted ? -ECONNREFUSED : -EHOSTUNREACH;

	/*
	 * Scale instead of dividing: each target's share is exact to sum / 2^32.
	 * Both halves are mixed so that a caller's 32-bit hash does as well.
	 */
	at = ((u64)(u32)(hash ^ hash >> 32) * sum) >> 32;
	for (i = 0; i < n; i++) {
		const struct spick_target *t = &targets[i];

		if (!t->weight || t->priority != priority ||
		    excluded(t->addr, exclude, n_exclude))
			continue;
		if (at < t->weight)
			break;
		at -= t->weight;
	}
	return i;
}
