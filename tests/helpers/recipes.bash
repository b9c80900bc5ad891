# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Follows the recipes of contrib/ADDING.md in a copy of the tree.

# copy_tree TO: the sources, without what was built or configured.
copy_tree() {
	mkdir -p "$1"
	(cd "${top_srcdir:-$TOP}" &&
		tar -cf - --exclude=.git --exclude='*.[oa]' --exclude=.deps --exclude=autom4te.cache \
			--exclude='./bin' --exclude='./build*' --exclude='./tests/*/*.trs' . --exclude=config.status) |
		tar -xf - -C "$1"
	chmod -R u+w "$1"
}

# block RECIPE FILE [N]: the block, the Nth if there are several, of the section
# "## RECIPE" that belongs to FILE, without the list's indentation.
block() {
	awk -v recipe="## $1" -v file="$2" -v nth="${3:-1}" '
		/^## / { here = $0 == recipe }
		here && inside && /^ *```$/ { exit }
		inside && here { sub(/^   /, ""); print; next }
		here && /^ *```[a-z]+ / && $NF == file && ++seen == nth { inside = 1 }
	' "${top_srcdir:-$TOP}/contrib/ADDING.md" | grep '' || fail "no block ${3:-1} for $2 under \"$1\""
}

# append RECIPE TREE FILE: the block goes to the end of FILE, or is all of it.
append() {
	block "$1" "$3" >>"$2/$3"
}

# insert RECIPE TREE FILE AFTER [N]: the block goes behind the first line that
# contains AFTER.
insert() {
	place behind "$@"
}

# insert_before RECIPE TREE FILE LINE [N]: and in front of it.
insert_before() {
	place before "$@"
}

place() {
	local where=$1 tree=$3 file=$4 line=$5
	block "$2" "$file" "${6:-1}" >"$tree/block.tmp"
	grep -q -F -e "$line" "$tree/$file" || fail "$file has no line with \"$line\""
	awk -v where="$where" -v line="$line" -v block="$tree/block.tmp" '
		function copy() { while ((getline text <block) > 0) print text }
		{ found = !done && index($0, line) }
		found && where == "before" { copy() }
		{ print }
		found && where == "behind" { copy() }
		found { done = 1 }
	' "$tree/$file" >"$tree/edited.tmp"
	cat "$tree/edited.tmp" >"$tree/$file"
	rm "$tree/block.tmp" "$tree/edited.tmp"
}
