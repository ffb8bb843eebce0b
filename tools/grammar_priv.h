/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the grammar share: the program that the compiler
 * makes of all rules and the matcher runs over the words.
 *
 * The program is that of a regular expression over words. Running it keeps
 * every place in the rules the words so far may have led to, so no rule needs
 * to be written with regard to how it is parsed.
 */
#ifndef TOOLS_GRAMMAR_PRIV_H
#define TOOLS_GRAMMAR_PRIV_H

#include <stdint.h>
#include "grammar.h"

enum gram_op {
	GRAM_KEYWORD,	/* takes a word, the keyword @text */
	GRAM_VALUE,	/* takes a word, a @value */
	GRAM_SPLIT,	/* on at @a as well as at @b */
	GRAM_JUMP,	/* on at @a */
	GRAM_ONCE,	/* on, unless @bits were set; sets them */
	GRAM_AGAIN,	/* clears @bits, on */
	GRAM_END,	/* of @rule */
	GRAM_DEAD,	/* no rule leads on here */
};

struct gram_insn {
	enum gram_op op;
	unsigned int a, b;
	uint64_t bits;
	const char *text;
	const struct gram_value *value;
	const struct gram_rule *rule;
	bool hidden;
};

struct gram_name {
	struct gram_name *next;
	char text[];
};

struct gram {
	const struct gram_table *table;
	struct gram_insn *insn;
	unsigned int n;
	struct gram_name *names;	/* the keywords and symbols in the texts */
};

#endif
