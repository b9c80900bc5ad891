#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The man pages say what the program does: flags, letters, arguments, defaults
# and choices against --help, keys against --print-config, and words, log lines,
# events and metrics against the sources that print them.

load helpers/common

COMMANDS=(server client responder check probe ask)

setup() {
	SRC=${top_srcdir:-$TOP}
	MAN=$SRC/man
	REPORT_PAGE=$MAN/tcp-half-close-tester-report.5
}

# page COMMAND: its file.
page() {
	case $1 in
	service) echo "$MAN/tcp-half-close-tester-service.7" ;;
	*) echo "$MAN/tcp-half-close-tester-$1.1" ;;
	esac
}

# help_rows COMMAND: letter, name, type and default of each flag, joined by |;
# choices stand in place of the type. An absent one is a dash.
help_rows() {
	"$PROGRAM" "$1" --help | sed -n '/^Flags:/,$p' | awk 'NR > 1 {
		letter = type = initial = "-"
		if (match($0, /^  -., /)) letter = substr($0, 4, 1)
		match($0, /--[a-z0-9-]+/); name = substr($0, RSTART + 2, RLENGTH - 2)
		rest = substr($0, RSTART + RLENGTH)
		if (match(rest, /^ [a-z]+  /)) type = substr(rest, 2, RLENGTH - 3)
		if (match(rest, /\(default .*\)$/)) {
			initial = substr(rest, RSTART + 9, RLENGTH - 10)
			gsub(/"/, "", initial)
			sub(/ \(default .*/, "", rest)
		}
		if (type == "string" && match(rest, /\([^()]*\)$/)) {
			type = substr(rest, RSTART + 1, RLENGTH - 2)
			gsub(/, /, " | ", type)
		}
		print letter "|" name "|" type "|" initial
	}' | sed 's/ | /\x01/g; s/|/\t/g; s/\x01/ | /g'
}

# flags_of FILE [SECTION]: one line for each .It Fl of the section, Flags if it is
# not named, followed by its text on the same line.
flags_of() {
	awk -v section=".Ss ${2:-Flags}" '$0 == section { on = 1 }
		on && /^\.El/ { if (item != "") print item; exit }
		on && /^\.It Fl / { if (item != "") print item; item = $0; next }
		on && item != "" { item = item " " $0 }' "$1"
}

@test "every flag of --help is in the page of its command or among the common ones, as it is" {
	local command row letter name type initial head item
	flags_of "$MAN/tcp-half-close-tester.1" "Common flags" >"$BATS_TEST_TMPDIR/common"
	flags_of "$MAN/tcp-half-close-tester.1" "Reaching the target" >"$BATS_TEST_TMPDIR/reaching"
	for command in "${COMMANDS[@]}"; do
		flags_of "$(page "$command")" >"$BATS_TEST_TMPDIR/own"
		case $command in
		client | check | probe | ask) cat "$BATS_TEST_TMPDIR/reaching" >>"$BATS_TEST_TMPDIR/own" ;;
		esac
		cat "$BATS_TEST_TMPDIR/common" "$BATS_TEST_TMPDIR/own" >"$BATS_TEST_TMPDIR/items"
		while IFS=$'\t' read -r letter name type initial; do
			head="Fl -$name"
			[ "$letter" = - ] || head="Fl $letter , $head"
			case $type in
			-) ;;
			*\ \|\ *) head="$head Cm $type" ;;
			*) head="$head Ar $type" ;;
			esac
			item=$(grep -F -e ".It $head " "$BATS_TEST_TMPDIR/items") ||
				fail "$command: no item \".It $head\"" "$BATS_TEST_TMPDIR/items"
			[ "${item:0:$((${#head} + 5))}" = ".It $head " ] || fail "$command: $item"
			if [ "$initial" != - ]; then
				[[ $item == *"The default is .Cm $initial "[.:]* ]] ||
					fail "$command: --$name has the default $initial; the page: $item"
			else
				[[ $item != *"The default is "* ]] ||
					fail "$command: --$name has no default; the page: $item"
			fi
		done < <(help_rows "$command")
		row=$(help_rows "$command" | wc -l)
		[ "$row" -gt 10 ]
		assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/items")" "$row" "number of flags of $command"
	done
}

# flags_named_by FILE: between macros (Fl -name) and in examples (--name).
flags_named_by() {
	grep -v '^\.\\"' "$1" |
		grep -oE '(Fl |, |Ns )-[a-z][a-z0-9-]+|(^|[ (])--[a-z][a-z0-9-]+' |
		sed 's/.*[ ,(]-\{1,2\}//; s/^--*//' | sort -u
}

