// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * grammar_match - runs the words of a command line through the rules.
 *
 * After each word it holds the set of all places in the rules that the words
 * may have led to. The set tells what may come next: to the parser, to the
 * message when something else came, and to the completion.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "grammar_priv.h"

/* One place: an instruction, and which optional parts are used up */
struct place {
	unsigned int at;
	uint64_t bits;
};

struct places {
	const struct gram *gram;
	struct place *place;
	unsigned int n, room;
	bool failed;		/* no memory: the set is not complete */
};

/* What one word was taken for */
struct taken {
	const char *keyword;
	const struct gram_value *value;
};

/* Add a place, going on through what takes no word */
static void add(struct places *to, unsigned int at, uint64_t bits)
{
	const struct gram_insn *insn = &to->gram->insn[at];
	struct place *place;
	unsigned int i;

	for (i = 0; i < to->n; i++)
		if (to->place[i].at == at && to->place[i].bits == bits)
			return;
	if (to->n == to->room) {
		to->room = to->room ? 2 * to->room : 128;
		place = realloc(to->place, to->room * sizeof(*place));
		if (!place) {
			to->room = to->n;
			to->failed = true;
			return;
		}
		to->place = place;
	}
	to->place[to->n++] = (struct place){ at, bits };

	switch (insn->op) {
	case GRAM_SPLIT:
		add(to, insn->a, bits);
		add(to, insn->b, bits);
		break;
	case GRAM_JUMP:
		add(to, insn->a, bits);
		break;
	case GRAM_ONCE:
		if (!(bits & insn->bits))
			add(to, at + 1, bits | insn->bits);
		break;
	case GRAM_AGAIN:
		add(to, at + 1, bits & ~insn->bits);
		break;
	case GRAM_KEYWORD:
	case GRAM_VALUE:
	case GRAM_END:
	case GRAM_DEAD:
		break;
	}
}

static const struct gram_insn *insn_at(const struct places *set, unsigned int i)
{
	return &set->gram->insn[set->place[i].at];
}

static bool accepts(const struct gram_value *value, const char *word)
{
	char why[2];

	return !value->accept || value->accept(word, why, sizeof(why));
}

/* Text that grows into a buffer of fixed size, and is cut off there */
static void append(char *buf, size_t len, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, len - used, "%s", text);
}

/*
 * May the i-th place take a word, or end a rule, that people should know of,
 * and did no place before it want the same?
 */
static bool is_news(const struct places *set, unsigned int i)
{
	const struct gram_insn *insn = insn_at(set, i), *other;
	unsigned int j;

	if (insn->hidden || (insn->op != GRAM_KEYWORD && insn->op != GRAM_VALUE &&
			     insn->op != GRAM_END))
		return false;
	for (j = 0; j < i; j++) {
		other = insn_at(set, j);
		if (!other->hidden && other->op == insn->op && other->text == insn->text &&
		    other->value == insn->value)
			return false;
	}
	return true;
}

/* The possible next words, for a message */
static void expected(const struct places *set, char *buf, size_t len)
{
	const struct gram_insn *insn;
	unsigned int i, n = 0;

	for (i = 0; i < set->n; i++) {
		if (!is_news(set, i))
			continue;
		insn = insn_at(set, i);
		append(buf, len, n++ ? " | " : "");
		if (insn->op == GRAM_END)
			append(buf, len, "nothing more");
		else if (insn->op == GRAM_KEYWORD)
			append(buf, len, insn->text);
		else
			append(buf, len, insn->value->symbol);
	}
}

/* The keyword that @word abbreviates; NULL with @err written if it might be several */
static const char *abbreviated(const struct places *set, const char *word, char *err,
			       size_t err_len)
{
	const struct gram_insn *insn;
	const char *found = NULL;
	unsigned int i;

	*err = '\0';
	if (!*word)
		return NULL;
	for (i = 0; i < set->n; i++) {
		insn = insn_at(set, i);
		if (insn->op != GRAM_KEYWORD || insn->hidden || insn->text == found ||
		    strncmp(insn->text, word, strlen(word)) != 0)
			continue;
		if (found) {
			snprintf(err, err_len, "\"%s\" may be %s or %s", word, found, insn->text);
			return NULL;
		}
		found = insn->text;
	}
	return found;
}

/* What the word is; false with @err written if it is nothing that may stand here */
static bool take(const struct places *set, const char *word, struct taken *taken, char *err,
		 size_t err_len)
{
	const struct gram_value *only = NULL;
	const struct gram_insn *insn;
	unsigned int i, values = 0;
	bool others = false;

	memset(taken, 0, sizeof(*taken));
	for (i = 0; i < set->n; i++) {
		insn = insn_at(set, i);
		if (insn->op == GRAM_KEYWORD && strcmp(insn->text, word) == 0) {
			taken->keyword = insn->text;
			return true;
		}
	}
	for (i = 0; i < set->n; i++) {
		insn = insn_at(set, i);
		if (insn->op != GRAM_VALUE) {
			others = others || is_news(set, i);
			continue;
		}
		if (accepts(insn->value, word)) {
			taken->value = insn->value;
			return true;
		}
		if (!insn->hidden && insn->value != only) {
			only = insn->value;
			values++;
		}
	}
	taken->keyword = abbreviated(set, word, err, err_len);
	if (taken->keyword)
		return true;
	if (*err)
		return false;

	snprintf(err, err_len, "\"%s\"", word);
	if (values == 1) {
		append(err, err_len, " is no ");
		append(err, err_len, only->symbol);
		append(err, err_len, ": ");
		only->accept(word, err + strlen(err), err_len - strlen(err));
	}
	if (values != 1 || others) {
		append(err, err_len, values == 1 ? "; expected " : ": expected ");
		expected(set, err, err_len);
	}
	return false;
}

