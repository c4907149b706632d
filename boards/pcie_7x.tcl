# SPDX-License-Identifier: MIT
# The 7-series Integrated Block for PCI Express (PG054) as the card needs it: ids, BARs and MSI-X of docs/hardware.md,
# no other interrupts, AtomicOps to the card not refused by the block, and both AtomicOp completer bits, without which
# Linux does not enable AtomicOps. `lanes`, `speed`, `width`, `clock` are the board's.
create_ip -name pcie_7x -vendor xilinx.com -library ip -module_name pcie_7x_0 -dir $out.vivado
set block [get_ips pcie_7x_0]
set_property CONFIG.mode_selection Advanced $block
set_property -dict [list \
    CONFIG.Device_Port_Type PCI_Express_Endpoint_device \
    CONFIG.Maximum_Link_Width X$lanes \
    CONFIG.Link_Speed $speed \
    CONFIG.Interface_Width ${width}_bit \
    CONFIG.User_Clk_Freq $clock \
    CONFIG.Ref_Clk_Freq 100_MHz \
    CONFIG.PCIe_Blk_Locn X0Y0 \
    CONFIG.Trans_Buf_Pipeline None \
] $block
set_property -dict [list \
    CONFIG.Use_Class_Code_Lookup_Assistant false \
    CONFIG.Vendor_ID 1234 \
    CONFIG.Device_ID 5D5D \
    CONFIG.Revision_ID 02 \
    CONFIG.Subsystem_Vendor_ID 1234 \
    CONFIG.Subsystem_ID 5D5D \
    CONFIG.Class_Code_Base 08 \
    CONFIG.Class_Code_Sub 80 \
    CONFIG.Class_Code_Interface 00 \
] $block
# BAR0 64 KiB: registers. BAR2 256 KiB: 64 doorbell pages. BAR4 64 KiB: MSI-X table, pending bits.
foreach {bar kilobytes} {0 64 2 256 4 64} {
    set_property -dict [list \
        CONFIG.Bar${bar}_Enabled true \
        CONFIG.Bar${bar}_Type Memory \
        CONFIG.Bar${bar}_64bit true \
        CONFIG.Bar${bar}_Prefetchable false \
        CONFIG.Bar${bar}_Scale Kilobytes \
        CONFIG.Bar${bar}_Size $kilobytes \
    ] $block
}
set_property -dict [list \
    CONFIG.IntX_Generation false \
    CONFIG.MSI_Enabled false \
    CONFIG.MSIx_Enabled true \
    CONFIG.MSIx_Table_Size 100 \
    CONFIG.MSIx_Table_BIR BAR_5:4 \
    CONFIG.MSIx_Table_Offset 0 \
    CONFIG.MSIx_PBA_BIR BAR_5:4 \
    CONFIG.Max_Payload_Size 128_bytes \
    CONFIG.Extended_Tag_Field false \
    CONFIG.Cpl_Timeout_Disable_Sup true \
    CONFIG.UR_Atomic false \
    CONFIG.ATOMICOP32_Completer_Supported true \
    CONFIG.ATOMICOP64_Completer_Supported true \
    CONFIG.Receive_NP_Request true \
    CONFIG.No_Soft_Reset true \
    CONFIG.DSN_Enabled false \
    CONFIG.PCIe_Debug_Ports true \
    CONFIG.shared_logic_in_core false \
    CONFIG.en_ext_clk false \
    CONFIG.pl_interface true \
    CONFIG.cfg_mgmt_if true \
    CONFIG.cfg_ctl_if true \
    CONFIG.cfg_status_if true \
    CONFIG.rcv_msg_if false \
    CONFIG.cfg_fc_if false \
    CONFIG.err_reporting_if false \
] $block

# The pending bits stand at 0x8000. Versions of the core differ in whether this is asked for in bytes or in units of 8;
# what it makes of it is in units of 8: 0x1000.
foreach offset {8000 1000} {
    set_property CONFIG.MSIx_PBA_Offset $offset $block
    generate_target -force all $block
    set right 0
    foreach file [get_files -quiet -of_objects $block -filter {FILE_TYPE == Verilog}] {
        set channel [open $file]
        set right [expr {$right || [regexp -nocase {pba_offset *[=(] *(29'h|")0*1000\y} [read $channel]]}]
        close $channel
    }
    if {$right} break
}
if {!$right} {
    error "pcie_7x: the core has its pending bit array elsewhere than at 0x8000"
}
synth_ip $block
