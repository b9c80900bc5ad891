# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# How cost grows, as plots: with the size of the chunk, and with the number of
# connections. The figures stay beside the plots, as columns of text.

row_plots() {
	have gnuplot || {
		tell "no plots: gnuplot is not installed"
		return
	}
	mkdir -p "$PLOTS" || fail "cannot write to $PLOTS" || return
	limit_held
	chunk_series >"$PLOTS/throughput.dat"
	held_series >"$PLOTS/held.dat"
	draw throughput "throughput against chunk size" "bytes a chunk" "MB/s" \
		throughput.dat 1:2 "ours: sendfile(2)" 1:3 "write(2) and recv(2)"
	draw memory "memory of half-closed connections, both ends" "connections" "MiB" \
		held.dat 1:2 "ours" 1:4 "bare accept, fork, sendfile"
	draw setup "time to set up half-closed connections" "connections" "s" \
		held.dat 1:3 "ours" 1:5 "bare accept, fork, sendfile"
}

# repeat TIMES COMMAND...: its lines in $WORK/series.
repeat() {
	local times=$1 i
	shift
	: >"$WORK/series"
	for ((i = 0; i < times; i++)); do
		"$@" >>"$WORK/series"
	done
}

# column C FACTOR LEAST: the median of that column of the series, times FACTOR.
# Less than LEAST is lost in the noise, and left out of the plot.
column() {
	cut -d ' ' -f "$1" "$WORK/series" >"$WORK/column"
	awk -v m="$(percentile 50 "$WORK/column")" -v f="$2" -v least="$3" \
		'BEGIN { if (m == "" || m * f < least) printf " nan"; else printf " %.6g", m * f }'
}

# A chunk size, then MB/s of ours and of the peer: about half a second each.
chunk_series() {
	local chunk size buffer side
	echo "# chunk ours peer (MB/s)"
	for ((chunk = 1; chunk <= 1048576; chunk *= 4)); do
		size=$((chunk * 65536))
		((size <= 1073741824)) || size=1073741824
		buffer=$((chunk > 1024 ? chunk : 1024))
		printf '%s' "$chunk"
		for side in ours_stream peers_stream; do
			repeat 3 "$side" "$chunk" "$size" "$buffer" "$(congestion_common)"
			column 1 "$(calc "$chunk / 1e6")" 0
		done
		echo
	done
}

# A number of connections, then MiB and seconds of ours and of the peer. What a
# few take is less than what else goes on in a system: such points are left out.
held_series() {
	local n side
	echo "# connections ours-MiB ours-s peer-MiB peer-s"
	for ((n = 1; n <= HELD; n *= 10)); do
		printf '%s' "$n"
		for side in ours_held bare_held; do
			repeat $((n < 10000 ? 3 : 1)) "$side" "$n"
			column 1 "$(calc "$n / 1024")" 8
			column 2 1 0
		done
		echo
	done
}

# draw NAME TITLE X Y FILE COLUMNS LABEL COLUMNS LABEL
draw() {
	local terminal
	for terminal in svg png; do
		gnuplot 2>"$WORK/gnuplot.err" <<-END ||
			set terminal $terminal size 800,500
			set output "$PLOTS/$1.$terminal"
			set title "$2"
			set xlabel "$3"
			set ylabel "$4"
			set logscale xy
			set grid
			set key left top
			set datafile missing "nan"
			plot "$PLOTS/$5" using $6 with linespoints linewidth 2 title "$7", \
				"$PLOTS/$5" using $8 with linespoints linewidth 2 title "$9"
		END
			fail "gnuplot: $(cat "$WORK/gnuplot.err")"
	done
}
