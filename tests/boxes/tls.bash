# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Terminators of TLS, with a stunnel of the client's side in front of them, so that
# the path is plain outside.

# make_certificate: sets CERTIFICATE to a file with a key and its certificate.
make_certificate() {
	CERTIFICATE=$BATS_FILE_TMPDIR/certificate.pem
	[ -e "$CERTIFICATE" ] && return
	need openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=box \
		-keyout "$CERTIFICATE.key" -out "$CERTIFICATE.crt" 2>/dev/null
	cat "$CERTIFICATE.key" "$CERTIFICATE.crt" >"$CERTIFICATE"
}

# start_stunnel client|server [LINE...]
start_stunnel() {
	need stunnel
	make_certificate
	STUNNEL_ROLE=$1
	shift
	STUNNEL_LINES=("$@")
	start_box stunnel_conf stunnel @CONF@
}

stunnel_conf() {
	cat <<-END
		foreground = yes
		debug = 4
		pid =
		[box]
		accept = $BOX_ADDRESS
		connect = $UPSTREAM
	END
	if [ "$STUNNEL_ROLE" = client ]; then
		echo "client = yes"
	else
		echo "cert = $CERTIFICATE"
	fi
	printf '%s\n' "${STUNNEL_LINES[@]}"
}

start_stunnel_pair() {
	start_stunnel server "$@" && start_stunnel client "$@"
}

start_hitch() {
	need hitch
	make_certificate
	start_box - hitch "--backend=[@UPSTREAM_HOST@]:@UPSTREAM_PORT@" \
		"--frontend=[@BOX_HOST@]:@BOX_PORT@" --workers=1 --quiet --user=nobody "$CERTIFICATE" &&
		start_stunnel client
}

# start_haproxy_tls ssl [LINE...]
start_haproxy_tls() {
	make_certificate
	HAPROXY_BIND=" ssl crt $CERTIFICATE" start_haproxy "${@:2}" && start_stunnel client
}

# start_nginx_tls ssl [LINE...]
start_nginx_tls() {
	make_certificate
	NGINX_LISTEN=" ssl" start_nginx "ssl_certificate $CERTIFICATE" "ssl_certificate_key $CERTIFICATE" \
		"${@:2}" && start_stunnel client
}
