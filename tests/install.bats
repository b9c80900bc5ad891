#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# make install: what it puts where, what it must not touch, what it leaves
# behind, and builds outside the source tree.

load helpers/common

setup() {
	SRC=${top_srcdir:-$TOP} BUILD=${top_builddir:-$TOP}
	NAME=tcp-half-close-tester
	ROOT=$BATS_TEST_TMPDIR/root
	CONF=$ROOT/opt/hc/etc/$NAME.conf
	[ -e "$BUILD/Makefile" ] || cannot_run "not configured (./bootstrap check does that)"
	# Nothing of a make that runs us is for the makes below.
	unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL DESTDIR
}

# target NAME...: below the prefix /opt/hc of a file system of our own.
target() {
	make -s -C "$BUILD" "$@" DESTDIR="$ROOT" prefix=/opt/hc >"$BATS_TEST_TMPDIR/make.log" 2>&1 ||
		fail "make $*" "$BATS_TEST_TMPDIR/make.log"
}

has_libsystemd() {
	grep -q '^#define HAVE_LIBSYSTEMD' "$1/config.h"
}

installed() {
	(cd "$ROOT" && find . ! -type d | LC_ALL=C sort)
}

expected() {
	local f
	echo "bin/$NAME"
	echo "etc/$NAME.conf"
	echo "etc/$NAME.conf.sample"
	for f in "$SRC"/man/*.[157]; do
		[ ! -e "$f" ] || echo "share/man/man${f##*.}/${f##*/}"
	done
	for f in CONTRIBUTING.md LICENSE NEWS README.md; do
		echo "share/doc/$NAME/$f"
	done
	if ! grep -q '^systemdsystemunitdir = no$' "$BUILD/Makefile"; then
		for f in "$SRC"/contrib/systemd/*.in; do
			f=${f##*/}
			case $f in *.socket.in) has_libsystemd "$BUILD" || continue ;; esac
			[ "$f" = '*.in' ] || echo "lib/systemd/system/${f%.in}"
		done
	fi
	if ! grep -q '^sysusersdir = no$' "$BUILD/Makefile"; then
		for f in "$SRC"/contrib/sysusers/*.conf; do
			[ ! -e "$f" ] || echo "lib/sysusers.d/${f##*/}"
		done
	fi
	if ! grep -q '^cross_compiling = yes$' "$BUILD/config.log"; then
		echo "share/bash-completion/completions/$NAME"
		echo "share/fish/vendor_completions.d/$NAME.fish"
		echo "share/zsh/site-functions/_$NAME"
	fi
}

@test "installs the program, its pages, its sample and nothing outside the prefix" {
	target install systemdsystemunitdir=/opt/hc/lib/systemd/system sysusersdir=/opt/hc/lib/sysusers.d
	diff <(expected | sed 's|^|./opt/hc/|' | LC_ALL=C sort) <(installed)
	[ -x "$ROOT/opt/hc/bin/$NAME" ]
	[ ! -x "$CONF" ]
	"$ROOT/opt/hc/bin/$NAME" --version
}

@test "the installed sample is a valid file, in every command" {
	target install
	local command
	for command in server client responder check probe ask; do
		"$PROGRAM" "$command" --config "$CONF" --print-config >"$BATS_TEST_TMPDIR/with"
		"$PROGRAM" "$command" --config none --print-config >"$BATS_TEST_TMPDIR/without"
		diff "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/without"
	done
}

@test "unit files name the installed program" {
	compgen -G "$SRC/contrib/systemd/*.in" >/dev/null || skip "there are no unit files"
	! grep -q '^systemdsystemunitdir = no$' "$BUILD/Makefile" || cannot_run "configured without unit files"
	target install systemdsystemunitdir=/opt/hc/lib/systemd/system
	run grep -rn '@[a-z]*dir@' "$ROOT/opt/hc/lib/systemd/system"
	assert_equal "$output" ""
	local unit
	for unit in "$ROOT"/opt/hc/lib/systemd/system/*.service; do
		grep -q "^ExecStart=/.*/$NAME " "$unit" || fail "no program" "$unit"
	done
}

