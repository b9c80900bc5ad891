#!/usr/bin/env bats
# What probe does not take is a usage error that names it, and is told at once.

load helpers/common
load helpers/probe

# refused MESSAGE ARGS...: one line on standard error that matches, exit 2.
refused() {
	local message=$1
	shift
	start_probe "$@"
	wait_probe
	assert_status 2
	assert_equal "$(wc -l <"$PROBE_ERR")" 1 "lines" "$PROBE_ERR"
	grep -q -e "$message" "$PROBE_ERR" || fail "not told: $message" "$PROBE_ERR"
	[ ! -s "$PROBE_OUT" ]
}

teardown() {
	stop_all
}

@test "--min beyond --max names both" {
	refused '--min 4s must not be longer than --max 1s' --min 4s --max 1s
}

@test "durations" {
	refused 'invalid argument "10" for "--min": missing unit in duration "10"' --min 10
	refused 'invalid argument "0" for "--min"' --min 0
	refused 'invalid argument "-1s" for "--max"' --max=-1s
	refused 'invalid argument "0s" for "--resolution"' --resolution 0s
	refused 'invalid argument "9999999h" for "--max"' --max 9999999h
}

@test "--jobs" {
	refused 'invalid argument "0" for "-j, --jobs"' --jobs 0
	refused 'invalid argument "257" for "-j, --jobs"' -j 257
	refused 'invalid argument "two" for "-j, --jobs"' -j two
}

@test "choices" {
	refused 'invalid argument "nobody" for "--closer".*client.*server' --closer nobody
	refused 'invalid argument "halfclosed" for "--state".*half-closed.*established' --state halfclosed
	refused 'invalid argument "yaml" for "--format".*text.*prometheus' --format yaml
}

@test "paths" {
	refused '--server cannot be combined' --server 127.0.0.1:1 --listen 127.0.0.1:0
	refused '--server cannot be combined' --server 127.0.0.1:1 --via 127.0.0.1:1
	refused '--via requires --listen' --via 127.0.0.1:1
	refused '--ipv4 and --ipv6' -4 -6
}

@test "flags of other commands, and stray arguments" {
	refused 'flag --hold is not valid for "probe"' --hold 1s
	refused 'stray' stray
}

@test "an address that is taken: the probe cannot be run" {
	local address
	start_responder
	address=$RESPONDER_ADDRESS
	start_probe --listen "$address" --via "$address"
	wait_probe
	assert_status 3
	grep -q "$address.*in use" "$PROBE_ERR"
}
