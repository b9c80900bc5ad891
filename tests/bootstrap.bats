#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# bootstrap: its usage, what it says when it cannot install, and that it knows
# every tool that a test asks for. Installing itself is what .ci/run does.

load helpers/common

setup() {
	cd "${top_srcdir:-$TOP}" || return
	BARE=$BATS_TEST_TMPDIR/bare
	mkdir "$BARE"
	# A machine with nothing but the basics, and no package manager.
	local tool
	for tool in sh awk cat cp dirname env grep id ls mkdir mktemp rm sed tr; do
		ln -s "$(command -v "$tool")" "$BARE/$tool"
	done
	sed "s|^PATH=.*|PATH=$BARE|" bootstrap >"$BATS_TEST_TMPDIR/bootstrap"
}

bare() {
	env -i PATH="$BARE" "$BARE/sh" "$BATS_TEST_TMPDIR/bootstrap" "$@"
}

@test "--help tells the uses; a wrong one is refused with it" {
	run sh bootstrap --help
	[ "$status" = 0 ]
	[[ $output == *"bootstrap demo"*"bootstrap check"*"--full"* ]]
	for wrong in dmeo "check --fll" "demo now"; do
		# shellcheck disable=SC2086 # words
		run sh bootstrap $wrong
		[ "$status" = 2 ]
		[[ $output == Usage:* ]]
	done
}

@test "without autoconf it names what to install" {
	run bare
	[ "$status" = 1 ]
	[[ $output == *"autoconf is missing"* ]]
}

@test "without a package manager it names what is missing" {
	run bare check
	[ "$status" = 1 ]
	[[ $output == *"please install"*autoconf*automake*libconfig*json-c*bats*jq* ]]
}

@test "a user without sudo gets the command for each package manager" {
	[ "$(id -u)" != 0 ] || printf '#!/bin/sh\necho 1000\n' >"$BATS_TEST_TMPDIR/id"
	if [ -e "$BATS_TEST_TMPDIR/id" ]; then
		chmod +x "$BATS_TEST_TMPDIR/id"
		mv -f "$BATS_TEST_TMPDIR/id" "$BARE/id"
	fi
	local row
	for row in \
		"apt-get:apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 gcc libc6-dev make autoconf automake pkg-config libconfig-dev libjson-c-dev" \
		"dnf:dnf install -y --setopt=install_weak_deps=False gcc make autoconf automake pkgconf-pkg-config libconfig-devel json-c-devel" \
		"apk:apk add gcc musl-dev linux-headers make autoconf automake pkgconf libconfig-dev json-c-dev" \
		"pacman:pacman -S --needed --noconfirm gcc make autoconf automake pkgconf libconfig json-c" \
		"zypper:zypper --non-interactive install --no-recommends gcc make autoconf automake pkg-config libconfig-devel libjson-c-devel"; do
		printf '#!/bin/sh\nexit 1\n' >"$BARE/${row%%:*}"
		chmod +x "$BARE/${row%%:*}"
		run bare demo
		rm "$BARE/${row%%:*}"
		[ "$status" = 1 ]
		[[ $output == *"as root, please run: "*"${row#*:}"* ]] || fail "$row: $output"
	done
}

@test "a manager that fails is no success" {
	printf '#!/bin/sh\necho "$*" >>%s/calls\nexit 1\n' "$BATS_TEST_TMPDIR" >"$BARE/apt-get"
	printf '#!/bin/sh\n"$@"\n' >"$BARE/sudo"
	printf '#!/bin/sh\necho 1000\n' >"$BATS_TEST_TMPDIR/id"
	chmod +x "$BARE/apt-get" "$BARE/sudo" "$BATS_TEST_TMPDIR/id"
	mv -f "$BATS_TEST_TMPDIR/id" "$BARE/id"
	run bare demo
	[ "$status" = 1 ]
	[[ $output == *"that failed"* ]]
	assert_equal "$(grep -c '^update' "$BATS_TEST_TMPDIR/calls")" 1
}

@test "check --full knows every tool that a test needs" {
	local tool known
	known=" $(sed -n '/^#  *apt/,/^END$/p' bootstrap | awk '{ print $1 }' | tr '\n' ' ')"
	# The rows of tests/boxes/table name their packages themselves.
	for tool in $(grep -rhoE '(^[[:space:]]*|[;&|{] *)need [a-z][a-z0-9 -]*' tests --include='*.bats' --include='*.bash' --exclude-dir=boxes |
		sed 's|.*need ||' | tr ' ' '\n' | sort -u); do
		case $tool in
		env | iconv | mount | nsenter | setsid | timeout | unshare) continue ;; # on every Linux
		esac
		[[ $known == *" $tool "* ]] || fail "bootstrap does not know $tool"
	done
}

# full_with POLICY: runs `check --full` as root on a Debian whose apt-get notes
# what policy-rc.d says while it installs, and then fails.
full_with_policy() {
	POLICY=$BATS_TEST_TMPDIR/policy-rc.d
	sed -i "s|^policy=.*|policy=$POLICY|" "$BATS_TEST_TMPDIR/bootstrap"
	for tool in chmod mv tee; do
		ln -s "$(command -v "$tool")" "$BARE/$tool"
	done
	printf '#!/bin/sh\necho 0\n' >"$BATS_TEST_TMPDIR/id"
	printf '#!/bin/sh\n' >"$BARE/invoke-rc.d"
	cat >"$BARE/apt-get" <<-END
		#!$BARE/sh
		case \$1 in install) $POLICY nginx start; echo \$? >$BATS_TEST_TMPDIR/answer ;; esac
		exit ${1:-1}
	END
	chmod +x "$BARE/apt-get" "$BARE/invoke-rc.d" "$BATS_TEST_TMPDIR/id"
	mv -f "$BATS_TEST_TMPDIR/id" "$BARE/id"
	run bare check --full
	[ "$status" = 1 ]
	assert_equal "$(cat "$BATS_TEST_TMPDIR/answer")" 101 "the policy"
}

@test "no service starts while check --full installs; no trace is left" {
	full_with_policy
	[[ $output == *"that failed"* ]]
	assert_equal "$(find "$BATS_TEST_TMPDIR" -name 'policy-rc.d*')" ""
}

@test "a policy-rc.d that was there comes back as it was" {
	printf '#!/bin/sh\nexit 104\n' >"$BATS_TEST_TMPDIR/policy-rc.d"
	chmod 711 "$BATS_TEST_TMPDIR/policy-rc.d"
	full_with_policy
	assert_equal "$(stat -c %a "$POLICY")" 711
	grep -q 'exit 104' "$POLICY"
	[ ! -e "$POLICY.before-bootstrap" ]
}

@test "a run that was killed is made good by the next" {
	printf '#!/bin/sh\nexit 104\n' >"$BATS_TEST_TMPDIR/policy-rc.d.before-bootstrap"
	printf '#!/bin/sh\n# put here by tcp-half-close-tester/bootstrap while it installs packages\nexit 101\n' \
		>"$BATS_TEST_TMPDIR/policy-rc.d"
	full_with_policy
	grep -q 'exit 104' "$POLICY"
	[ ! -e "$POLICY.before-bootstrap" ]
}

@test "what is still missing after installing is named, and is a failure" {
	full_with_policy 0
	[[ $output == *"still missing after installing:"*haproxy*nginx* ]]
}
