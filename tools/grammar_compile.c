// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * grammar_compile - from the texts of rules to a program for grammar_match.
 *
 * Two steps: a text becomes a tree, the tree becomes instructions. A wrong
 * text is a mistake in the program, found by its first run, so messages are
 * for its author.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "grammar_priv.h"

#define DEPTH_MAX	32	/* of brackets and definitions within each other */

enum node_type { NODE_WORD, NODE_SEQ, NODE_ALT, NODE_OPT, NODE_REPEAT };

struct node {
	enum node_type type;
	const char *word;
	struct node *child;	/* the first one */
	struct node *next;	/* of the same parent */
};

struct compiler {
	struct gram *gram;
	const char *at;		/* in the text being read */
	unsigned int depth;
	unsigned int room;	/* in gram->insn */
	unsigned int n_bits;	/* GRAM_ONCE bits used by this rule */
	bool hidden;
	char *err;
	size_t err_len;
};

__attribute__((format(printf, 2, 3)))
static void *fail(struct compiler *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->err, c->err_len, fmt, ap);
	va_end(ap);
	return NULL;
}

static void node_free(struct node *node)
{
	struct node *next;

	for (; node; node = next) {
		next = node->next;
		node_free(node->child);
		free(node);
	}
}

static struct node *node_new(struct compiler *c, enum node_type type)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return fail(c, "no memory");
	node->type = type;
	return node;
}

static bool is_word(char ch)
{
	return isalnum((unsigned char)ch) || ch == '-' || ch == '_';
}

static void skip_space(struct compiler *c)
{
	while (*c->at == ' ')
		c->at++;
}

static struct node *read_alt(struct compiler *c);

static struct node *read_group(struct compiler *c, enum node_type type, char end)
{
	struct node *node, *inner;

	if (++c->depth > DEPTH_MAX)
		return fail(c, "too deep at \"%s\"", c->at);
	c->at++;
	inner = read_alt(c);
	if (!inner)
		return NULL;
	c->depth--;
	if (*c->at != end) {
		node_free(inner);
		return fail(c, "%c missing at \"%s\"", end, c->at);
	}
	c->at++;
	if (type == NODE_ALT)
		return inner;
	node = node_new(c, type);
	if (!node) {
		node_free(inner);
		return NULL;
	}
	node->child = inner;
	return node;
}

/* The one copy of a word, which lasts as long as the program does */
static const char *intern(struct compiler *c, const char *word, size_t len)
{
	struct gram_name *name;

	for (name = c->gram->names; name; name = name->next)
		if (strncmp(name->text, word, len) == 0 && !name->text[len])
			return name->text;
	name = malloc(sizeof(*name) + len + 1);
	if (!name)
		return fail(c, "no memory");
	memcpy(name->text, word, len);
	name->text[len] = '\0';
	name->next = c->gram->names;
	c->gram->names = name;
	return name->text;
}

static struct node *read_word(struct compiler *c)
{
	struct node *node;
	size_t len;

	for (len = 0; is_word(c->at[len]); len++)
		;
	if (!len)
		return fail(c, "no word at \"%s\"", c->at);
	node = node_new(c, NODE_WORD);
	if (!node)
		return NULL;
	node->word = intern(c, c->at, len);
	if (!node->word) {
		free(node);
		return NULL;
	}
	c->at += len;
	return node;
}

static struct node *read_element(struct compiler *c)
{
	struct node *node, *repeat;

	if (*c->at == '{')
		node = read_group(c, NODE_ALT, '}');
	else if (*c->at == '[')
		node = read_group(c, NODE_OPT, ']');
	else
		node = read_word(c);
	if (!node || strncmp(c->at, "...", 3) != 0)
		return node;
	c->at += 3;
	repeat = node_new(c, NODE_REPEAT);
	if (!repeat) {
		node_free(node);
		return NULL;
	}
	repeat->child = node;
	return repeat;
}

static struct node *read_seq(struct compiler *c)
{
	struct node *seq = node_new(c, NODE_SEQ);
	struct node **end;

