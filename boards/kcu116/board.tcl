# SPDX-License-Identifier: MIT
# AMD/Xilinx KCU116: what boards/vivado.tcl must know.
set part xcku5p-ffvb676-2-e
set top kcu116
set pins boards/kcu116/kcu116.xdc
set core pcie4_uscale_plus
set lanes 8
set speed 8.0_GT/s
set width 256
set clock 250
set quad GTY_Quad_225
set flash 128
# pins of the block's clock and of the card's, and what a path between them may take: a cycle of the faster one, in ns
set crossing {u_board/u_half/I u_board/u_half/O 4.0}
