# SPDX-License-Identifier: MIT
# PCIe Squirrel and its kind: what boards/vivado.tcl must know.
set part xc7a35tfgg484-2
set top squirrel
set pins boards/squirrel/squirrel.xdc
set core pcie_7x
set lanes 1
set speed 5.0_GT/s
set width 64
set clock 62.5
set flash 16
# the transceiver of each lane, by the pins of its receiver
set channels {GTPE2_CHANNEL_X0Y2}
