#!/usr/bin/env bats
# Both ends' evidence: each way in which a path can treat a half-close gets its
# name.

load helpers/common
load helpers/check

setup() {
	start_far_end --linger-timeout 3s
}

teardown() {
	stop_all
}

# A stream of about 1.3 s, so that what happens in its middle stays there.
slow=(--size 256k --chunk 4k --interval 20ms --timeout 5s)

@test "a relay that forwards the FIN: all preserved" {
	start_relay forward
	check_json
	assert_all_preserved 10
}

@test "closes both ways at the FIN: full-close" {
	start_relay close
	check_json --scenario baseline,download "${slow[@]}"
	assert_scenario baseline preserved
	assert_scenario download full-close
	assert_status 1
}

@test "swallows the FIN: fin-lost" {
	start_relay forward --swallow-fin
	check_json --scenario download "${slow[@]}"
	assert_scenario download fin-lost
	assert_status 1
}

@test "delays the FIN beyond the bound: fin-delayed" {
	start_relay forward --delay-fin 600
	check_json --scenario download --max-fin-delay 300ms "${slow[@]}"
	assert_scenario download fin-delayed
	assert_status 1
}

@test "delays the FIN within the bound: preserved" {
	start_relay forward --delay-fin 100
	check_json --scenario download --max-fin-delay 5s "${slow[@]}"
	assert_scenario download preserved
	assert_status 0
}

@test "resets after the FIN: reset" {
	start_relay forward --reset-after-fin
	check_json --scenario download "${slow[@]}"
	assert_scenario download reset
	assert_status 1
}

@test "cuts the running stream a while after the FIN: linger-cutoff" {
	start_relay forward --cut-after 300
	check_json --scenario download "${slow[@]}"
	assert_scenario download linger-cutoff "3[0-9][0-9]\\.[0-9] ms after the FIN"
	assert_status 1
}

@test "loses the end of the stream: silent-discard" {
	start_relay forward --drop-last 1000 --spare 65536
	check_json --scenario download "${slow[@]}"
	assert_scenario download silent-discard
	assert_status 1
}

@test "throws the stream away after the FIN: silent-discard" {
	start_relay forward --read-all-then-close
	check_json --scenario download "${slow[@]}"
	assert_scenario download silent-discard
	assert_status 1
}

@test "flips a bit: corrupted" {
	start_relay forward --flip 100000
	check_json --scenario download "${slow[@]}"
	assert_scenario download corrupted
	assert_status 1
}

@test "never delivers the EOF: eof-lost" {
	start_relay forward --hide-eof
	check_json --scenario download "${slow[@]}"
	assert_scenario download eof-lost
	assert_status 1
}

@test "loses the end of the upload: upload-truncated" {
	start_relay forward --drop-upload 500 --spare 4096
	check_json --scenario echo "${slow[@]}"
	assert_scenario echo upload-truncated
	assert_status 1
}

@test "turns an abort into a clean EOF: abort-masked" {
	start_relay forward --mask-reset
	check_json --scenario abort,download "${slow[@]}"
	assert_scenario abort abort-masked
	assert_scenario download preserved
	assert_status 1
}