	if (!seq)
		return NULL;
	end = &seq->child;
	for (skip_space(c); *c->at && !strchr("|]}", *c->at); skip_space(c)) {
		*end = read_element(c);
		if (!*end) {
			node_free(seq);
			return NULL;
		}
		end = &(*end)->next;
	}
	if (!seq->child) {
		node_free(seq);
		return fail(c, "nothing at \"%s\"", c->at);
	}
	return seq;
}

static struct node *read_alt(struct compiler *c)
{
	struct node *alt = node_new(c, NODE_ALT);
	struct node **end;

	if (!alt)
		return NULL;
	end = &alt->child;
	for (;;) {
		*end = read_seq(c);
		if (!*end) {
			node_free(alt);
			return NULL;
		}
		if (*c->at != '|')
			return alt;
		c->at++;
		end = &(*end)->next;
	}
}

static struct node *read_text(struct compiler *c, const char *text)
{
	struct node *node;

	c->at = text;
	node = read_alt(c);
	if (node && *c->at) {
		node_free(node);
		return fail(c, "unexpected \"%s\"", c->at);
	}
	return node;
}

/* The next instruction's number, or -1; the caller fills it in */
static int emit(struct compiler *c, enum gram_op op)
{
	struct gram *gram = c->gram;
	struct gram_insn *insn;

	if (gram->n == c->room) {
		unsigned int room = c->room ? 2 * c->room : 256;

		insn = realloc(gram->insn, room * sizeof(*insn));
		if (!insn) {
			fail(c, "no memory");
			return -1;
		}
		gram->insn = insn;
		c->room = room;
	}
	insn = &gram->insn[gram->n];
	memset(insn, 0, sizeof(*insn));
	insn->op = op;
	insn->hidden = c->hidden;
	return gram->n++;
}

static bool emit_node(struct compiler *c, const struct node *node);

static bool emit_def(struct compiler *c, const struct gram_def *def)
{
	const char *at = c->at;
	struct node *node;
	bool done;

	if (++c->depth > DEPTH_MAX)
		return fail(c, "%s is defined by itself", def->symbol);
	node = read_text(c, def->text);
	if (!node)
		return false;
	done = emit_node(c, node);
	node_free(node);
	c->depth--;
	c->at = at;
	return done;
}

static bool emit_word(struct compiler *c, const char *word)
{
	const struct gram_table *table = c->gram->table;
	const struct gram_value *value;
	const struct gram_def *def;
	int i;

	if (!isupper((unsigned char)word[0])) {
		i = emit(c, GRAM_KEYWORD);
		if (i >= 0)
			c->gram->insn[i].text = word;
		return i >= 0;
	}
	for (def = table->defs; def->symbol; def++)
		if (strcmp(def->symbol, word) == 0)
			return emit_def(c, def);
	for (value = table->values; value->symbol; value++) {
		if (strcmp(value->symbol, word) != 0)
			continue;
		i = emit(c, GRAM_VALUE);
		if (i >= 0)
			c->gram->insn[i].value = value;
		return i >= 0;
	}
	return fail(c, "%s is not defined", word);
}

/* Each child behind a split that also leads to the next child; the last one has none */
static bool emit_alt(struct compiler *c, const struct node *child)
{
	int split, jump;

	if (!child->next)
		return emit_node(c, child);
	split = emit(c, GRAM_SPLIT);
	if (split < 0)
		return false;
	c->gram->insn[split].a = c->gram->n;
	if (!emit_node(c, child))
		return false;
	jump = emit(c, GRAM_JUMP);
	if (jump < 0)
		return false;
	c->gram->insn[split].b = c->gram->n;
	if (!emit_alt(c, child->next))
		return false;
	c->gram->insn[jump].a = c->gram->n;
	return true;
}

static bool emit_opt(struct compiler *c, const struct node *opt)
{
	int split = emit(c, GRAM_SPLIT);

	if (split < 0)
		return false;
	c->gram->insn[split].a = c->gram->n;
	if (!emit_node(c, opt->child))
		return false;
	c->gram->insn[split].b = c->gram->n;
	return true;
}

