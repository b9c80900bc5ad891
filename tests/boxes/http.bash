# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# HTTP proxies in front of a service. Arguments are lines of their configuration.
# Those that tests give may say @UPSTREAM@; the starters of the table say it
# themselves.

# start_nginx_http LINE...: a server whose location / has LINEs (without ;).
start_nginx_http() {
	need nginx
	NGINX_LINES=("$@")
	start_box nginx_http_conf nginx -p "$BATS_TEST_TMPDIR" -c @CONF@ -e stderr
}

nginx_http_conf() {
	local part
	cat <<-END
		daemon off;
		master_process off;
		error_log stderr;
		pid $BATS_TEST_TMPDIR/nginx-http.pid;
		events { }
		http {
			access_log off;
	END
	for part in client_body proxy fastcgi uwsgi scgi; do
		echo "${part}_temp_path $BATS_TEST_TMPDIR/nginx-$part;"
	done
	cat <<-END
			server {
				listen $BOX_ADDRESS;
				location / {
					$(printf '%s\n' "${NGINX_LINES[@]/%/;}" | sed "s/@UPSTREAM@/${UPSTREAM:-}/")
				}
			}
		}
	END
}

start_nginx_http_proxy() {
	start_nginx_http "proxy_pass http://@UPSTREAM@" "$@"
}

start_haproxy_http() {
	start_haproxy "option http-server-close" "mode http" "$@"
}
