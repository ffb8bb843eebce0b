/* SPDX-License-Identifier: MIT */
/*
 * What libserval's files share and programs do not see.
 */
#ifndef LIBSERVAL_PRIVATE_H
#define LIBSERVAL_PRIVATE_H

#include <stdbool.h>
#include <libserval/serval.h>

/* Marks what the version map exports; everything else is built hidden */
#define SV_EXPORT __attribute__((visibility("default")))

/* Where the loaded module tells its family number */
#define SV_FAMILY_PATH "/sys/module/serval/parameters/family"

/**
 * sv_family_from() - the family number that a module parameter file holds
 * @path: the file
 *
 * Return: the number, or -1 if there is no such file or no valid number in it.
 */
int sv_family_from(const char *path);

/**
 * sv_family_set() - as if the module had been seen to use this family
 * @family: its number; 0 to look again at the next call of sv_family()
 */
void sv_family_set(int family);

/**
 * sv_addr_in() - an address of the program as the kernel wants it
 * @addr: the program's address
 * @len: its length
 * @copy: room for a changed copy
 *
 * Return: @addr if it is right as it is, else @copy, filled in.
 */
const struct sockaddr *sv_addr_in(const struct sockaddr *addr, socklen_t len,
				  struct sockaddr_storage *copy);

/**
 * sv_addr_out() - an address from the kernel as the program wants it
 * @addr: the address, changed in place
 * @len: how much of it the kernel wrote
 */
void sv_addr_out(struct sockaddr *addr, socklen_t len);

/**
 * sv_name_hash() - hash a name or zone to the bits it stands for
 * @text: the name, not ended by NUL
 * @len: its length
 * @zone: @text is a zone: only the first SV_ZONE_BITS are set
 * @sid: where to write the bits; as it was if there is an error
 *
 * Return: NULL, or what is wrong with the name.
 */
const char *sv_name_hash(const char *text, size_t len, bool zone, struct service_id *sid);

#endif
