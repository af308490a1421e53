/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats pattern text at a place, gives the byte there. */
#include "automata/escape.h"

static int digit(char c, int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < base ? value : -1;
}

/* At most n digits from *at on; -1 if there is none. */
static int number(struct slice text, size_t *at, int base, int n)
{
	int value = -1;

	for (; n && *at < text.len && digit(text.ptr[*at], base) >= 0; n--, ++*at)
		value = (value < 0 ? 0 : value) * base + digit(text.ptr[*at], base);
	return value < 0 ? -1 : value & 0xff;
}

int escape_read(struct slice text, size_t *at)
{
	static const char letters[] = "abefnrt", bytes[] = "\a\b\x1b\f\n\r\t";
	unsigned char c = (unsigned char)text.ptr[(*at)++];
	const char *letter;
	int value;

	if (c != '\\' || *at == text.len)
		return c;
	value = number(text, at, 8, 3);
	if (value >= 0)
		return value;
	c = (unsigned char)text.ptr[(*at)++];
	if (c == 'x') {
		value = number(text, at, 16, 2);
		return value < 0 ? c : value;
	}
	letter = c ? strchr(letters, c) : NULL;
	return letter ? (unsigned char)bytes[letter - letters] : c;
}
