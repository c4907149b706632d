# SPDX-License-Identifier: MIT
# SQRL Acorn CLE-215 (its CLE-215+ is of speed grade 3), NiteFury: what boards/vivado.tcl must know.
set part xc7a200tfbg484-2
set top acorn
set pins boards/acorn/acorn.xdc
set core pcie_7x
set lanes 4
set speed 5.0_GT/s
set width 128
set clock 125
set flash 32
# the transceiver of each lane, by the pins of its receiver
set channels {GTPE2_CHANNEL_X0Y6 GTPE2_CHANNEL_X0Y4 GTPE2_CHANNEL_X0Y5 GTPE2_CHANNEL_X0Y7}
# pins of the block's clock and of the card's, and what a path between them may take: a cycle of the faster one, in ns
set crossing {u_board/g_half.u_half/u_mmcm/CLKIN1 u_board/g_half.u_half/u_buf/O 8.0}