@test "no page names a flag that does not exist" {
	local command file flag known letters
	known=$(for command in "${COMMANDS[@]}"; do help_rows "$command" | cut -f 2; done | sort -u)
	# Of the overview, and placeholders.
	known=$known$'\nversion\nflag'
	for file in "$MAN"/*.[157]; do
		while read -r flag; do
			case $(basename "$file"):$flag in
			*:exec) continue ;; # prove --exec
			*:now) continue ;;  # systemctl --now
			esac
			grep -qx -e "$flag" <<<"$known" || fail "$(basename "$file") names --$flag"
		done < <(flags_named_by "$file")
	done
	# And letters: those of the command whose page it is.
	for command in "${COMMANDS[@]}"; do
		letters=$(help_rows "$command" | cut -f 1 | tr -d '\n-')
		while read -r flag; do
			[[ $letters == *$flag* ]] || fail "the page of $command names -$flag"
		done < <(grep -oE '\bFl [A-Za-z0-9]( |$)' "$(page "$command")" | cut -d ' ' -f 2)
	done
}

@test "every command and the overview's flags are in the main page" {
	local word
	for word in $("$PROGRAM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		grep -qx -e "\.It Cm $word" "$MAN/tcp-half-close-tester.1" || fail "no command $word"
	done
	grep -q '^\.Fl h | -help$' "$MAN/tcp-half-close-tester.1"
	grep -q '^\.Fl -version$' "$MAN/tcp-half-close-tester.1"
}

verdicts() {
	sed -n 's/^VERDICT([A-Z_]*, "\([a-z-]*\)", .*/\1/p' "$SRC/src/judge/verdicts.def"
}

@test "every verdict is in the tables of the overview and of check, and no other" {
	local file listed wanted
	wanted=$(verdicts | sort)
	[ "$(wc -l <<<"$wanted")" -ge 21 ]
	for file in "$MAN/tcp-half-close-tester.1" "$(page check)"; do
		listed=$(sed -n '/^\.Sh VERDICTS/,/^\.Sh [^V]/s/^\.It Cm \([a-z-]*\)$/\1/p' "$file" | sort)
		# check(1) explains preserved above its table.
		[ "$file" = "$(page check)" ] && listed=$(sort -u <<<"$listed"$'\npreserved')
		assert_equal "$listed" "$wanted" "verdicts of $(basename "$file")"
	done
	for file in client probe server; do
		while read -r word; do
			grep -qx -e "$word" <<<"$wanted" || fail "$file: $word is no verdict"
		done < <(sed -n '/^\.Sh VERDICTS/,/^\.Sh [^V]/s/^\.It Cm \([a-z-]*\)$/\1/p' "$(page "$file")")
	done
}

@test "every scenario is in the page of check, and no other" {
	local wanted listed
	wanted=$(grep -oE '^[[:space:]]\{ "[a-z-]+", "' "$SRC/src/judge/scenarios.c" | cut -d '"' -f 2 | sort)
	listed=$(sed -n '/^\.Sh SCENARIOS/,/^\.Ss /s/^\.It Cm \([a-z-]*\)$/\1/p' "$(page check)" | sort)
	assert_equal "$listed" "$wanted"
	[ "$(wc -l <<<"$wanted")" -ge 13 ]
}

# words FILE: all words of a page, one a line, without macros' punctuation.
words() {
	tr ' ,' '\n' <"$1" | sort -u
}

@test "every event is in the page of reports" {
	local event
	sed -n '/^Events:/,/^\.El/s/^\.It Li //p' "$REPORT_PAGE" >"$BATS_TEST_TMPDIR/items"
	words "$BATS_TEST_TMPDIR/items" >"$BATS_TEST_TMPDIR/words"
	while read -r event; do
		grep -qx -e "$event" "$BATS_TEST_TMPDIR/words" || fail "no event $event"
	done < <(sed -n 's/^EVENT([A-Z_]*, "\([a-z-]*\)", .*/\1/p' "$SRC/src/exchange/events.def")
}

# Messages and members of log lines, told by the calls that write them.
messages_of() {
	grep -ohzE 'log_(event|write)\([^";]*"[^"]+"' "$@" | tr '\0\n' '\n ' | grep -v LOG_ | cut -d '"' -f 2
}

members_of() {
	grep -ohE 'LOG_(STRING|INTEGER|DURATION|BOOLEAN)\("[^"]+"' "$@" | cut -d '"' -f 2 | sort -u
}

