# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Services for the tests of `ask`: real ones, and odd ones of our own. Each sets
# SERVICE_ADDRESS. Load after common.bash and boxes.bash.

# start_odd MODE [ARGUMENT]: see services.js.
start_odd() {
	need node
	SERIAL=$((SERIAL + 1))
	SERVICE_LOG=$BATS_TEST_TMPDIR/service-$SERIAL.log
	background "$SERVICE_LOG" "$SERVICE_LOG.err" node "$HELPERS/services.js" "$@"
	wait_for_line "$SERVICE_LOG" "^listening on " || fail "no service" "$SERVICE_LOG.err"
	SERVICE_ADDRESS=$(sed -n 's/^listening on //p' "$SERVICE_LOG")
	# What stands in front of it is told by start_box.
	# shellcheck disable=SC2034 # read by boxes.bash
	SERVER_ADDRESS=$SERVICE_ADDRESS
}

# A directory with a page of 5000 bytes.
make_site() {
	SITE=$BATS_TEST_TMPDIR/site
	mkdir -p "$SITE"
	[ -e "$SITE/index.html" ] || head -c 5000 /dev/zero | tr '\0' 'x' >"$SITE/index.html"
	chmod -R a+rX "$BATS_TEST_TMPDIR"
}

start_python_http() {
	need python3
	make_site
	start_box - python3 -m http.server -d "$SITE" -b @BOX_HOST@ @BOX_PORT@
}

start_busybox_httpd() {
	need busybox
	busybox --list | grep -q '^httpd$' || cannot_run "busybox has no httpd"
	make_site
	start_box - busybox httpd -f -h "$SITE" -p @BOX@
}

# start_line_server COMMAND: socat, and what answers one line.
start_line_server() {
	need socat
	start_box - socat TCP-LISTEN:@BOX_PORT@,bind=@BOX_HOST@,fork "SYSTEM:$1"
}

# run_ask ARGS...: sets ASK_STATUS, ASK_OUT, ASK_ERR and ASK_SECONDS. Another format
# than JSON is for ARGS to name.
run_ask() {
	local format=(--format json) from=(--config none) arg
	for arg in "$@"; do
		case $arg in
		--format | --format=*) format=() ;;
		--config | --config=*) from=() ;;
		esac
	done
	SERIAL=$((SERIAL + 1))
	ASK_OUT=$BATS_TEST_TMPDIR/ask-$SERIAL.out ASK_ERR=$BATS_TEST_TMPDIR/ask-$SERIAL.err
	background "$ASK_OUT" "$ASK_ERR" "$PROGRAM" ask "${from[@]}" "${format[@]}" "$@"
	wait_for_end "$PID" $((PATIENCE * 2)) || fail "ask goes on" "$ASK_OUT" "$ASK_ERR" || return
	ASK_STATUS=$STATUS
}

# assert_asked VERDICT STATUS: of the run of ask that was last.
assert_asked() {
	assert_equal "$(jq -r .verdict "$ASK_OUT")" "$1" "verdict" "$ASK_OUT" "$ASK_ERR" || return
	assert_equal "$ASK_STATUS" "$2" "exit status" "$ASK_OUT" "$ASK_ERR"
}

# assert_variant NAME VERDICT [PATTERN]: its verdict, and an extended regular
# expression for its reason.
assert_variant() {
	local row
	row=$(jq -c --arg name "$1" '.scenarios[] | select(.name == $name)' "$ASK_OUT")
	assert_equal "$(jq -r .verdict <<<"$row")" "$2" "verdict of $1" "$ASK_OUT" || return
	[ -z "${3:-}" ] || grep -Eq -e "$3" <<<"$(jq -r .reason <<<"$row")" ||
		fail "the reason of $1 is not \"$3\"" "$ASK_OUT"
}
