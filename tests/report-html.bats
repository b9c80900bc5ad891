#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The page: XML as well as HTML, whole in itself, and whatever a peer has said is text.
# How it looks is for report-page.bats.

load helpers/common
load helpers/services

setup() {
	REPORT=${top_builddir:-$TOP}/tests/unit/report
	[ -x "$REPORT" ] || fail "no tests/unit/report: make check TESTS= builds it"
	OUT=$BATS_TEST_TMPDIR/out
}

teardown() {
	stop_all
}

print() {
	"$REPORT" html "$@" >"$OUT" || fail "report html $* ended with $?" "$OUT"
}

# xpath EXPRESSION: of OUT; h: stands for XHTML's name space.
xpath() {
	xmllint --xpath "$(sed -E 's/h:([a-z0-9]+)/*[local-name()="\1"]/g' <<<"$1")" "$OUT"
}

# assert_whole: XML, nothing that is loaded or run, no name twice.
assert_whole() {
	xmllint --noout "$OUT" || fail "no XML" "$OUT"
	refute grep -nEi '<(script|link|img|image|iframe|object|embed|base|audio|video|use|foreignObject)\b' "$OUT"
	refute grep -nEi '<[^>]* (src|on[a-z]+|style|action|srcdoc|formaction|xlink:href)=' "$OUT"
	refute grep -nE '<[^>]* href="[^#]' "$OUT"
	refute grep -nE '@import|url\([^#]' "$OUT"
	grep -q "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"" "$OUT"
	assert_equal "$(grep -oE ' id="[^"]*"' "$OUT" | sort | uniq -d)" "" "names that occur twice"
}

@test "every report is XML, loads nothing and runs nothing" {
	need xmllint
	local report
	for report in check good one empty probe lived untested; do
		print "$report" v
		assert_whole
		# What a screen reader goes by.
		assert_equal "$(xpath 'string(/h:html/@lang)')" en
		assert_equal "$(xpath 'count(//h:h1)')" 1
		assert_equal "$(xpath 'count(/h:html/h:body/h:main) + count(/h:html/h:body/h:header)')" 2
		assert_equal "$(xpath 'count(//h:svg[@role="img"][not(h:title) or not(h:desc)])')" 0
		assert_equal "$(xpath 'count(//h:table[not(h:caption) and not(ancestor::h:details)])')" 0
	done
}

@test "the answer comes first, then the path, the table and pictures of what failed" {
	need xmllint
	print check
	assert_equal "$(xpath 'string(//h:h1)')" "Half-close is broken on this path."
	[[ "$(xpath 'string(//h:header)')" == *"full-close"*"download run 2: the path closed both directions"* ]]
	assert_equal "$(xpath 'count(//h:ol[@class="path"]/h:li)')" 3
	assert_equal "$(xpath 'count(//h:table[@class="rows"])')" 2 "tables of rows"
	# A ladder each way and a drawing over time for each of nine rows with a view.
	assert_equal "$(xpath 'count(//h:details[@class="row"])')" 9 "pictures"
	assert_equal "$(xpath 'count(//h:details[@class="row"][@open])')" 7 "pictures that are open"
	assert_equal "$(xpath 'count(//h:svg[@class="order"]) + count(//h:svg[@class="scale"]) + count(//h:svg[@class="time"])')" 27
	[[ "$(xpath 'string(//h:footer)')" == *"check --server 127.0.0.1:4001"*"on Linux 6.1.0 x86_64"* ]]
}

@test "a probe: trials, bounds and the timers that fit" {
	need xmllint
	print probe
	assert_equal "$(xpath 'string(//h:h1)')" "An idle half-closed connection survives at least 4.5s and fails before 5s"
	assert_equal "$(xpath 'count(//h:svg[@class="search"]/h:circle)')" 6
	assert_equal "$(xpath 'count(//h:svg[@class="search"]/h:line[@class="timer"])')" 2
	assert_equal "$(xpath 'count(//h:svg[@class="search"]/h:rect[@class="bounds"])')" 1
	[[ "$(xpath 'string(//h:section[@aria-labelledby="search"])')" == *"Linux conntrack"*"keepalive every 2.25s"* ]]
}

@test "hostile strings come back as text" {
	need xmllint
	print check
	[[ "$(xpath 'string(//h:tr[h:th[starts-with(., "late run 3")]])')" == *'"quote"'*'<tag> & | pipe; #hash \back`tick`'* ]]
	[[ "$(xpath 'string(//h:ol[@class="path"])')" == *"'n' <tag> & | pipe"* ]]
}

@test "a service that answers markup" {
	need xmllint node
	start_odd markup-at-eof
	run_ask --repeat 1 --show --format html "http://$SERVICE_ADDRESS/"
	assert_equal "$ASK_STATUS" 1 "exit status" "$ASK_OUT" "$ASK_ERR"
	OUT=$ASK_OUT
	assert_whole
	[[ "$(xpath 'string(//h:section[@aria-labelledby="replies"])')" == *"<b onclick='x'>&amp;</b>"*'"><img src=x onerror=alert(1)>'*"<script>alert(1)</script>"* ]]
	[[ "$(xpath 'string(//h:section[@aria-labelledby="hand"])')" == *"nc -N"* ]]
	assert_equal "$(xpath 'string(//h:h1)')" "The service does not survive a half-close."
}

@test "the command line is there, without credentials" {
	need xmllint
	start_odd closes-at-eof
	run_ask --repeat 1 --format html --send 'GET / HTTP/1.0\r\nAuthorization: Basic c2VjcmV0\r\nX: 1\r\n\r\n' "$SERVICE_ADDRESS"
	OUT=$ASK_OUT
	[[ "$(xpath 'string(//h:footer)')" == *"ask --config none --repeat 1 --format "*"'GET / HTTP/1.0\\r\\nAuthorization: ***\\r\\nX: 1\\r\\n\\r\\n' $SERVICE_ADDRESS"* ]] ||
		fail "$(xpath 'string(//h:footer)')"
}

@test "ten thousand rows: a table of them, pictures of what failed, in bounded memory" {
	need xmllint
	local limit
	limit=$((512 * 1024))
	has_sanitizer && limit=unlimited
	(ulimit -v "$limit" && "$REPORT" html 10000 >"$OUT") || fail "not within $limit KiB"
	assert_whole
	assert_equal "$(grep -c '^<tr class="[a-z]*"><th scope="row">' "$OUT")" 10006 "rows and groups"
	assert_equal "$(grep -c '^<details class="row"' "$OUT")" 7 "pictures"
	grep -q 'Of 10000 rows, 7 are drawn: the first of each verdict that failed in each scenario.' "$OUT"
}