@test "without libsystemd there are no sockets, and no service is waited for" {
	local src=$SRC build=$BATS_TEST_TMPDIR/build dir=$BATS_TEST_TMPDIR/units
	if [ -e "$src/config.status" ]; then
		src=$BATS_TEST_TMPDIR/src
		make -s -C "$BUILD" distdir distdir="$src" >"$BATS_TEST_TMPDIR/make.log" 2>&1 ||
			fail "make distdir" "$BATS_TEST_TMPDIR/make.log"
	fi
	mkdir "$build"
	cd "$build"
	{
		"$src/configure" --quiet --without-systemd --with-systemdsystemunitdir="$dir" &&
			make -s install-nodist_systemdsystemunitDATA
	} >"$BATS_TEST_TMPDIR/make.log" 2>&1 || fail "installing" "$BATS_TEST_TMPDIR/make.log"
	refute compgen -G "$dir/*.socket"
	refute grep -r '^Type=notify\|^NotifyAccess' "$dir"
	assert_equal "$(cat "$dir"/*.service | grep -c '^Type=exec')" 3 "services"
}

@test "a second install never overwrites an edited file" {
	target install
	echo '# mine' >"$CONF"
	target install
	assert_equal "$(cat "$CONF")" '# mine'
}

@test "uninstall leaves nothing" {
	target install systemdsystemunitdir=/opt/hc/lib/systemd/system sysusersdir=/opt/hc/lib/sysusers.d
	target uninstall systemdsystemunitdir=/opt/hc/lib/systemd/system sysusersdir=/opt/hc/lib/sysusers.d
	assert_equal "$(installed)" ""
}

@test "uninstall leaves an edited file, and only that" {
	target install systemdsystemunitdir=/opt/hc/lib/systemd/system sysusersdir=/opt/hc/lib/sysusers.d
	echo '# mine' >>"$CONF"
	target uninstall systemdsystemunitdir=/opt/hc/lib/systemd/system sysusersdir=/opt/hc/lib/sysusers.d
	assert_equal "$(installed)" "./opt/hc/etc/$NAME.conf"
	grep -q '^# mine$' "$CONF"
}

@test "a build outside the source tree leaves the source tree alone" {
	local src=$SRC build=$BUILD
	if [ "$src" -ef "$build" ]; then
		src=$BATS_TEST_TMPDIR/src build=$BATS_TEST_TMPDIR/build
		make -s -C "$BUILD" distdir distdir="$src" >"$BATS_TEST_TMPDIR/make.log" 2>&1 ||
			fail "make distdir" "$BATS_TEST_TMPDIR/make.log"
		find "$src" -type f | LC_ALL=C sort >"$BATS_TEST_TMPDIR/before"
		mkdir "$build"
		cd "$build"
		{
			"$src/configure" --quiet CFLAGS=-O0 && make -s -j2 build
		} >"$BATS_TEST_TMPDIR/make.log" 2>&1 || fail "building" "$BATS_TEST_TMPDIR/make.log"
		diff "$BATS_TEST_TMPDIR/before" <(find "$src" -type f | LC_ALL=C sort)
	fi
	"$build/bin/$NAME" --version
	[ ! -e "$src/bin" ]
	[ ! -e "$src/config.h" ]
	assert_equal "$(find "$src" -name '*.[oa]' | grep -v -F "$build/")" ""
}

@test "make gen-file makes data of the size and name asked for" {
	local size
	for size in 0:0 1:1 7k:7168 3m:3145728 3M:3145728; do
		make -s -C "$BUILD" gen-file SIZE="${size%:*}" FILE="$BATS_TEST_TMPDIR/a file"
		assert_equal "$(stat -c %s "$BATS_TEST_TMPDIR/a file")" "${size#*:}" "size of ${size%:*}"
	done
	grep -q '^SIZE = 100m$' "$BUILD/Makefile"
	grep -q '^FILE = data$' "$BUILD/Makefile"
}

@test "make gen-file refuses what is no size, and leaves no file" {
	local size
	for size in "" x 10q -1 1.5m 0x10 010 10mm; do
		run make -s -C "$BUILD" gen-file SIZE="$size" FILE="$BATS_TEST_TMPDIR/data"
		[ "$status" -ne 0 ]
		[[ $output == *SIZE* ]]
		assert_equal "$(find "$BATS_TEST_TMPDIR" -name 'data*')" ""
	done
}
