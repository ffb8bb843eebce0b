// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any sequence of insertions, removals and lookups leaves the trie in shape
 * and in agreement with the model. An operation is four bytes and the bytes of
 * a key: what to do, the prefix's length (two), how many bytes of key follow.
 */
#include "tests/unit/service_trie_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void operate(u8 op, u8 *key, unsigned int bits)
{
	switch (op % 4) {
	case 0:
	case 1:
		if (model_n < MODEL_MAX)
			model_insert(key, bits, 1 << op / 4 % 4);
		break;
	case 2:
		if (model_n)
			model_remove(bits % model_n);
		break;
	default:
		model_compare(key, bits, op & 4 ? STRIE_ANY_BITS : bits, 1 + op / 8 % 15);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size >= 4) {
		unsigned int bits = (data[1] << 8 | data[2]) % (STRIE_BITS_MAX + 1);
		u8 key[STRIE_KEY_LEN] = { 0 }, op = data[0];
		size_t n = data[3] % (STRIE_KEY_LEN + 1);

		data += 4;
		size -= 4;
		if (n > size)
			n = size;
		memcpy(key, data, n);
		data += n;
		size -= n;
		operate(op, key, bits);
		assert_shape();
	}
	while (model_n)
		model_remove(model_n - 1);
	must(!trie.root && !trie.count && !nodes);
	return 0;
}