/* All places behind the word */
static void step(const struct places *set, const struct taken *taken, struct places *next)
{
	const struct gram_insn *insn;
	unsigned int i;

	next->n = 0;
	for (i = 0; i < set->n; i++) {
		insn = insn_at(set, i);
		if ((insn->op == GRAM_KEYWORD && insn->text == taken->keyword) ||
		    (insn->op == GRAM_VALUE && insn->value == taken->value))
			add(next, set->place[i].at + 1, set->place[i].bits);
	}
}

/* The places behind all words; false with @err written */
static bool run(const struct gram *gram, unsigned int n, char *const *word,
		struct gram_token *token, struct places *set, char *err, size_t err_len)
{
	struct places next = { .gram = gram };
	struct places swap;
	struct taken taken;
	unsigned int i;
	bool done = true;

	add(set, 0, 0);
	for (i = 0; i < n && done; i++) {
		done = take(set, word[i], &taken, err, err_len);
		if (!done)
			break;
		if (token) {
			token[i].symbol = taken.value ? taken.value->symbol : NULL;
			token[i].text = taken.value ? word[i] : taken.keyword;
		}
		step(set, &taken, &next);
		swap = *set;
		*set = next;
		next = swap;
	}
	if (set->failed || next.failed) {
		snprintf(err, err_len, "no memory");
		done = false;
	}
	free(next.place);
	return done;
}

int gram_parse(const struct gram *gram, unsigned int n, char *const *word,
	       struct gram_match *match, char *err, size_t err_len)
{
	struct places set = { .gram = gram };
	const struct gram_insn *insn;
	unsigned int i;

	memset(match, 0, sizeof(*match));
	match->token = calloc(n + 1, sizeof(*match->token));
	if (!match->token) {
		snprintf(err, err_len, "no memory");
		return -ENOMEM;
	}
	match->n = n;
	if (run(gram, n, word, match->token, &set, err, err_len)) {
		for (i = 0; i < set.n && !match->rule; i++) {
			insn = insn_at(&set, i);
			if (insn->op == GRAM_END)
				match->rule = insn->rule;
		}
		if (!match->rule) {
			snprintf(err, err_len, "%s%s: more is needed: ", n ? "behind " : "",
				 n ? word[n - 1] : "nothing given");
			expected(&set, err, err_len);
		}
	}
	free(set.place);
	if (match->rule)
		return 0;
	gram_match_free(match);
	return -EINVAL;
}

void gram_match_free(struct gram_match *match)
{
	free(match->token);
	match->token = NULL;
}

void gram_complete(const struct gram *gram, unsigned int n, char *const *word, const char *begin,
		   FILE *out)
{
	struct places set = { .gram = gram };
	const struct gram_insn *insn;
	unsigned int i;
	char err[256];

	if (!run(gram, n, word, NULL, &set, err, sizeof(err)))
		goto out;
	for (i = 0; i < set.n; i++) {
		insn = insn_at(&set, i);
		if (!is_news(&set, i))
			continue;
		if (insn->op == GRAM_VALUE && insn->value->complete)
			insn->value->complete(out, begin);
		if (insn->op == GRAM_KEYWORD && strncmp(insn->text, begin, strlen(begin)) == 0)
			fprintf(out, "%s\n", insn->text);
	}
out:
	free(set.place);
}

const char *gram_object(const struct gram *gram, const char *word)
{
	struct places set = { .gram = gram };
	struct taken taken = { NULL, NULL };
	char err[256];

	add(&set, 0, 0);
	if (!take(&set, word, &taken, err, sizeof(err)))
		taken.keyword = NULL;
	free(set.place);
	return taken.keyword;
}

const char *gram_text(const struct gram_match *match, const char *symbol, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < match->n; i++)
		if (match->token[i].symbol && strcmp(match->token[i].symbol, symbol) == 0 && !nth--)
			return match->token[i].text;
	return NULL;
}

static unsigned int find(const struct gram_match *match, const char *keyword)
{
	unsigned int i;

	for (i = 1; i < match->n; i++)
		if (!match->token[i].symbol && strcmp(match->token[i].text, keyword) == 0)
			break;
	return i;
}

bool gram_has(const struct gram_match *match, const char *keyword)
{
	return find(match, keyword) < match->n;
}

const char *gram_after(const struct gram_match *match, const char *keyword)
{
	unsigned int i = find(match, keyword);

	return i + 1 < match->n ? match->token[i + 1].text : NULL;
}
