# SPDX-License-Identifier: MIT
# Pins of the PCIe Squirrel, an XC7A35T-FGG484 board of the Screamer kind. Source: GitHub ufrisk/pcileech-fpga,
# PCIeSquirrel/src/pcileech_squirrel.xdc.
set_property PACKAGE_PIN F6 [get_ports pcie_clk_p]
set_property PACKAGE_PIN E6 [get_ports pcie_clk_n]
create_clock -name pcie_clk -period 10.0 [get_ports pcie_clk_p]
set_property PACKAGE_PIN B13 [get_ports pcie_perst_n]
set_property IOSTANDARD LVCMOS33 [get_ports pcie_perst_n]
set_property PULLUP true [get_ports pcie_perst_n]
set_false_path -from [get_ports pcie_perst_n]

set_property PACKAGE_PIN B10 [get_ports {pcie_rx_p[0]}]
set_property PACKAGE_PIN A10 [get_ports {pcie_rx_n[0]}]
set_property PACKAGE_PIN B6 [get_ports {pcie_tx_p[0]}]
set_property PACKAGE_PIN A6 [get_ports {pcie_tx_n[0]}]

set_property PACKAGE_PIN Y6 [get_ports user_ld1]
set_property PACKAGE_PIN AB5 [get_ports user_ld2]
set_property IOSTANDARD LVCMOS33 [get_ports user_ld1]
set_property IOSTANDARD LVCMOS33 [get_ports user_ld2]
set_false_path -to [get_ports user_ld1]
set_false_path -to [get_ports user_ld2]

set_property CFGBVS VCCO [current_design]
set_property CONFIG_VOLTAGE 3.3 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 4 [current_design]
set_property BITSTREAM.CONFIG.SPI_FALL_EDGE YES [current_design]
set_property BITSTREAM.CONFIG.CONFIGRATE 66 [current_design]