@test "every log line and every member is in the page of its command" {
	local page word sources=$SRC/src
	while read -r page files; do
		words "$(page "$page")" >"$BATS_TEST_TMPDIR/words"
		local paths=()
		for word in $files; do paths+=("$sources/$word"); done
		while read -r word; do
			grep -qE "^(\.It Li |\.Sq )$word\$" "$(page "$page")" || fail "$page: no line \"$word\""
		done < <(messages_of "${paths[@]}")
		[ -n "$(messages_of "${paths[@]}")" ]
		for word in $(members_of "${paths[@]}"); do
			grep -qx -e "$word" "$BATS_TEST_TMPDIR/words" || fail "$page: no member $word"
		done
	done <<-END
		server cmd/server.c
		service daemon/fork_server.c
		client cmd/client.c
		responder cmd/responder.c
		check session/suite.c session/prelude.c
		probe cmd/probe.c session/probing.c session/prelude.c
		ask session/asking.c
	END
	# What is not written as one literal.
	grep -qx -e '\.It Li start the server' "$(page server)"
	grep -qx -e '\.It Li start the responder' "$(page responder)"
	for word in "connection ended early" "cannot send the whole file" "accept failed" "fork failed"; do
		cat "$(page server)" "$(page service)" | grep -qx -e "\.It Li $word" || fail "no line \"$word\""
		grep -q -e "\"$word\"" "$SRC/src/cmd/server.c" "$SRC/src/daemon/fork_server.c" || fail "no source writes \"$word\""
	done
	for word in interrupted "local file error" "connection failed"; do
		grep -qx -e "\.It Li $word" "$(page client)" || fail "client: no line \"$word\""
		grep -q -e "\"$word\"" "$SRC/src/cmd/client.c" || fail "no source writes \"$word\""
	done
}

@test "every metric is in the page of reports, and no other" {
	local command name more listed written report=${top_builddir:-$TOP}/tests/unit/report
	[ -x "$report" ] || fail "no tests/unit/report: make check TESTS= builds it"
	for command in check probe; do
		listed=$(grep -oE "tcp_half_close_(\*|$command)_[a-z_]+" "$REPORT_PAGE" |
			sed "s/\*/$command/" | sort -u)
		more=
		[ "$command" != check ] || more=remedy
		written=$(for name in "$command" $more; do "$report" prometheus "$name"; done | sed -n 's/^# TYPE \(.*\) gauge$/\1/p' | sort -u)
		[ "$(wc -l <<<"$written")" -gt 14 ]
		assert_equal "$listed" "$written" "metrics of $command"
	done
}

@test "every member of the JSON documents is in the page of reports" {
	need jq
	local command name
	words "$REPORT_PAGE" >"$BATS_TEST_TMPDIR/words"
	for command in check probe; do
		if [ "$command" = check ]; then
			"$PROGRAM" check --config none --scenario late --size 64k -c 16k --hold 10ms --format json
		else
			"$PROGRAM" probe --config none --min 10ms --max 20ms --resolution 10ms --format json --log-level warn
		fi >"$BATS_TEST_TMPDIR/$command.json"
		for name in $(jq -r '[.. | objects | keys[]] | unique[]' "$BATS_TEST_TMPDIR/$command.json"); do
			grep -qx -e "$name" "$BATS_TEST_TMPDIR/words" || fail "$command: no member $name"
		done
	done
}

# keys COMMAND GROUP: as --print-config has them.
keys() {
	"$PROGRAM" "$1" --config none --print-config |
		awk -v group="$2:" '/^[a-z]+:$/ { on = $0 == group } on && /^\t[a-z0-9-]+ = / { print $1 }'
}

