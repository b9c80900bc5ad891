#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The packages: each is built from the release tarball, holds what make install
# installs, and works where nothing else is.

load ../helpers/common
load ../helpers/service

NAME=tcp-half-close-tester
BUILDAH=()

setup_file() {
	# Nothing of a make that runs us is for the makes below.
	unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL DESTDIR
	local build=${top_builddir:-$TOP}
	[ -e "$build/Makefile" ] || cannot_run "not configured (./bootstrap check does that)"
	make -s -C "$build" dist || fail "make dist"
	local tarballs=("$build/$NAME"-*.tar.gz)
	export TARBALL=$BATS_FILE_TMPDIR/${tarballs[0]##*/}
	cp "${tarballs[0]}" "$TARBALL"
	VERSION=${TARBALL##*/"$NAME"-}
	export VERSION=${VERSION%.tar.gz}
}

setup() {
	OUT=$BATS_TEST_TMPDIR/out
}

teardown() {
	stop_all
	[ ${#BUILDAH[@]} = 0 ] || "${BUILDAH[@]}" rm --all >/dev/null
	[ ! -d "$BATS_TEST_TMPDIR/root/proc/1" ] || umount "$BATS_TEST_TMPDIR/root/proc"
}

# package KIND [DIRECTORY]
package() {
	sh "${top_srcdir:-$TOP}/contrib/package" "$1" "$TARBALL" "${2:-$OUT}" >"$OUT.log" 2>&1 ||
		fail "contrib/package $1" "$OUT.log"
}

# same FILE...: built once more, they are the same bytes.
same() {
	local file
	mkdir "$OUT.first"
	for file in "$@"; do
		mv "$OUT/$file" "$OUT.first"
	done
	package "$KIND"
	for file in "$@"; do
		cmp "$OUT/$file" "$OUT.first/$file"
	done
}

# What every package has, whatever the system's folders are called.
holds_program_and_pages() {
	local list=$1 file
	for file in usr/bin/$NAME etc/$NAME.conf man1/$NAME.1 man1/$NAME-check.1 man5/$NAME.conf.5 \
		bash-completion/completions/$NAME; do
		grep -q "$file" "$list" || fail "no $file" "$list"
	done
	! grep -q "etc/$NAME.conf.sample" "$list" || fail "two files in /etc" "$list"
}

@test "the version stands in configure.ac alone" {
	tar xzf "$TARBALL" -C "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR/$NAME-$VERSION"
	grep -q "^AC_INIT(\[$NAME\], \[$VERSION\])" configure.ac
	grep -q "^$NAME ($VERSION-1) " contrib/debian/changelog
	grep -q "^Version: *$VERSION$" contrib/rpm/$NAME.spec
	grep -q "^pkgver=$VERSION$" contrib/alpine/APKBUILD
	run grep -rlF "$VERSION" "${top_srcdir:-$TOP}/contrib/debian" "${top_srcdir:-$TOP}/contrib/rpm" \
		"${top_srcdir:-$TOP}/contrib/alpine" "${top_srcdir:-$TOP}/contrib/oci"
	# A tarball's own tree has the version in it by now.
	[ ! -e "${top_srcdir:-$TOP}/.git" ] || [ -z "$output" ]
}

@test "Debian: lintian has nothing to say, twice the same bytes, and the installed program works" {
	need_root
	need dpkg-buildpackage dh lintian debootstrap
	KIND=deb
	package deb
	local deb root=$BATS_TEST_TMPDIR/root release test
	deb=${NAME}_$VERSION-1_$(dpkg --print-architecture).deb
	release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	dpkg-deb -c "$OUT/$deb" >"$OUT.list"
	holds_program_and_pages "$OUT.list"
	same "$deb"
	debootstrap --variant=minbase --include=libconfig9,libjson-c5,libseccomp2,jq,procps,systemd \
		"$release" "$root" >"$OUT.root" 2>&1 || fail debootstrap "$OUT.root"
	mount -t proc proc "$root/proc"
	cp "$OUT/$deb" "$root/tmp"
	cp -R "${top_srcdir:-$TOP}/contrib/debian/tests" "$root/tmp"
	chroot "$root" dpkg -i "/tmp/$deb"
	for test in installed services; do
		chroot "$root" "/tmp/tests/$test"
	done
	chroot "$root" dpkg --purge "$NAME"
	[ ! -e "$root/etc/$NAME.conf" ]
}

@test "RPM: rpmlint has nothing to say, twice the same bytes" {
	need rpmbuild rpmlint
	KIND=rpm
	package rpm
	grep -q ' 0 errors, 0 warnings' "$OUT.log" || fail rpmlint "$OUT.log"
	local rpm
	rpm=$NAME-$VERSION-1.$(uname -m).rpm
	rpm -qpl "$OUT/$rpm" >"$OUT.list"
	holds_program_and_pages "$OUT.list"
	rpm -qpc "$OUT/$rpm" | grep -qx "/etc/$NAME.conf"
	same "$rpm" "$NAME-$VERSION-1.src.rpm"
}

@test "Alpine: the functions of APKBUILD build and install" {
	package apk
	find "$OUT/apk" -type f >"$OUT.list"
	[ -x "$OUT/apk/usr/bin/$NAME" ]
	grep -q "man1/$NAME-check.1" "$OUT.list"
	"$OUT/apk/usr/bin/$NAME" --version | grep -F "$VERSION"
}

@test "image: 2 MiB at most, no root, twice the same bytes; one holds the responder, the other checks" {
	need_root
	need buildah
	KIND=image
	package image
	local image=$NAME-$VERSION-image.tar container root
	[ "$(stat -c %s "$OUT/$image")" -le $((2 * 1024 * 1024)) ]
	same "$image"
	BUILDAH=(buildah --storage-driver vfs --root "$BATS_TEST_TMPDIR/storage" --runroot "$BATS_TEST_TMPDIR/run")
	container=$("${BUILDAH[@]}" from "oci-archive:$OUT/$image")
	[ "$("${BUILDAH[@]}" inspect --type container --format '{{.OCIv1.Config.User}}' "$container")" = 65532:65532 ]
	root=$("${BUILDAH[@]}" mount "$container")
	# shellcheck disable=SC2034 # for start_responder
	PROGRAM=/$NAME SERVER_IN=(chroot --userspec=65532:65532 "$root")
	start_responder
	"${BUILDAH[@]}" run --isolation chroot "$container" -- "/$NAME" check --scenario baseline,download \
		-s "$RESPONDER_ADDRESS"
}
