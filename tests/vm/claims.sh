# SPDX-License-Identifier: BSD-2-Clause
# In the machine, where `run` puts it: what scripts that make claims begin with. They end with "exit $failed".
failed=0

check() { # WHAT GOT WANTED: prints "ok WHAT" or "FAILED WHAT"
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "FAILED $1: got \"$2\", not \"$3\""
		failed=1
	fi
}
