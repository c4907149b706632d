# SPDX-License-Identifier: MIT
# Pins of the Arty A7-35T, rev. D and E: https://github.com/Digilent/digilent-xdc, Arty-A7-35-Master.xdc. Of the serial
# chip's two names there, uart_txd_in comes to the FPGA.
set_property -dict { PACKAGE_PIN E3 IOSTANDARD LVCMOS33 } [get_ports clk_100mhz]
create_clock -period 10.000 [get_ports clk_100mhz]
set_property -dict { PACKAGE_PIN D9 IOSTANDARD LVCMOS33 } [get_ports btn]
set_property -dict { PACKAGE_PIN A9 IOSTANDARD LVCMOS33 } [get_ports uart_rx]
set_property -dict { PACKAGE_PIN D10 IOSTANDARD LVCMOS33 } [get_ports uart_tx]
set_property -dict { PACKAGE_PIN H5 IOSTANDARD LVCMOS33 } [get_ports led[0]]
set_property -dict { PACKAGE_PIN J5 IOSTANDARD LVCMOS33 } [get_ports led[1]]
set_property -dict { PACKAGE_PIN T9 IOSTANDARD LVCMOS33 } [get_ports led[2]]
set_property -dict { PACKAGE_PIN T10 IOSTANDARD LVCMOS33 } [get_ports led[3]]
set_property -dict { PACKAGE_PIN F6 IOSTANDARD LVCMOS33 } [get_ports led[4]]
set_property -dict { PACKAGE_PIN J4 IOSTANDARD LVCMOS33 } [get_ports led[5]]
set_property -dict { PACKAGE_PIN J2 IOSTANDARD LVCMOS33 } [get_ports led[6]]
set_property -dict { PACKAGE_PIN H6 IOSTANDARD LVCMOS33 } [get_ports led[7]]
