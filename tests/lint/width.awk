# SPDX-License-Identifier: MIT
# Prints the place of every line that is wider than 120 columns, a tab being 8.
{
	width = 0
	for (i = 1; i <= length($0); i++)
		width += substr($0, i, 1) == "\t" ? 8 - width % 8 : 1
	if (width > 120) print FILENAME ":" FNR ": " width " columns"
}
