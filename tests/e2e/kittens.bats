#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154 # bats sets output
# The story of examples/kittens, told once as this user; what it left is then looked at again, without it.
bats_require_minimum_version 1.5.0

ROOT=${PAVISE_ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
KITTENS=$ROOT/examples/kittens
export PAVISE=${PAVISE:-$ROOT/build/src/cli/pavise}
export PYTHONDONTWRITEBYTECODE=1

setup_file() {
	export KEPT=$BATS_FILE_TMPDIR/kept
	local status=0
	timeout -k 10 300 "$KITTENS/demo" --keep "$KEPT" >"$BATS_FILE_TMPDIR/out" 2>&1 || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/status"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	KEY=$(sed -n 's/^signing_key = //p' "$KEPT/state/kittens.ini")
	[ "${#KEY}" = 40 ]
}

# on_stage CODE: Python, with a confined service behind `client` and its folder behind `stage`.
on_stage() {
	cat >scene.py <<-END
	import os, subprocess, sys
	sys.path.insert(0, "$KITTENS")
	import picture
	from stage import HERE, Stage
	stage = Stage("$BATS_TEST_TMPDIR/stage")
	def make(*words):
	    subprocess.run([HERE + "/make_kittens", *words], check=True, timeout=60)
	with stage.service("confined", stage.pavise_command()) as client:
	$(sed 's/^\t*/    /' <<<"$1")
	END
	timeout -k 10 200 /usr/bin/python3 scene.py
}

@test "all claims of the demo hold" {
	cat "$BATS_FILE_TMPDIR/out"
	[ "$(cat "$BATS_FILE_TMPDIR/status")" = 0 ]
	run -1 grep FAILED "$BATS_FILE_TMPDIR/out"
	[ "$(grep -c '^    ok ' "$BATS_FILE_TMPDIR/out")" = 22 ]
}

@test "unconfined, the secret stands in the picture" {
	run -0 "$KITTENS/picture.py" "$KEPT/unconfined-kittens.png"
	[[ $output == *"$KEY"* ]]
	run -0 "$KITTENS/picture.py" "$KEPT/unconfined-page.png"
	[[ $output == *"Kittens converts videos."* ]]
}

@test "confined, there is no picture of it, or one without it" {
	for name in kittens page; do
		[ -e "$KEPT/confined-$name.png" ] || continue
		run -0 "$KITTENS/picture.py" "$KEPT/confined-$name.png"
		[[ $output != *[A-Za-z0-9]* ]]
	done
	[ -s "$KEPT/confined.log" ]
	[ -s "$KEPT/denials.json" ]
	run -1 grep -r --include='confined*' -e "$KEY" "$KEPT"
	run -1 grep -e "$KEY" "$KEPT/denials.json"
}

@test "the good picture is the same, pixel by pixel" {
	for to in png mp4; do
		for way in unconfined confined; do
			ffmpeg -nostdin -v error -y -i "$KEPT/$way-good.$to" -f rawvideo -pix_fmt rgb24 \
				"$way.$to.raw"
		done
		[ "$(stat -c %s "unconfined.$to.raw")" -ge $((320 * 240 * 3)) ]
		cmp "unconfined.$to.raw" "confined.$to.raw"
	done
}

@test "each denied read of the secret is counted" {
	/usr/bin/python3 - "$KEPT" <<-'END'
	import json, os, sys
	config = os.path.realpath(sys.argv[1]) + "/state/kittens.ini"
	events = [json.loads(line) for line in open(sys.argv[1] + "/denials.json")]
	denied = [e for e in events if e["verdict"] == "denied" and e["object"] == config]
	n = {p: sum(e["count"] for e in denied if e["profile"] == p)
	     for p in ("kittens-ffmpeg", "kittens-serving")}
	assert n["kittens-ffmpeg"] >= os.path.getsize(config), n
	assert n["kittens-serving"] == 1, n
	assert {e["comm"] for e in denied if e["profile"] == "kittens-ffmpeg"} == {"ffmpeg"}, denied
	# Grouped: far fewer records than denials.
	assert len([e for e in denied if e["profile"] == "kittens-ffmpeg"]) <= 10, len(denied)
	END
}

@test "after the move the service cannot read its configuration" {
	on_stage 'assert client.label() == "kittens-serving (enforce)", client.label()
	answer = client.help(stage.config)
	assert answer.status == 403 and "Permission denied" in answer.text, answer.text
	assert stage.key not in answer.text
	for name in stage.config.replace("/state/", "/state/jobs/../"), "/proc/self/cwd/kittens.ini":
	    answer = client.help(name)
	    assert answer.status == 403, (name, answer.text)
	os.symlink(stage.config, stage.state + "/tmp/way")
	answer = client.help(stage.state + "/tmp/way")
	assert answer.status == 403, answer.text
	assert client.help("start").status == 200
	answer = client.help("/etc/shadow")
	assert answer.status == 403, answer.text'
}

@test "an ffmpeg started by the service cannot read what the service can" {
	on_stage 'page = HERE + "/help/start"
	text = open(page).read()
	assert client.help("start").text == text
	make("crafted", stage.folder + "/page.mp4", page, str(len(text)))
	answer = client.convert(stage.folder + "/page.mp4")
	rows = []
	if answer.status == 200:
	    open(stage.folder + "/page.png", "wb").write(answer.body)
	    rows = picture.text_in(picture.picture_read("-i", stage.folder + "/page.png"))
	assert len(picture.longest_shared("".join(rows), text)) <= 3, rows
	assert answer.status in (200, 422), answer.status'
}

@test "the demo fails where nothing confines" {
	cat >pavise <<-'END'
	#!/bin/sh
	while [ "$1" != -- ]; do
		[ "$1" != --log ] || : >"$2"
		shift
	done
	shift
	exec "$@"
	END
	chmod +x pavise
	PAVISE_LIBRARY=$(dirname "$PAVISE")/../lib/libpavise.so.0
	export PAVISE_LIBRARY
	PAVISE=$PWD/pavise run -1 timeout -k 10 200 "$KITTENS/demo"
	[[ $output == *'ok      the "cute kittens" video: the service'* ]]
	[[ $output == *'FAILED  the "cute kittens" video yields nothing'* ]]
	[[ $output == *'claims failed'* ]]
}

@test "an ordinary user sees the same" {
	if [ "$(id -u)" != 0 ]; then
		grep 'All claims hold' "$BATS_FILE_TMPDIR/out"
		return
	fi
	mkdir own
	chown 65534:65534 own
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
	run -0 timeout -k 10 300 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all env HOME=/tmp TMPDIR=/tmp "$KITTENS/demo"
	[[ $output == *"All claims hold."* ]]
}

@test "the reference parser takes the profiles as they are" {
	command -v apparmor_parser
	for profile in "$KITTENS"/profiles/kittens-*; do
		apparmor_parser -QK --base "$KITTENS/profiles/include" "$profile"
	done
	"$PAVISE" check -I "$KITTENS/profiles/include" "$KITTENS"/profiles/kittens-*
}

@test "make_kittens says what it cannot make" {
	run -2 "$KITTENS/make_kittens"
	for words in "crafted out /a 0" "crafted out /a 16001" "crafted out a 1" "crafted out /a x" \
		"crafted /no/such/folder /a 1"; do
		# shellcheck disable=SC2086 # words are split
		run -1 "$KITTENS/make_kittens" $words
		[[ $output == "make_kittens: "* ]]
	done
	[ ! -e out ]
}

@test "picture.py reads all printable characters, and refuses what is no picture" {
	/usr/bin/python3 - "$KITTENS" <<-'END'
	import sys
	sys.path.insert(0, sys.argv[1])
	from picture import text_screen
	open("all.xb", "wb").write(text_screen(bytes(range(0x20, 0x7f)), 80))
	END
	ffmpeg -nostdin -v error -f xbin -i all.xb -frames:v 1 -update 1 all.png
	run -0 "$KITTENS/picture.py" all.png
	[ "$(tr -d '\n' <<<"${output# }")" = "$(printf '%b' "$(printf '\\x%x' {33..126})")" ]
	echo text >none.png
	run -1 "$KITTENS/picture.py" none.png
	run -2 "$KITTENS/picture.py"
}
