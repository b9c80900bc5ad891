# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for the tests
#
# Real middleboxes in front of the server that was started last. Each start_NAME
# sets BOX_PID, BOX_LOG, BOX_ADDRESS and points SERVER_ADDRESS (for `ask`, it is
# SERVICE_ADDRESS) at the box; a host between hosts sets CLIENT_IN as well, and a
# proxy that has to be asked sets BOX_FLAGS instead. They run in the foreground with a configuration of their own;
# nothing installed is touched. Load after common.bash.
#
# The file `table` has a row for each box and setting; box_rows reads it. The
# starters are in the other files here, by kind.

BOXES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for boxes_file in balancers forwarders hosts http programs proxies tls; do
	# shellcheck source=/dev/null
	. "$BOXES/$boxes_file.bash"
done

BOX_FLAGS=() BOX_PID=

# Most of these cannot listen on port 0. Each test process therefore has a
# loopback address of its own, made of its process id, on which every port is
# free but for services that listen on all addresses; those make it try again.
box_host() {
	echo "127.$((1 + ($$ >> 16) % 200)).$(($$ >> 8 & 255)).$(($$ & 255))"
}

# is_listening ADDRESS: asks /proc/net/tcp, so that no connection disturbs.
is_listening() {
	local a b c d
	IFS=. read -r a b c d <<<"${1%:*}"
	grep -q "$(printf ' %02X%02X%02X%02X:%04X 00000000:0000 0A ' "$d" "$c" "$b" "$a" "${1##*:}")" \
		/proc/net/tcp
}

box_settled() {
	is_listening "$BOX_ADDRESS" || gone "$PID"
}

# start_box CONFIGURE|- COMMAND...: CONFIGURE writes the configuration for
# BOX_ADDRESS and UPSTREAM to BOX_CONF; COMMAND runs in the foreground, in which
# @BOX@, @UPSTREAM@ (both HOST:PORT), @BOX_HOST@, @BOX_PORT@, @UPSTREAM_HOST@,
# @UPSTREAM_PORT@ and @CONF@ stand for those.
start_box() {
	local configure=$1 attempt command
	shift
	UPSTREAM=${SERVER_ADDRESS:-}
	for attempt in 1 2 3 4 5; do
		SERIAL=$((SERIAL + 1))
		BOX_LOG=$BATS_TEST_TMPDIR/box-$SERIAL.log
		BOX_CONF=$BATS_TEST_TMPDIR/box-$SERIAL.conf
		BOX_ADDRESS=$(box_host):$((10000 + RANDOM % 20000))
		[ "$configure" = - ] || "$configure" >"$BOX_CONF"
		command=("${@//@BOX@/"$BOX_ADDRESS"}")
		command=("${command[@]//@BOX_HOST@/"${BOX_ADDRESS%:*}"}")
		command=("${command[@]//@BOX_PORT@/"${BOX_ADDRESS##*:}"}")
		command=("${command[@]//@UPSTREAM@/"$UPSTREAM"}")
		command=("${command[@]//@UPSTREAM_HOST@/"${UPSTREAM%:*}"}")
		command=("${command[@]//@UPSTREAM_PORT@/"${UPSTREAM##*:}"}")
		command=("${command[@]//@CONF@/"$BOX_CONF"}")
		background "$BOX_LOG" "$BOX_LOG.err" "${command[@]}"
		BOX_PID=$PID
		wait_for "$PATIENCE" box_settled || break
		if ! gone "$PID"; then
			SERVER_ADDRESS=$BOX_ADDRESS SERVICE_ADDRESS=$BOX_ADDRESS
			return 0
		fi
		forget "$PID"
	done
	[ -e "$BOX_CONF" ] || : >"$BOX_CONF"
	fail "$1 did not start (attempt $attempt)" "$BOX_CONF" "$BOX_LOG" "$BOX_LOG.err"
}

# box_rows [NAME...]: these rows of the table, or all: columns joined by tabs.
box_rows() {
	awk -F ' *[|] *' -v OFS='\t' -v names=" $* " '
		/^#/ || NF < 2 { next }
		{ $1 = $1 }
		names == "  " || index(names, " " $1 " ") { print }' "$BOXES/table"
}

# box_row NAME: sets BOX_NAME, BOX_WITH, BOX_SYSTEM, BOX_SETTING, BOX_PACKAGE,
# BOX_VERSION and BOX_START; - is empty.
box_row() {
	local column values
	mapfile -t values < <(box_rows "$1" | tr '\t' '\n')
	[ "${#values[@]}" = 7 ] || fail "the table has no row $1, or one that has not 7 columns" || return
	for column in NAME WITH SYSTEM SETTING PACKAGE VERSION START; do
		[ "${values[0]}" != - ] || values[0]=
		declare -g "BOX_$column=${values[0]}"
		values=("${values[@]:1}")
	done
}

# start_row: the other end and, in front of it, the box of the row; its start line
# gets the setting, split at "; ".
start_row() {
	local start settings=()
	BOX_FLAGS=()
	if [ "$BOX_WITH" = ask ]; then
		start_odd halves 500 || return
	else
		start_far_end || return
	fi
	[ -z "$BOX_SETTING" ] || mapfile -t settings <<<"${BOX_SETTING//; /$'\n'}"
	read -r -a start <<<"$BOX_START"
	"start_${start[0]}" "${start[@]:1}" "${settings[@]}"
}

# The version that is installed: what its command says first that looks like one,
# or else the package's.
row_version() {
	local version=
	if [ -n "$BOX_VERSION" ]; then
		version=$(eval "$BOX_VERSION" 2>&1 | grep -oE '[0-9]+[.][0-9.]*[0-9]' | head -n 1) || true
	fi
	if [ -z "$version" ]; then
		# shellcheck disable=SC2016 # dpkg-query expands it
		version=$(dpkg-query -W -f '${Version}' "$BOX_PACKAGE" 2>/dev/null) || true
		version=${version#*:} version=${version%-*} version=${version%%+*}
	fi
	echo "${version:-unknown}"
}
