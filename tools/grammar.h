/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grammar - from rules written as they stand in the help to a decision about
 * the words of a command line. One table gives the parser, the help and the
 * completion; nothing here knows what a rule does.
 *
 * A rule's text is made of
 *	lower case	a keyword; any beginning of it that fits no other will do
 *	UPPER CASE	a value of struct gram_value, or a struct gram_def
 *	{ a | b }	one of them
 *	[ a ]		may be left out; several in a row come in any order, each once
 *	a...		once or more often
 */
#ifndef TOOLS_GRAMMAR_H
#define TOOLS_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct gram_value - a kind of word that is not a keyword
 * @symbol: its name in rules
 * @text: its form, for the help; NULL if the symbol says it all
 * @accept: is @word one? If not, may write why not; NULL accepts every word
 * @complete: write possible words that begin with @begin, one a line; or NULL
 */
struct gram_value {
	const char *symbol;
	const char *text;
	bool (*accept)(const char *word, char *why, size_t len);
	void (*complete)(FILE *out, const char *begin);
};

/**
 * struct gram_def - a part several rules share
 * @symbol: its name in rules
 * @text: what it stands for, in the notation of rules
 */
struct gram_def {
	const char *symbol;
	const char *text;
};

struct gram_match;

/**
 * struct gram_rule - one command
 * @text: its grammar; the first word is the object
 * @run: what carries it out; the return is the exit status of the program
 */
struct gram_rule {
	const char *text;
	int (*run)(const struct gram_match *match);
};

/**
 * struct gram_table - everything; each array ends with an entry of NULLs
 * @rules: the commands
 * @hidden: commands that are understood, but neither in the help nor completed, and whose
 *	keywords cannot be abbreviated
 * @defs: parts of rules
 * @values: what rules are made of, beside keywords
 */
struct gram_table {
	const struct gram_rule *rules;
	const struct gram_rule *hidden;
	const struct gram_def *defs;
	const struct gram_value *values;
};

/**
 * struct gram_token - one word of the command line
 * @symbol: of its value; NULL for a keyword
 * @text: the word, a keyword in full
 */
struct gram_token {
	const char *symbol;
	const char *text;
};

/**
 * struct gram_match - what the command line is
 * @rule: the command
 * @n: how many words
 * @token: one for each
 */
struct gram_match {
	const struct gram_rule *rule;
	unsigned int n;
	struct gram_token *token;
};

struct gram;

/**
 * gram_compile() - prepare a table for use
 * @table: must stay while the result is in use
 * @err: where to write what is wrong with the table
 * @err_len: room at @err
 *
 * Return: to be freed by gram_free(); NULL if a text in the table is not of the notation, or
 *	   without memory.
 */
struct gram *gram_compile(const struct gram_table *table, char *err, size_t err_len);
void gram_free(struct gram *gram);

/**
 * gram_parse() - which command the words are
 * @gram: from gram_compile()
 * @n: how many words
 * @word: the words; must stay while @match is in use
 * @match: the answer, to be freed by gram_match_free()
 * @err: where to write why the words are no command
 * @err_len: room at @err
 *
 * A keyword given in full comes before a value, a value before an abbreviated keyword.
 *
 * Return: 0; -EINVAL if the words are no command, @match needs no freeing then; -ENOMEM.
 */
int gram_parse(const struct gram *gram, unsigned int n, char *const *word,
	       struct gram_match *match, char *err, size_t err_len);
void gram_match_free(struct gram_match *match);

/**
 * gram_complete() - which words may come next
 * @gram: from gram_compile()
 * @n: how many words are there, the one to be completed not counted
 * @word: those words
 * @begin: what there is of the next one, maybe ""
 * @out: where to write the possible words, one a line
 */
void gram_complete(const struct gram *gram, unsigned int n, char *const *word,
		   const char *begin, FILE *out);

/**
 * gram_object() - the object a word means
 *
 * Return: the object's keyword; NULL if @word is no beginning of one, or of several
 */
const char *gram_object(const struct gram *gram, const char *word);

/**
 * gram_help() - write rules as BNF
 * @gram: from gram_compile()
 * @object: only this object's rules, in full, with the definitions they use; NULL: all rules
 * @out: where to
 */
void gram_help(const struct gram *gram, const char *object, FILE *out);

/**
 * gram_text() - the n-th value with this symbol among the words
 *
 * Return: its text, or NULL if there are not that many
 */
const char *gram_text(const struct gram_match *match, const char *symbol, unsigned int nth);

/* Is the keyword among the words, after the object? */
bool gram_has(const struct gram_match *match, const char *keyword);

/**
 * gram_after() - the value that follows a keyword
 *
 * Return: the text of the word behind the first @keyword, NULL if it is not there
 */
const char *gram_after(const struct gram_match *match, const char *keyword);

#endif
