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
				listen $BOX_ADDRESS${NGINX_LISTEN:-};
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

# What any configuration of Apache begins with.
apache_conf() {
	local module
	for module in mpm_event authz_core "$@"; do
		echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
	done
	cat <<-END
		ServerName box
		ServerRoot $BATS_TEST_TMPDIR
		DefaultRuntimeDir $BATS_TEST_TMPDIR
		PidFile $BATS_TEST_TMPDIR/apache.pid
		ErrorLog /dev/stderr
		Listen $BOX_ADDRESS
	END
}

start_apache_http() {
	need apache2
	start_box apache_http_conf apache2 -X -f @CONF@
}

apache_http_conf() {
	apache_conf proxy proxy_http
	echo "ProxyPass / http://$UPSTREAM/"
}

start_lighttpd_http() {
	need lighttpd
	start_box lighttpd_http_conf lighttpd -D -f @CONF@
}

lighttpd_http_conf() {
	cat <<-END
		server.modules = ( "mod_proxy" )
		server.document-root = "$BATS_TEST_TMPDIR"
		server.bind = "${BOX_ADDRESS%:*}"
		server.port = ${BOX_ADDRESS##*:}
		proxy.server = ( "" => ( ( "host" => "${UPSTREAM%:*}", "port" => ${UPSTREAM##*:} ) ) )
	END
}

# start_varnish RETURN: what vcl_recv returns. It compiles its configuration with cc,
# and wants to be able to set its rights: hence the folders that nobody else reads.
start_varnish() {
	need varnishd "${CC:-cc}"
	VARNISH_RETURN=$1
	start_box varnish_conf varnishd -F -j none -n "$BATS_TEST_TMPDIR/varnish" -a @BOX@ -f @CONF@ \
		-s malloc,16m
}

varnish_conf() {
	cat <<-END
		vcl 4.1;
		backend service { .host = "${UPSTREAM%:*}"; .port = "${UPSTREAM##*:}"; }
		sub vcl_recv { return ($VARNISH_RETURN); }
	END
}

start_caddy_http() {
	need caddy
	start_box caddy_conf env "HOME=$BATS_TEST_TMPDIR" "XDG_DATA_HOME=$BATS_TEST_TMPDIR" \
		caddy run --adapter caddyfile --config @CONF@
}

caddy_conf() {
	cat <<-END
		{
			admin off
			auto_https off
		}
		http://:${BOX_ADDRESS##*:} {
			bind ${BOX_ADDRESS%:*}
			reverse_proxy $UPSTREAM
		}
	END
}

start_h2o() {
	need h2o
	start_box h2o_conf h2o -m worker -c @CONF@
}

h2o_conf() {
	cat <<-END
		num-threads: 1
		user: root
		hosts:
		  default:
		    listen:
		      host: ${BOX_ADDRESS%:*}
		      port: ${BOX_ADDRESS##*:}
		    paths:
		      /:
		        proxy.reverse.url: http://$UPSTREAM/
	END
}

start_nghttpx() {
	need nghttpx
	start_box - nghttpx --conf=/dev/null --workers=1 "--frontend=@BOX_HOST@,@BOX_PORT@;no-tls" \
		"--backend=@UPSTREAM_HOST@,@UPSTREAM_PORT@" --pid-file="$BATS_TEST_TMPDIR/nghttpx.pid"
}

start_squid_http() {
	need squid
	# shellcheck disable=SC2034 # for squid_conf
	SQUID_LINES=("$@")
	start_box squid_http_conf squid -N -f @CONF@
}

squid_http_conf() {
	squid_conf " accel defaultsite=box no-vhost"
	echo "cache_peer ${UPSTREAM%:*} parent ${UPSTREAM##*:} 0 no-query originserver"
}

# start_trafficserver REMAP: with folders of its own, and every setting by environment.
start_trafficserver() {
	local dir=$BATS_TEST_TMPDIR/ts name
	need traffic_server
	mkdir -p "$dir"/{log,run,cache}
	cp -r /etc/trafficserver "$dir/etc"
	echo "$1" >"$dir/etc/remap.config"
	echo "$dir/cache 16M" >"$dir/etc/storage.config"
	for name in prefix exec_prefix bindir sbindir sysconfdir datadir includedir libdir libexecdir \
		localstatedir runtimedir logdir plugindir cachedir; do
		case $name in
		sysconfdir) echo "$name: $dir/etc" ;;
		localstatedir | runtimedir) echo "$name: $dir/run" ;;
		logdir) echo "$name: $dir/log" ;;
		cachedir) echo "$name: $dir/cache" ;;
		libdir) echo "$name: /usr/lib/trafficserver" ;;
		plugindir | libexecdir) echo "$name: /usr/lib/trafficserver/modules" ;;
		*bindir) echo "$name: /usr/bin" ;;
		*) echo "$name: /usr" ;;
		esac
	done >"$dir/runroot.yaml"
	# Its crash log would be a process that outlives it; it stays with its user.
	start_box - env PROXY_CONFIG_HTTP_SERVER_PORTS=@BOX_PORT@:ip-in=@BOX_HOST@ \
		PROXY_CONFIG_HTTP_CONNECT_PORTS='*' PROXY_CONFIG_ADMIN_USER_ID='#-1' \
		PROXY_CONFIG_CRASH_LOG_HELPER= PROXY_CONFIG_URL_REMAP_REMAP_REQUIRED=0 \
		traffic_server --run-root="$dir/runroot.yaml"
}

start_trafficserver_http() {
	start_trafficserver "map / http://${SERVER_ADDRESS:-}/"
}
