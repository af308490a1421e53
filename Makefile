# SPDX-License-Identifier: BSD-2-Clause
# The two commands of the README and the pieces they are made of. Meson builds; this only drives.

.PHONY: all build demo test check bench install fuzz clean

all: build

build:
	@tools/install-deps build
	@test -d build || meson setup build -Dtests=false >/dev/null
	@ninja -C build --quiet

demo:
	@tools/install-deps demo
	@$(MAKE) --no-print-directory build
	@examples/kittens/demo

test:
	@tools/install-deps test
	@tools/install-deps vm || echo 'the virtual machine cannot be had: its step will be skipped'
	@tools/test

bench: build
	@bench/run

install: build
	@meson install -C build

clean:
	rm -rf build build-*
