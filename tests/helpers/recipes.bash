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

# block RECIPE FILE: the block of the section "## RECIPE" that belongs to FILE,
# without the list's indentation.
block() {
	awk -v recipe="## $1" -v file="$2" '
		/^## / { here = $0 == recipe }
		here && inside && /^ *```$/ { exit }
		inside && here { sub(/^   /, ""); print; next }
		here && /^ *```[a-z]+ / && $NF == file { inside = 1 }
	' "${top_srcdir:-$TOP}/contrib/ADDING.md" | grep '' || fail "no block for $2 under \"$1\""
}

# append RECIPE TREE FILE: the block goes to the end of FILE, or is all of it.
append() {
	block "$1" "$3" >>"$2/$3"
}

# insert RECIPE TREE FILE AFTER: the block goes behind the first line that
# contains AFTER.
insert() {
	block "$1" "$3" >"$2/block.tmp"
	grep -q -F -e "$4" "$2/$3" || fail "$3 has no line with \"$4\""
	awk -v after="$4" -v block="$2/block.tmp" '
		{ print }
		!done && index($0, after) { while ((getline line <block) > 0) print line; done = 1 }
	' "$2/$3" >"$2/edited.tmp"
	cat "$2/edited.tmp" >"$2/$3"
	rm "$2/block.tmp" "$2/edited.tmp"
}