/* A loop over the @n optional parts, each of which closes itself until the loop begins anew */
static bool emit_opts(struct compiler *c, const struct node *opt, unsigned int n)
{
	struct gram *gram = c->gram;
	int again, split, once, jump;
	unsigned int top;
	uint64_t bits = 0;

	if (c->n_bits + n > 64)
		return fail(c, "more than 64 optional parts");
	again = emit(c, GRAM_AGAIN);
	if (again < 0)
		return false;
	top = gram->n;
	for (; n; n--, opt = opt->next) {
		split = emit(c, GRAM_SPLIT);
		once = emit(c, GRAM_ONCE);
		if (split < 0 || once < 0)
			return false;
		gram->insn[split].a = once;
		gram->insn[once].bits = UINT64_C(1) << c->n_bits++;
		bits |= gram->insn[once].bits;
		if (!emit_node(c, opt->child))
			return false;
		jump = emit(c, GRAM_JUMP);
		if (jump < 0)
			return false;
		gram->insn[jump].a = top;
		gram->insn[split].b = gram->n;
	}
	gram->insn[again].bits = bits;
	return true;
}

static bool emit_seq(struct compiler *c, const struct node *child)
{
	const struct node *end;
	unsigned int n;

	while (child) {
		n = 0;
		for (end = child; end && end->type == NODE_OPT; end = end->next)
			n++;
		if (n > 1) {
			if (!emit_opts(c, child, n))
				return false;
			child = end;
			continue;
		}
		if (!emit_node(c, child))
			return false;
		child = child->next;
	}
	return true;
}

static bool emit_repeat(struct compiler *c, const struct node *child)
{
	unsigned int top = c->gram->n;
	int split;

	if (!emit_node(c, child))
		return false;
	split = emit(c, GRAM_SPLIT);
	if (split < 0)
		return false;
	c->gram->insn[split].a = top;
	c->gram->insn[split].b = c->gram->n;
	return true;
}

static bool emit_node(struct compiler *c, const struct node *node)
{
	switch (node->type) {
	case NODE_WORD:
		return emit_word(c, node->word);
	case NODE_SEQ:
		return emit_seq(c, node->child);
	case NODE_ALT:
		return emit_alt(c, node->child);
	case NODE_OPT:
		return emit_opt(c, node);
	case NODE_REPEAT:
		return emit_repeat(c, node->child);
	}
	return false;
}

static bool emit_rule(struct compiler *c, const struct gram_rule *rule)
{
	struct node *node;
	bool done;
	int end;

	c->n_bits = 0;
	c->depth = 0;
	node = read_text(c, rule->text);
	if (!node)
		return false;
	done = emit_node(c, node);
	node_free(node);
	end = done ? emit(c, GRAM_END) : -1;
	if (end < 0)
		return false;
	c->gram->insn[end].rule = rule;
	return true;
}

/* All rules are alternatives of each other; where the last one's split leads no word is taken */
static bool emit_rules(struct compiler *c, const struct gram_rule *rule)
{
	int split;

	for (; rule->text; rule++) {
		split = emit(c, GRAM_SPLIT);
		if (split < 0)
			return false;
		c->gram->insn[split].a = c->gram->n;
		if (!emit_rule(c, rule))
			return false;
		c->gram->insn[split].b = c->gram->n;
	}
	return true;
}

struct gram *gram_compile(const struct gram_table *table, char *err, size_t err_len)
{
	struct compiler c = { .err = err, .err_len = err_len };
	struct gram *gram = calloc(1, sizeof(*gram));
	bool done;

	if (!gram)
		return fail(&c, "no memory");
	gram->table = table;
	c.gram = gram;
	done = emit_rules(&c, table->rules);
	c.hidden = true;
	if (done && emit_rules(&c, table->hidden) && emit(&c, GRAM_DEAD) >= 0)
		return gram;
	gram_free(gram);
	return NULL;
}

void gram_free(struct gram *gram)
{
	struct gram_name *name, *next;

	if (!gram)
		return;
	for (name = gram->names; name; name = next) {
		next = name->next;
		free(name);
	}
	free(gram->insn);
	free(gram);
}
