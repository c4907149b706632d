// SPDX-License-Identifier: MIT
// Vivado's wrapper of the UltraScale+ block, with its own names and widths of ports (those that the boards connect),
// and inside what stands for the block in the tests of the adapter. BOARD_W and BOARD_LANES are the core's width and
// lanes. It has no pins that carry TLPs: the link is that of hvb_board_card around the board. Of configuration space
// cfg_mgmt_* shows a capability list with PCI Express as second, and Device Control 2.
module pcie4_uscale_plus_0 (
    input  logic                    sys_clk,
    input  logic                    sys_clk_gt,
    input  logic                    sys_reset,
    output logic [`BOARD_LANES-1:0] pci_exp_txp,
    output logic [`BOARD_LANES-1:0] pci_exp_txn,
    input  logic [`BOARD_LANES-1:0] pci_exp_rxp,
    input  logic [`BOARD_LANES-1:0] pci_exp_rxn,
    output logic                    user_clk,
    output logic                    user_reset,
    output logic                    user_lnk_up,
    output logic [`BOARD_W-1:0]     m_axis_cq_tdata,
    output logic                    m_axis_cq_tlast,
    input  logic                    m_axis_cq_tready,
    output logic [87:0]             m_axis_cq_tuser,
    output logic                    m_axis_cq_tvalid,
    input  logic [`BOARD_W-1:0]     s_axis_cc_tdata,
    input  logic [`BOARD_W/32-1:0]  s_axis_cc_tkeep,
    input  logic                    s_axis_cc_tlast,
    output logic [3:0]              s_axis_cc_tready,
    input  logic [32:0]             s_axis_cc_tuser,
    input  logic                    s_axis_cc_tvalid,
    input  logic [`BOARD_W-1:0]     s_axis_rq_tdata,
    input  logic [`BOARD_W/32-1:0]  s_axis_rq_tkeep,
    input  logic                    s_axis_rq_tlast,
    output logic [3:0]              s_axis_rq_tready,
    input  logic [61:0]             s_axis_rq_tuser,
    input  logic                    s_axis_rq_tvalid,
    output logic [`BOARD_W-1:0]     m_axis_rc_tdata,
    output logic                    m_axis_rc_tlast,
    input  logic                    m_axis_rc_tready,
    output logic [74:0]             m_axis_rc_tuser,
    output logic                    m_axis_rc_tvalid,
    output logic [5:0]              pcie_rq_seq_num0,
    output logic                    pcie_rq_seq_num_vld0,
    output logic [5:0]              pcie_rq_seq_num1,
    output logic                    pcie_rq_seq_num_vld1,
    output logic [3:0]              pcie_tfc_nph_av,
    output logic [3:0]              pcie_tfc_npd_av,
    input  logic [1:0]              pcie_cq_np_req,
    output logic [15:0]             cfg_function_status,
    output logic [11:0]             cfg_function_power_state,
    output logic [3:0]              cfg_interrupt_msix_enable,
    output logic [3:0]              cfg_interrupt_msix_mask,
    output logic [3:0]              cfg_flr_in_process,
    input  logic [3:0]              cfg_flr_done,
    input  logic [9:0]              cfg_mgmt_addr,
    input  logic                    cfg_mgmt_read,
    output logic [31:0]             cfg_mgmt_read_data,
    output logic                    cfg_mgmt_read_write_done,
    input  logic                    cfg_power_state_change_ack,
    input  logic                    cfg_config_space_enable,
    input  logic                    cfg_link_training_enable,
    input  logic [63:0]             cfg_interrupt_msix_address,
    input  logic [31:0]             cfg_interrupt_msix_data,
    input  logic                    cfg_interrupt_msix_int,
    input  logic [1:0]              cfg_interrupt_msix_vec_pending,
    input  logic [7:0]              cfg_interrupt_msi_function_number,
    input  logic [3:0]              cfg_interrupt_int,
    input  logic [3:0]              cfg_interrupt_pending,
    input  logic [7:0]              cfg_mgmt_function_number,
    input  logic                    cfg_mgmt_write,
    input  logic [31:0]             cfg_mgmt_write_data,
    input  logic [3:0]              cfg_mgmt_byte_enable,
    input  logic                    cfg_mgmt_debug_access,
    input  logic                    cfg_msg_transmit,
    input  logic [2:0]              cfg_msg_transmit_type,
    input  logic [31:0]             cfg_msg_transmit_data,
    input  logic [2:0]              cfg_fc_sel,
    input  logic [63:0]             cfg_dsn,
    input  logic                    cfg_err_cor_in,
    input  logic                    cfg_err_uncor_in,
    input  logic [7:0]              cfg_vf_flr_func_num,
    input  logic                    cfg_vf_flr_done,
    input  logic                    cfg_pm_aspm_l1_entry_reject,
    input  logic                    cfg_pm_aspm_tx_l0s_entry_disable,
    input  logic                    cfg_req_pm_transition_l23_ready,
    input  logic                    cfg_hot_reset_in,
    input  logic [7:0]              cfg_ds_port_number,
    input  logic [7:0]              cfg_ds_bus_number,
    input  logic [4:0]              cfg_ds_device_number
);
  logic down_valid, down_ready, down_cpl, down_err, np_ok, up_valid, up_ready, user_idle;
  logic [7:0] hit;
  logic [5:0] room;
  logic [127:0] down_hdr, down_data, up_hdr, up_data;
  logic [15:0] id;
  logic rst, block_idle, bme, msix_en, msix_mask, atomic_en, flr, flr_q, ext_tag, cc_ready, rq_ready;
  logic [3:0] read_q;

  assign hvb_board_card.block_idle = block_idle && user_idle;
  assign rst         = !sys_reset;
  assign user_clk    = sys_clk_gt;
  assign user_reset  = rst;
  assign user_lnk_up = sys_reset;
  assign pci_exp_txp = '0;
  assign pci_exp_txn = '1;
  assign cfg_function_status       = {13'd0, bme, 2'd0};
  assign cfg_function_power_state  = 12'h001;
  assign cfg_interrupt_msix_enable = {3'd0, msix_en};
  assign cfg_interrupt_msix_mask   = {3'd0, msix_mask};
  assign cfg_flr_in_process        = {3'd0, flr_q};
  assign s_axis_cc_tready = {4{cc_ready}};
  assign s_axis_rq_tready = {4{rq_ready}};

  // a register's value comes some cycles late
  always_comb
    case (cfg_mgmt_addr)
      10'h00d: cfg_mgmt_read_data = 32'h0000_0040;
      10'h010: cfg_mgmt_read_data = 32'h0003_7001;
      10'h01c: cfg_mgmt_read_data = 32'h0002_0010;
      10'h026: cfg_mgmt_read_data = {25'd0, atomic_en, 6'd0};
      default: cfg_mgmt_read_data = '1;
    endcase
  assign cfg_mgmt_read_write_done = read_q == '1;
  always_ff @(posedge user_clk) begin
    read_q <= cfg_mgmt_read && !cfg_mgmt_read_write_done ? read_q + 4'd1 : '0;
    flr_q  <= !rst && (flr || flr_q && !cfg_flr_done[0]);
  end

  hvb_block #(.REVISION(8'd2)) u_block (
      .clk_i(user_clk), .rst_i(rst), .req_valid_i(hvb_board_card.rx_req_valid_i),
      .req_ready_o(hvb_board_card.rx_req_ready_o), .req_err_i(hvb_board_card.rx_req_err_i),
      .req_hdr_i(hvb_board_card.rx_req_hdr_i), .req_data_i(hvb_board_card.rx_req_data_i),
      .np_ret_o(hvb_board_card.rx_np_ret_o), .cpl_valid_i(hvb_board_card.rx_cpl_valid_i),
      .cpl_err_i(hvb_board_card.rx_cpl_err_i), .cpl_hdr_i(hvb_board_card.rx_cpl_hdr_i),
      .cpl_data_i(hvb_board_card.rx_cpl_data_i), .p_valid_o(hvb_board_card.tx_p_valid_o),
      .p_ready_i(hvb_board_card.tx_p_ready_i), .p_hdr_o(hvb_board_card.tx_p_hdr_o),
      .p_data_o(hvb_board_card.tx_p_data_o), .np_valid_o(hvb_board_card.tx_np_valid_o),
      .np_ready_i(hvb_board_card.tx_np_ready_i), .np_hdr_o(hvb_board_card.tx_np_hdr_o),
      .np_data_o(hvb_board_card.tx_np_data_o), .cpl_valid_o(hvb_board_card.tx_cpl_valid_o),
      .cpl_ready_i(hvb_board_card.tx_cpl_ready_i), .cpl_hdr_o(hvb_board_card.tx_cpl_hdr_o),
      .cpl_data_o(hvb_board_card.tx_cpl_data_o), .idle_o(block_idle),
      .down_valid_o(down_valid), .down_ready_i(down_ready), .down_cpl_o(down_cpl), .down_err_o(down_err),
      .down_hit_o(hit), .down_hdr_o(down_hdr), .down_data_o(down_data), .np_ok_i(np_ok), .up_valid_i(up_valid),
      .up_ready_o(up_ready), .up_hdr_i(up_hdr), .up_data_i(up_data), .up_room_o(room), .id_o(id), .bme_o(bme),
      .msix_en_o(msix_en), .msix_mask_o(msix_mask), .atomic_en_o(atomic_en), .flr_o(flr), .ext_tag_o(ext_tag),
      .pending_i(1'b0));

  hvb_us_block #(.W(`BOARD_W)) u_user (
      .clk_i(user_clk), .rst_i(rst), .random_i(1'b1), .id_i(id), .down_valid_i(down_valid),
      .down_ready_o(down_ready), .down_cpl_i(down_cpl), .down_err_i(down_err),
      .down_bar_i(hit[0] ? 3'd0 : hit[2] ? 3'd2 : hit[4] ? 3'd4 : 3'd7), .down_hdr_i(down_hdr),
      .down_data_i(down_data), .np_ok_o(np_ok), .up_valid_o(up_valid), .up_ready_i(up_ready), .up_hdr_o(up_hdr),
      .up_data_o(up_data), .np_left_i(hvb_board_card.tx_np_valid_o && hvb_board_card.tx_np_ready_i),
      .idle_o(user_idle), .cq_tvalid_o(m_axis_cq_tvalid), .cq_tready_i(m_axis_cq_tready),
      .cq_tlast_o(m_axis_cq_tlast), .cq_tdata_o(m_axis_cq_tdata), .cq_tuser_o(m_axis_cq_tuser),
      .cq_np_req_i(pcie_cq_np_req), .rc_tvalid_o(m_axis_rc_tvalid), .rc_tready_i(m_axis_rc_tready),
      .rc_tlast_o(m_axis_rc_tlast), .rc_tdata_o(m_axis_rc_tdata), .rc_tuser_o(m_axis_rc_tuser),
      .rq_tvalid_i(s_axis_rq_tvalid), .rq_tready_o(rq_ready), .rq_tlast_i(s_axis_rq_tlast),
      .rq_tdata_i(s_axis_rq_tdata), .rq_tkeep_i(s_axis_rq_tkeep), .rq_tuser_i(s_axis_rq_tuser),
      .tfc_nph_av_o(pcie_tfc_nph_av), .tfc_npd_av_o(pcie_tfc_npd_av), .rq_seq_vld0_o(pcie_rq_seq_num_vld0),
      .rq_seq_num0_o(pcie_rq_seq_num0), .rq_seq_vld1_o(pcie_rq_seq_num_vld1), .rq_seq_num1_o(pcie_rq_seq_num1),
      .cc_tvalid_i(s_axis_cc_tvalid), .cc_tready_o(cc_ready), .cc_tlast_i(s_axis_cc_tlast),
      .cc_tdata_i(s_axis_cc_tdata), .cc_tkeep_i(s_axis_cc_tkeep), .cc_tuser_i(s_axis_cc_tuser));
endmodule
