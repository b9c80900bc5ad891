# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Load balancers that forward TCP. Arguments are lines of their configuration.

# start_haproxy [LINE...]: a TCP proxy; LINEs join its section `defaults`.
start_haproxy() {
	need haproxy
	HAPROXY_LINES=("$@")
	start_box haproxy_conf haproxy -db -f @CONF@
}

haproxy_conf() {
	cat <<-END
		defaults
			mode tcp
			timeout connect 10s
			timeout client 120s
			timeout server 120s
		$(printf '\t%s\n' "${HAPROXY_LINES[@]}")
		listen box
			bind $BOX_ADDRESS${HAPROXY_BIND:-}
			balance roundrobin
	END
	local upstream number=0
	for upstream in $UPSTREAM; do
		number=$((number + 1))
		echo "	server s$number $upstream${HAPROXY_SERVER:-}"
	done
}

# nginx_module: sets NGINX_LOAD to what makes nginx know `stream`.
nginx_module() {
	local dir
	NGINX_LOAD=
	need nginx
	nginx -V 2>&1 | grep -Eq -- '--with-stream( |$)' && return
	for dir in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/share/nginx/modules; do
		[ -e "$dir/ngx_stream_module.so" ] && NGINX_LOAD="load_module $dir/ngx_stream_module.so;"
	done
	[ -n "$NGINX_LOAD" ] || cannot_run "nginx has no stream module"
}

# start_nginx [LINE...]: a stream proxy; LINEs (without ;) join its `server` block.
start_nginx() {
	nginx_module
	NGINX_LINES=("$@")
	start_box nginx_conf nginx -p "$BATS_TEST_TMPDIR" -c @CONF@ -e stderr
}

nginx_conf() {
	cat <<-END
		$NGINX_LOAD
		daemon off;
		master_process off;
		error_log stderr;
		pid $BATS_TEST_TMPDIR/nginx.pid;
		events { }
		stream {
			server {
				listen $BOX_ADDRESS${NGINX_LISTEN:-};
				proxy_pass $UPSTREAM;
				$(printf '%s\n' "${NGINX_LINES[@]/%/;}")
			}
		}
	END
}

start_pen() {
	need pen
	start_box - pen -f "$@" @BOX@ @UPSTREAM@
}

start_sslh() {
	need "$1"
	start_box - "$1" -f -n -p @BOX@ --anyprot @UPSTREAM@
}

# mod_sockproxy: lighttpd as a plain TCP proxy.
start_lighttpd_sockproxy() {
	need lighttpd
	start_box lighttpd_sockproxy_conf lighttpd -D -f @CONF@
}

lighttpd_sockproxy_conf() {
	cat <<-END
		server.modules = ( "mod_sockproxy" )
		server.document-root = "$BATS_TEST_TMPDIR"
		server.bind = "${BOX_ADDRESS%:*}"
		server.port = ${BOX_ADDRESS##*:}
		server.stream-request-body = 2
		server.stream-response-body = 2
		sockproxy.server = ( "" => ( ( "host" => "${UPSTREAM%:*}", "port" => ${UPSTREAM##*:} ) ) )
	END
}
