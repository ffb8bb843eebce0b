// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * grammar_help - the rules as text for people: BNF, as the tables have it.
 */
#include <ctype.h>
#include <string.h>
#include "grammar_priv.h"

#define WIDTH	79

/*
 * Write a rule behind what stands in the line already, @column wide. Lines
 * break outside of brackets where that is possible, and go on @indent deep.
 */
static void write_wrapped(FILE *out, const char *text, unsigned int column, unsigned int indent)
{
	const char *end, *unit;
	unsigned int depth;
	size_t len;

	for (unit = text; *unit; unit = end) {
		while (*unit == ' ')
			unit++;
		depth = 0;
		for (end = unit; *end && (*end != ' ' || depth); end++) {
			if (*end == '[' || *end == '{')
				depth++;
			else if (*end == ']' || *end == '}')
				depth--;
		}
		len = end - unit;
		if (column + 1 + len > WIDTH && column > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (unit != text) {
			fputc(' ', out);
			column++;
		}
		fwrite(unit, 1, len, out);
		column += len;
	}
	fputc('\n', out);
}

static size_t object_len(const char *text)
{
	return strcspn(text, " ");
}

static bool is_object(const struct gram_rule *rule, const char *object)
{
	size_t len = object_len(rule->text);

	return strncmp(rule->text, object, len) == 0 && !object[len];
}

/* Does the symbol stand in the text as a word of its own? */
static bool mentions(const char *text, const char *symbol)
{
	size_t len = strlen(symbol);
	const char *at;

	for (at = text; (at = strstr(at, symbol)); at += len) {
		if (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
			continue;
		if (!isalnum((unsigned char)at[len]) && at[len] != '_')
			return true;
	}
	return false;
}

static bool mentioned(const struct gram_table *table, const char *object, const char *symbol,
		      unsigned int depth)
{
	const struct gram_rule *rule;
	const struct gram_def *def;

	for (rule = table->rules; rule->text; rule++)
		if ((!object || is_object(rule, object)) &&
		    mentions(rule->text, symbol))
			return true;
	if (!depth)
		return false;
	for (def = table->defs; def->symbol; def++)
		if (mentions(def->text, symbol) && mentioned(table, object, def->symbol, depth - 1))
			return true;
	return false;
}

static void write_definition(FILE *out, const char *symbol, const char *text)
{
	unsigned int column = fprintf(out, "%s := ", symbol);

	write_wrapped(out, text, column, column);
}

void gram_help(const struct gram *gram, const char *object, FILE *out)
{
	const struct gram_table *table = gram->table;
	const struct gram_value *value;
	const struct gram_rule *rule;
	const struct gram_def *def;
	const char *start = "Usage: ";

	for (rule = table->rules; rule->text; rule++) {
		if (object && !is_object(rule, object))
			continue;
		fprintf(out, "%sserval ", start);
		write_wrapped(out, rule->text, 14, 14);
		start = "       ";
	}
	for (def = table->defs; def->symbol; def++)
		if (mentioned(table, object, def->symbol, 4))
			write_definition(out, def->symbol, def->text);
	for (value = table->values; value->symbol; value++)
		if (value->text && mentioned(table, object, value->symbol, 4))
			write_definition(out, value->symbol, value->text);
}
