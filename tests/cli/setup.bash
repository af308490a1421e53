# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154 # bats sets output
# What all command line tests share: the program, a folder of their own, a few profiles.
bats_require_minimum_version 1.5.0

ROOT=${PAVISE_ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
PAVISE=${PAVISE:-$ROOT/build/src/cli/pavise}

# Everything is allowed: what a program then does must be what it does natively.
write_open_profile() {
	cat >open.aa <<-'END'
	profile open flags=(attach_disconnected) {
		/ r,
		/** rwmlkix,
		capability,
		network,
		signal,
		ptrace,
	}
	END
}

# /usr/bin/cat may read what is public, and nothing is said of the rest.
write_viewer_profile() {
	mkdir -p public/private
	echo hello >public/note
	echo secret >public/private/note
	echo other >other
	cat >viewer.aa <<-'END'
	profile viewer /usr/bin/cat {
		/usr/** mr,
		/etc/ld.so.cache r,
		/**/public/** r,
		audit deny /**/public/private/** r,
	}
	END
}

prepare() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# Long options of one test must not depend on the machine's language.
	export LC_ALL=C
	write_open_profile
	write_viewer_profile
}

setup() {
	prepare
}

# contains TEXT: $output has it.
contains() {
	[[ $output == *"$1"* ]] || {
		printf 'missing: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

lacks() {
	[[ $output != *"$1"* ]] || {
		printf 'not expected: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}
