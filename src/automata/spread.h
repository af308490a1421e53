/* SPDX-License-Identifier: BSD-2-Clause */
/* Spreads a number over 64 bits (the end of splitmix64, S. Vigna, public domain). */
#ifndef AUTOMATA_SPREAD_H
#define AUTOMATA_SPREAD_H

#include <stdint.h>

static inline uint64_t spread(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

#endif
