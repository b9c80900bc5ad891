# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Proxies that have to be asked for the other end: they set BOX_FLAGS, and
# SERVER_ADDRESS stays what it was.

# asked URL-SCHEME: how the box that was started last is reached.
asked() {
	SERVER_ADDRESS=$UPSTREAM
	# shellcheck disable=SC2034 # for run_check
	BOX_FLAGS=(--proxy "$1://$BOX_ADDRESS")
}

start_microsocks() {
	need microsocks
	start_box - microsocks -i @BOX_HOST@ -p @BOX_PORT@ && asked socks5
}

start_dante() {
	need danted
	start_box dante_conf danted -f @CONF@ -p "$BATS_TEST_TMPDIR/danted.pid" && asked socks5
}

dante_conf() {
	cat <<-END
		logoutput: stderr
		internal: ${BOX_ADDRESS%:*} port = ${BOX_ADDRESS##*:}
		external: 127.0.0.1
		socksmethod: none
		clientmethod: none
		user.privileged: root
		user.unprivileged: nobody
		client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
		socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
	END
}

start_ssh_dynamic() {
	local far=$SERVER_ADDRESS
	start_sshd && start_ssh -D @BOX@ && UPSTREAM=$far asked socks5
}

start_ss_local() {
	local far=$SERVER_ADDRESS
	need ss-server ss-local
	start_box - ss-server -s @BOX_HOST@ -p @BOX_PORT@ -k secret -m aes-256-gcm
	start_box - ss-local -s @UPSTREAM_HOST@ -p @UPSTREAM_PORT@ -k secret -m aes-256-gcm \
		-b @BOX_HOST@ -l @BOX_PORT@ && UPSTREAM=$far asked socks5
}

start_tinyproxy() {
	need tinyproxy
	start_box tinyproxy_conf tinyproxy -d -c @CONF@ && asked http
}

tinyproxy_conf() {
	cat <<-END
		Listen ${BOX_ADDRESS%:*}
		Port ${BOX_ADDRESS##*:}
		Timeout 600
		MaxClients 100
	END
}

start_squid() {
	need squid
	SQUID_LINES=("$@")
	start_box squid_conf squid -N -f @CONF@ && asked http
}

squid_conf() {
	cat <<-END
		http_port $BOX_ADDRESS${1:-}
		http_access allow all
		pid_filename none
		access_log none
		cache_log /dev/null
		cache deny all
		netdb_filename none
		pinger_enable off
		shutdown_lifetime 0 seconds
		coredump_dir $BATS_TEST_TMPDIR
	END
	printf '%s\n' "${SQUID_LINES[@]}"
}

start_privoxy() {
	need privoxy
	start_box privoxy_conf privoxy --no-daemon @CONF@ && asked http
}

privoxy_conf() {
	cat <<-END
		listen-address $BOX_ADDRESS
		confdir $BATS_TEST_TMPDIR
		templdir /etc/privoxy/templates
		logdir $BATS_TEST_TMPDIR
		socket-timeout 300
	END
}


start_apache_connect() {
	need apache2
	start_box apache_connect_conf apache2 -X -f @CONF@ && asked http
}

apache_connect_conf() {
	apache_conf proxy proxy_connect
	cat <<-END
		ProxyRequests On
		AllowCONNECT 1-65535
	END
}

start_trafficserver_connect() {
	start_trafficserver "" && asked http
}

# start_lighttpd_connect: it tunnels to one address, whatever it is asked for.
start_lighttpd_connect() {
	need lighttpd
	start_box lighttpd_connect_conf lighttpd -D -f @CONF@ && asked http
}

lighttpd_connect_conf() {
	lighttpd_http_conf
	echo 'proxy.header = ( "connect" => "enable" )'
}
