# SPDX-License-Identifier: MIT
# LiteFury, SQRL Acorn CLE-101: an Acorn with another FPGA.
source boards/acorn/board.tcl
set part xc7a100tfgg484-2
set flash 16
