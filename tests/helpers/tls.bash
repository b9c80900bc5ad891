# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of TLS: certificates, made once a file. Load after common.bash.

# need_tls: skips what a build without OpenSSL cannot do.
need_tls() {
	need openssl
	! "$PROGRAM" client --config none -s 127.0.0.1:1 --tls both 2>&1 | grep -q 'has no TLS' ||
		cannot_run "built without TLS"
}

# make_cert NAME SUBJECT [FLAGS...]: NAME.pem has a self-signed certificate and its
# key, for the names or addresses of SUBJECT. Sets PEM.
make_cert() {
	local names=$2
	PEM=$BATS_FILE_TMPDIR/$1.pem
	shift 2
	[ -e "$PEM" ] && return
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test \
		-addext "subjectAltName=$names" -keyout "$PEM.key" -out "$PEM.crt" "$@" 2>/dev/null
	cat "$PEM.key" "$PEM.crt" >"$PEM"
}

# The certificate of this test: for every address that it listens on. Those of the next
# test in the same file differ: box_host is made of the process id.
make_own_cert() {
	make_cert "own-$(box_host)" "DNS:localhost,IP:127.0.0.1,IP:$(box_host)" -days 30
}
