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
# the card's clock is half the block's; what crosses may take a cycle of the faster one, in ns
set halved u_board/u_half
set crossing 4.0
