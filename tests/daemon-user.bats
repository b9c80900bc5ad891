#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # the helpers use what is set here
#
# --user: root's rights are given up once the address is bound, for good.

load helpers/common
load helpers/service

teardown() {
	stop_all
}

# refused USER PATTERN
refused() {
	local rc=0 user=$1 pattern=$2
	timeout "$PATIENCE" "$PROGRAM" server --config none --listen 127.0.0.1:0 --user "$user" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || rc=$?
	assert_equal "$rc" 3 "exit status" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	grep -q "$pattern" "$BATS_TEST_TMPDIR/err" || fail "no \"$pattern\"" "$BATS_TEST_TMPDIR/err"
}

@test "parent and children run as that user, with its groups and no capability" {
	need_root
	start_server --listen 127.0.0.1:0 --user nobody --size 10k -i 1h
	start_peer 1 wait
	wait_for_lines "$SERVER_LOG" "start to stream with chunk" 1
	local pid uid gid
	uid=$(id -u nobody) gid=$(id -g nobody)
	for pid in "$SERVER_PID" $(children_of "$SERVER_PID"); do
		assert_equal "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
			"$uid $uid $uid $uid" uid
		assert_equal "$(awk '/^Gid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
			"$gid $gid $gid $gid" gid
		assert_equal "$(awk '/^Groups:/ { $1 = ""; print $0 + 0 }' "/proc/$pid/status")" "$gid" groups
		assert_equal "$(awk '/^CapEff:/ { print $2 }' "/proc/$pid/status")" 0000000000000000 capabilities
	done
}

@test "a port below 1024 is bound before" {
	need_root
	# A network of its own, so that no port is taken and none is disturbed.
	need unshare ip
	unshare --net true 2>/dev/null || cannot_run "no network namespaces here"
	SERVER_IN=(unshare --net sh -c 'ip link set lo up && exec "$@"' sh)
	start_server --listen 127.0.0.1:7 --user nobody
	assert_line "$SERVER_LOG" "start the server" '.server.listen == "127.0.0.1:7"'
}

@test "a user that does not exist is refused" {
	refused no-such-user 'user "no-such-user": does not exist'
}

@test "who is not root cannot become another" {
	without_root
	refused root 'user "root": only root can become another user'
}

@test "to stay oneself is fine" {
	start_server --user "$(id -un)"
	kill -0 "$SERVER_PID"
}
