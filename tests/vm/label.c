/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the label that the engine tells this process it has, or the error's number. */
#include "lib/pavise.h"

#include <stdio.h>

int main(void)
{
	char label[PAVISE_NAME_MAX + 32];
	int n = pavise_get_label(label, sizeof(label)), short_by_one;

	if (n < 0) {
		printf("%d\n", n);
		return 1;
	}
	short_by_one = pavise_get_label(label, (size_t)n);
	printf("%s %d %s\n", label, n, short_by_one == -ERANGE ? "whole" : "overrun");
	return 0;
}
