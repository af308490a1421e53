/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes one file N times: the cost of the most mediated call, alone. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[2]) : 0;

	if (n <= 0) {
		fprintf(stderr, "usage: open_close FILE N\n");
		return 2;
	}
	for (long i = 0; i < n; i++) {
		int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(argv[1]);
			return 1;
		}
		close(fd);
	}
	return 0;
}
