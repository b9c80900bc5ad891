# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# From samples, one number a line in a file, to the table. A line of
# $WORK/results has tabs between its fields: row, figure, unit, ours, peer's
# name, peer, ratio, spread, target, reached, note.

# calc EXPRESSION
calc() {
	awk "BEGIN { printf \"%.9g\", $1 }"
}

# percentile P FILE: by nearest rank; 50 is the median, the mean of the middle
# two where there are two.
percentile() {
	sort -g "$2" 2>/dev/null | awk -v p="$1" '
		{ v[NR] = $1 } # the first column
		END {
			if (NR == 0)
				exit
			if (p == 50) {
				printf "%.9g", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2
				exit
			}
			rank = int(p / 100 * NR)
			if (rank < p / 100 * NR)
				rank++
			printf "%.9g", v[rank]
		}'
}

# Half of the distance from the least to the most, in % of the median.
spread() {
	sort -g "$1" 2>/dev/null | awk '
		{ v[NR] = $1 }
		END {
			m = (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2
			if (NR > 0 && m != 0)
				printf "±%.0f", 50 * (v[NR] - v[1]) / (m < 0 ? -m : m)
		}'
}

# result ROW FIGURE UNIT OURS PEER-NAME PEER TARGET [NOTE [P]]: OURS and PEER name
# files in $WORK; PEER-NAME and PEER may be "". TARGET is "ratio >= 2",
# "ours <= 1000" or "" where there is none. P is the percentile that is shown.
result() {
	local row=$1 figure=$2 unit=$3 name=$5 target=$7 note=${8:-} p=${9:-50}
	local ours peer='' ratio='' spreads='' reached='' value
	ours=$(percentile "$p" "$WORK/$4")
	if [ -z "$ours" ]; then
		fail "$row, $figure: nothing was measured"
		return
	fi
	[ "$p" != 50 ] || spreads=$(spread "$WORK/$4")
	if [ -n "$6" ] && peer=$(percentile "$p" "$WORK/$6") && [ -n "$peer" ]; then
		ratio=$(awk -v a="$ours" -v b="$peer" 'BEGIN { if (b != 0) printf "%.3f", a / b }')
		[ "$p" != 50 ] || spreads+=" $(spread "$WORK/$6")"
	fi
	if [ -n "$target" ]; then
		value=$ours
		[[ $target != ratio* ]] || value=$ratio
		[ -z "$value" ] || reached=$(awk -v v="$value" -v op="${target#* }" 'BEGIN {
			split(op, a, " ")
			print (a[1] == ">=" ? v >= a[2] + 0 : v <= a[2] + 0) ? "yes" : "no" }')
	fi
	[ "$name" = "" ] || [ -n "$peer" ] || note+=${note:+, }"not installed, or it failed"
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$row" "$figure" "$unit" "$ours" "$name" \
		"$peer" "$ratio" "$spreads" "$target" "$reached" "$note" >>"$WORK/results"
}

# skip ROW FIGURE NOTE: a line that says why it is empty.
skip() {
	tell "$1, $2: skipped, $3"
	printf '%s\t%s\t\t\t\t\t\t\t\t\t%s\n' "$1" "$2" "skipped: $3" >>"$WORK/results"
}

measure() {
	local begin=$SECONDS
	"row_$1"
	tell "$1 took $((SECONDS - begin)) s"
}

# The machine and what is compared with, as "NAME<tab>VALUE" lines.
describe_machine() {
	{
		printf 'program\t%s\n' "$("$PROGRAM" --version 2>&1 | head -n 1)"
		printf 'kernel\t%s\n' "$(uname -sr)"
		printf 'processor\t%s, %s online\n' \
			"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)"
		printf 'memory\t%s MiB\n' "$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024))"
		printf 'load\t%s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
		printf 'congestion\t%s\n' "$(congestion_here)"
		printf 'runs\t%s\n' "$RUNS"
		printf 'date\t%s\n' "$(date -u +%FT%TZ)"
	} >"$WORK/machine"
	sed 's/\t/: /; s/^/bench: /' "$WORK/machine" >&2
}

# Rows in the order of the documentation, as a table that Markdown understands.
in_order() {
	local row
	for row in ${ALL_ROWS//,/ }; do
		[ ! -e "$WORK/results" ] || grep "^$row	" "$WORK/results"
	done
}

print_table() {
	in_order | awk -F '\t' '
		function human(v) {
			if (v == "")
				return "-"
			a = v < 0 ? -v : v
			return sprintf(a >= 1000 ? "%.0f" : a >= 100 ? "%.1f" : a >= 10 ? "%.2f" : "%.3f", v)
		}
		# mawk counts bytes, and a ± is two of them.
		function width(s) { gsub(/±/, "+", s); return length(s) }
		function cell(r, c, s) {
			if (s == "")
				s = "-"
			text[r, c] = s
			if (width(s) > wide[c])
				wide[c] = width(s)
		}
		function line(r,    c, out, pad) {
			out = ""
			for (c = 1; c <= n; c++) {
				pad = wide[c] - width(text[r, c])
				out = out "| " (c >= 3 && c <= 6 ? sprintf("%*s", pad, "") text[r, c] \
					: text[r, c] sprintf("%*s", pad, "")) " "
			}
			print out "|"
		}
		BEGIN {
			n = split("row|figure|ours|peer|ratio|spread, %|target|reached|against", head, "|")
			for (c = 1; c <= n; c++)
				cell(0, c, head[c])
		}
		{
			cell(NR, 1, $1)
			cell(NR, 2, $2 ($3 != "" ? ", " $3 : ""))
			cell(NR, 3, human($4))
			cell(NR, 4, human($6))
			cell(NR, 5, $7 != "" ? sprintf("%.2f", $7) : "")
			cell(NR, 6, $8)
			cell(NR, 7, $9)
			cell(NR, 8, $10)
			cell(NR, 9, $5 ($11 != "" ? ($5 != "" ? "; " : "") $11 : ""))
		}
		END {
			if (NR == 0)
				exit
			line(0)
			for (c = 1; c <= n; c++) {
				text[-1, c] = sprintf("%*s", wide[c], "")
				gsub(/ /, "-", text[-1, c])
			}
			line(-1)
			for (r = 1; r <= NR; r++)
				line(r)
		}'
}

print_json() {
	awk -F '\t' '
		function quote(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
		function number(s) { return s == "" ? "null" : s + 0 == s ? s : quote(s) }
		function text(s) { return s == "" ? "null" : quote(s) }
		NR == FNR { machine = machine (NR > 1 ? "," : "") quote($1) ":" quote($2); next }
		{
			rows = rows (rows != "" ? ",\n" : "") sprintf("    {\"row\":%s,\"figure\":%s,\"unit\":%s,", \
				quote($1), quote($2), text($3)) sprintf("\"ours\":%s,\"against\":%s,\"peer\":%s,", \
				number($4), text($5), number($6)) sprintf("\"ratio\":%s,\"spread\":%s,", number($7), \
				text($8)) sprintf("\"target\":%s,\"reached\":%s,\"note\":%s}", text($9), \
				$10 == "" ? "null" : $10 == "yes" ? "true" : "false", text($11))
		}
		END { printf "{\n  \"machine\":{%s},\n  \"rows\":[\n%s\n  ]\n}\n", machine, rows }
	' "$WORK/machine" <(in_order)
}