@test "every key is in conf(5) under its group, and no other" {
	local group command listed
	for group in common "${COMMANDS[@]}"; do
		command=$group
		[ "$group" = common ] && command=server
		listed=$(awk -v group="$group" '/^\.Ic [a-z]+ [:,]$/ { on = $2 == group }
			on && /^\.It Ic / { print $3 }' "$MAN/tcp-half-close-tester.conf.5")
		assert_equal "$listed" "$(keys "$command" "$group")" "keys of group $group"
		[ -n "$listed" ]
	done
}

@test "every default of conf(5) is that of --print-config" {
	local group command listed wanted
	for group in "${COMMANDS[@]}"; do
		listed=$(awk -v group="$group" '/^\.Ic [a-z]+ [:,]$/ { on = $2 == group }
			on && /^\.It Ic / { sub(/^\.It Ic /, ""); sub(/ Ta [a-z]+ Ta /, " "); gsub(/\\\(dq/, "\""); print }' \
			"$MAN/tcp-half-close-tester.conf.5")
		wanted=$("$PROGRAM" "$group" --config none --print-config | awk -v group="$group:" '
			/^[a-z]+:$/ { on = $0 == group }
			on && /^\t# .*default / { initial = $0; sub(/.*default /, "", initial) }
			on && /^\t[a-z0-9-]+ = / { print $1 " " initial }')
		assert_equal "$listed" "$wanted" "defaults of group $group"
	done
}

@test "the printed configuration in conf(5) is how --print-config begins" {
	awk '/^\.Bd -literal$/ { on = 1; next } /^\.Ed/ { on = 0 } on' "$MAN/tcp-half-close-tester.conf.5" |
		sed 's/\\e/\\/g' >"$BATS_TEST_TMPDIR/example"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/example")" -ge 8 ]
	"$PROGRAM" client --config none --print-config |
		head -n "$(wc -l <"$BATS_TEST_TMPDIR/example")" | diff -u "$BATS_TEST_TMPDIR/example" -
}

@test "the short example of conf(5) is a valid file for every command" {
	local command
	awk '/^\.Sh EXAMPLES/ { seen = 1 } seen && /^\.Bd/ { on = 1; next } on && /^\.Ed/ { exit } on' \
		"$MAN/tcp-half-close-tester.conf.5" >"$BATS_TEST_TMPDIR/conf"
	grep -q '^responder:' "$BATS_TEST_TMPDIR/conf"
	for command in "${COMMANDS[@]}"; do
		"$PROGRAM" "$command" --config "$BATS_TEST_TMPDIR/conf" --print-config >"$BATS_TEST_TMPDIR/out"
	done
	grep -q 'log-level = "warn"' "$BATS_TEST_TMPDIR/out"
}

@test "every exit status is in the overview, and every page has the section" {
	local status file
	for status in 0 1 2 3 4; do
		sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$MAN/tcp-half-close-tester.1" |
			grep -qx -e "\.It $status" || fail "no exit status $status"
	done
	for file in "$MAN"/*.1; do
		grep -qx -e '\.Sh EXIT STATUS' "$file" || fail "$file has no EXIT STATUS"
		grep -qx -e '\.Sh EXAMPLES' "$file" || fail "$file has no EXAMPLES"
	done
}

@test "the overview refers to every page, and every page to it" {
	local file name
	for file in "$MAN"/*.[157]; do
		name=$(basename "$file")
		[ "$name" = tcp-half-close-tester.1 ] && continue
		grep -qE "^\.Xr ${name%.?} ${name##*.}( |\$)" "$MAN/tcp-half-close-tester.1" || fail "overview: no $name"
		grep -qE '^\.Xr tcp-half-close-tester 1( |$)' "$file" || fail "$name does not refer to the overview"
	done
}

@test "mandoc finds nothing to complain of" {
	need mandoc
	local rc=0
	# Which other manuals are installed here is no matter of the pages.
	mandoc -Tlint "$MAN"/*.[157] >"$BATS_TEST_TMPDIR/lint" 2>"$BATS_TEST_TMPDIR/err" || rc=$?
	grep -v 'referenced manual not found' "$BATS_TEST_TMPDIR/lint" >"$BATS_TEST_TMPDIR/left" || true
	[ ! -s "$BATS_TEST_TMPDIR/left" ] || fail "mandoc ($rc)" "$BATS_TEST_TMPDIR/left"
	grep -v 'outdated mandoc.db' "$BATS_TEST_TMPDIR/err" || true
}

@test "report(5) has every pattern of a diagnosis, in the words of the table" {
	local id name does
	while IFS='|' read -r id name does; do
		case $id in
		LIMITS_BYTES) does=${does//#/so many bytes} ;;
		esac
		does=${does//@/an end} does=${does//#/some time}
		grep -qxF -A1 ".It Li $name" "$SRC/man/tcp-half-close-tester-report.5" || fail "no pattern $name ($id)"
		grep -qxF "$does" "$SRC/man/tcp-half-close-tester-report.5" || fail "not in report(5): $does"
	done < <(tr '\n' ' ' <"$SRC/src/judge/patterns.def" |
		grep -o 'PATTERN([A-Z_]*, *"[^"]*", *"[^"]*")' |
		sed 's/PATTERN(\([A-Z_]*\), *"\([^"]*\)", *"\([^"]*\)")/\1|\2|\3/')
}
