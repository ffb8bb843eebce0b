/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of tests/vectors/NAME.txt (README.md there), for the tests. */
#ifndef SERVAL_VECTORS_H
#define SERVAL_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VECTOR_MAX	256	/* vectors in a file */
#define VECTOR_FIELDS	16

struct vector_field {
	char	name[20];
	char	value[200];
};

struct vector {
	char			name[80];
	unsigned int		line;		/* where it begins, for messages */
	uint8_t			bytes[1200];	/* header, then what is behind it */
	size_t			header_len;
	size_t			len;
	char			error[20];	/* "" if it is right */
	bool			rebuilt;	/* bit for bit */
	struct vector_field	field[VECTOR_FIELDS];
	unsigned int		n_fields;
};

/**
 * vectors_read() - all of a file, found from the top of the tree
 * @file: such as "golden.txt"
 * @v: room for VECTOR_MAX
 * Return: how many. Ends the program with a message where the file is wrong.
 */
unsigned int vectors_read(const char *file, struct vector *v);

/** vector_hex() - HEX into @out; ends the program if it is no hex or longer than @size */
size_t vector_hex(const char *hex, uint8_t *out, size_t size);

#endif
