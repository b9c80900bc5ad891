# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every tests/check-truth-*.bats begins with: a responder for each test, and the
# helpers that put a relay in front of it. Load after common.bash.

for helper in service check relay truth; do
	# shellcheck source=/dev/null
	source "$HELPERS/$helper.bash"
done

setup() {
	start_far_end
}

teardown() {
	stop_all
}
