# SPDX-License-Identifier: MIT
# The UltraScale+ Integrated Block for PCI Express (PG213) as the card and hvb_us need it: ids, BARs and MSI-X of
# docs/hardware.md, messages the card's own (external MSI-X), FLR, both AtomicOp completer bits, without which Linux
# does not enable AtomicOps; streams DWORD-aligned, no straddle, client tags. `lanes`, `speed`, `width`, `clock`,
# `quad` are the board's.
create_ip -name pcie4_uscale_plus -vendor xilinx.com -library ip -module_name pcie4_uscale_plus_0 \
    -dir $out.vivado
set block [get_ips pcie4_uscale_plus_0]
set_property CONFIG.mode_selection Advanced $block
set_property -dict [list \
    CONFIG.device_port_type PCI_Express_Endpoint_device \
    CONFIG.PL_LINK_CAP_MAX_LINK_WIDTH X$lanes \
    CONFIG.PL_LINK_CAP_MAX_LINK_SPEED $speed \
    CONFIG.REF_CLK_FREQ 100_MHz \
    CONFIG.axisten_if_width ${width}_bit \
    CONFIG.axisten_freq $clock \
    CONFIG.axisten_if_enable_client_tag true \
    CONFIG.AXISTEN_IF_RC_STRADDLE false \
    CONFIG.AXISTEN_IF_CQ_ALIGNMENT_MODE DWORD_Aligned \
    CONFIG.AXISTEN_IF_RQ_ALIGNMENT_MODE DWORD_Aligned \
    CONFIG.en_gt_selection true \
    CONFIG.select_quad $quad \
] $block
# the raw class fields count only once the assistant is off
set_property CONFIG.PF0_Use_Class_Code_Lookup_Assistant false $block
set_property -dict [list \
    CONFIG.vendor_id 1234 \
    CONFIG.PF0_DEVICE_ID 5D5D \
    CONFIG.PF0_REVISION_ID 02 \
    CONFIG.PF0_SUBSYSTEM_VENDOR_ID 1234 \
    CONFIG.PF0_SUBSYSTEM_ID 5D5D \
    CONFIG.pf0_class_code_base 08 \
    CONFIG.pf0_class_code_sub 80 \
    CONFIG.pf0_class_code_interface 00 \
    CONFIG.PF0_CLASS_CODE 088000 \
] $block
# BAR0 64 KiB: registers. BAR2 256 KiB: 64 doorbell pages. BAR4 64 KiB: MSI-X table, pending bits.
foreach {bar kilobytes} {0 64 2 256 4 64} {
    set_property -dict [list \
        CONFIG.pf0_bar${bar}_enabled true \
        CONFIG.pf0_bar${bar}_type Memory \
        CONFIG.pf0_bar${bar}_64bit true \
        CONFIG.pf0_bar${bar}_prefetchable false \
        CONFIG.pf0_bar${bar}_scale Kilobytes \
        CONFIG.pf0_bar${bar}_size $kilobytes \
    ] $block
}
set_property -dict [list \
    CONFIG.PF0_INTERRUPT_PIN NONE \
    CONFIG.pf0_msi_enabled false \
    CONFIG.pf0_msix_enabled true \
    CONFIG.MSI_X_OPTIONS MSI-X_External \
    CONFIG.PF0_MSIX_CAP_TABLE_SIZE 0FF \
    CONFIG.PF0_MSIX_CAP_TABLE_BIR BAR_5:4 \
    CONFIG.PF0_MSIX_CAP_TABLE_OFFSET 00000000 \
    CONFIG.PF0_MSIX_CAP_PBA_BIR BAR_5:4 \
    CONFIG.PF0_MSIX_CAP_PBA_OFFSET 00008000 \
    CONFIG.pf0_dev_cap_max_payload 128_bytes \
    CONFIG.extended_tag_field false \
    CONFIG.PF0_DEV_CAP_FUNCTION_LEVEL_RESET_CAPABLE true \
    CONFIG.PF0_DEV_CAP2_32B_ATOMIC_COMPLETER_SUPPORT true \
    CONFIG.PF0_DEV_CAP2_64B_ATOMIC_COMPLETER_SUPPORT true \
    CONFIG.pf0_dsn_enabled false \
    CONFIG.SRIOV_CAP_ENABLE false \
] $block
generate_target all $block
synth_ip $block
