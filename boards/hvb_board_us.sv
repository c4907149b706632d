// SPDX-License-Identifier: MIT
// The card in an UltraScale+ FPGA, all but its pins: the integrated block for PCI Express as
// boards/pcie4_uscale_plus.tcl makes it (pcie4_uscale_plus_0) on 250 MHz, the adapter, and the card on half of that,
// since 250 MHz are too fast for it. The block's user reset resets everything; a function level reset is the card's
// own, and the block is told that it is done when no AtomicOp of the card waits any more.
module hvb_board_us #(
    parameter int unsigned W = 256,         // bits of the block's streams, 128 or 256
    parameter int unsigned LANES = 8,
    parameter int unsigned CLOCK_MHZ = 125  // of the card: half the user clock
) (
    input  logic             sys_clk_i,     // the slot's 100 MHz: IBUFDS_GTE4's ODIV2
    input  logic             sys_clk_gt_i,  // and its O
    input  logic             sys_rst_n_i,   // PERST#
    output logic [LANES-1:0] pci_exp_txp,
    output logic [LANES-1:0] pci_exp_txn,
    input  logic [LANES-1:0] pci_exp_rxp,
    input  logic [LANES-1:0] pci_exp_rxn,
    output logic             link_o,        // LEDs, as hvb_lights has them
    output logic             doorbell_o,
    output logic             fault_o
);
  logic clk, rst, up, card_clk;
  logic cq_tvalid, cq_tready, cq_tlast, cc_tvalid, cc_tlast, rq_tvalid, rq_tlast, rc_tvalid, rc_tready, rc_tlast;
  logic [3:0] cc_tready, rq_tready;
  logic [W-1:0] cq_tdata, cc_tdata, rq_tdata, rc_tdata;
  logic [W/32-1:0] cc_tkeep, rq_tkeep;
  logic [87:0] cq_tuser;
  logic [32:0] cc_tuser;
  logic [61:0] rq_tuser;
  logic [74:0] rc_tuser;
  logic [1:0] np_req;
  logic [3:0] nph_av, npd_av, msix_en, msix_mask, flr;
  logic [5:0] seq_num0, seq_num1;
  logic seq_vld0, seq_vld1, flr_done;
  logic [15:0] status;
  logic [11:0] power;
  logic [9:0] reg_addr;
  logic [31:0] reg_data;
  logic reg_read, reg_done;

  pcie4_uscale_plus_0 u_block (
      .sys_clk(sys_clk_i), .sys_clk_gt(sys_clk_gt_i), .sys_reset(sys_rst_n_i), .pci_exp_txp, .pci_exp_txn,
      .pci_exp_rxp, .pci_exp_rxn, .user_clk(clk), .user_reset(rst), .user_lnk_up(up),
      .m_axis_cq_tdata(cq_tdata), .m_axis_cq_tlast(cq_tlast), .m_axis_cq_tready(cq_tready),
      .m_axis_cq_tuser(cq_tuser), .m_axis_cq_tvalid(cq_tvalid), .s_axis_cc_tdata(cc_tdata),
      .s_axis_cc_tkeep(cc_tkeep), .s_axis_cc_tlast(cc_tlast), .s_axis_cc_tready(cc_tready),
      .s_axis_cc_tuser(cc_tuser), .s_axis_cc_tvalid(cc_tvalid), .s_axis_rq_tdata(rq_tdata),
      .s_axis_rq_tkeep(rq_tkeep), .s_axis_rq_tlast(rq_tlast), .s_axis_rq_tready(rq_tready),
      .s_axis_rq_tuser(rq_tuser), .s_axis_rq_tvalid(rq_tvalid), .m_axis_rc_tdata(rc_tdata),
      .m_axis_rc_tlast(rc_tlast), .m_axis_rc_tready(rc_tready), .m_axis_rc_tuser(rc_tuser),
      .m_axis_rc_tvalid(rc_tvalid), .pcie_rq_seq_num0(seq_num0), .pcie_rq_seq_num_vld0(seq_vld0),
      .pcie_rq_seq_num1(seq_num1), .pcie_rq_seq_num_vld1(seq_vld1), .pcie_tfc_nph_av(nph_av),
      .pcie_tfc_npd_av(npd_av), .pcie_cq_np_req(np_req),
      .cfg_function_status(status), .cfg_function_power_state(power), .cfg_interrupt_msix_enable(msix_en),
      .cfg_interrupt_msix_mask(msix_mask), .cfg_flr_in_process(flr), .cfg_flr_done({3'd0, flr_done}),
      .cfg_mgmt_addr(reg_addr), .cfg_mgmt_read(reg_read), .cfg_mgmt_read_data(reg_data),
      .cfg_mgmt_read_write_done(reg_done), .cfg_power_state_change_ack(1'b1), .cfg_config_space_enable(1'b1),
      .cfg_link_training_enable(1'b1),
      // not used: messages but the card's own writes, writes of the block's registers, other functions, errors
      .cfg_interrupt_msix_address(64'd0), .cfg_interrupt_msix_data(32'd0), .cfg_interrupt_msix_int(1'b0),
      .cfg_interrupt_msix_vec_pending(2'd0), .cfg_interrupt_msi_function_number(8'd0), .cfg_interrupt_int(4'd0),
      .cfg_interrupt_pending(4'd0), .cfg_mgmt_function_number(8'd0), .cfg_mgmt_write(1'b0),
      .cfg_mgmt_write_data(32'd0), .cfg_mgmt_byte_enable(4'd0), .cfg_mgmt_debug_access(1'b0),
      .cfg_msg_transmit(1'b0), .cfg_msg_transmit_type(3'd0), .cfg_msg_transmit_data(32'd0), .cfg_fc_sel(3'd0),
      .cfg_dsn(64'd0), .cfg_err_cor_in(1'b0), .cfg_err_uncor_in(1'b0), .cfg_vf_flr_func_num(8'd0),
      .cfg_vf_flr_done(1'b0), .cfg_pm_aspm_l1_entry_reject(1'b0), .cfg_pm_aspm_tx_l0s_entry_disable(1'b0),
      .cfg_req_pm_transition_l23_ready(1'b0), .cfg_hot_reset_in(1'b0), .cfg_ds_port_number(8'd0),
      .cfg_ds_bus_number(8'd0), .cfg_ds_device_number(5'd0));

  logic atomic_en;
  hvb_us_atomic u_atomic (
      .clk_i(clk), .rst_i(rst), .cfg_mgmt_addr(reg_addr), .cfg_mgmt_read(reg_read), .cfg_mgmt_read_data(reg_data),
      .cfg_mgmt_read_write_done(reg_done), .atomic_en_o(atomic_en));

  localparam logic [15:0] ID = 16'd0;  // the block puts in its own
  logic req_valid, req_ready, req_err, np_ret, cpl_valid, cpl_err, p_valid, p_ready, np_valid, np_ready, c_valid,
      c_ready;
  logic [2:0] bar;
  logic [127:0] req_hdr, req_data, cpl_hdr, cpl_data, p_hdr, p_data, np_hdr, np_data, c_hdr, c_data;
  hvb_us #(.W(W)) u_us (
      .clk_i(clk), .rst_i(rst), .id_i(ID), .cq_tvalid_i(cq_tvalid), .cq_tready_o(cq_tready), .cq_tlast_i(cq_tlast),
      .cq_tdata_i(cq_tdata), .cq_tuser_i(cq_tuser), .cq_np_req_o(np_req), .cc_tvalid_o(cc_tvalid),
      .cc_tready_i(cc_tready[0]), .cc_tlast_o(cc_tlast), .cc_tdata_o(cc_tdata), .cc_tkeep_o(cc_tkeep),
      .cc_tuser_o(cc_tuser), .rq_tvalid_o(rq_tvalid), .rq_tready_i(rq_tready[0]), .rq_tlast_o(rq_tlast),
      .rq_tdata_o(rq_tdata), .rq_tkeep_o(rq_tkeep), .rq_tuser_o(rq_tuser), .tfc_nph_av_i(nph_av),
      .tfc_npd_av_i(npd_av), .rq_seq_vld0_i(seq_vld0), .rq_seq_num0_i(seq_num0), .rq_seq_vld1_i(seq_vld1),
      .rq_seq_num1_i(seq_num1), .rc_tvalid_i(rc_tvalid), .rc_tready_o(rc_tready), .rc_tlast_i(rc_tlast),
      .rc_tdata_i(rc_tdata), .rc_tuser_i(rc_tuser), .rx_req_valid_o(req_valid), .rx_req_ready_i(req_ready),
      .rx_req_err_o(req_err), .rx_req_bar_o(bar), .rx_req_hdr_o(req_hdr), .rx_req_data_o(req_data),
      .rx_np_ret_i(np_ret), .rx_cpl_valid_o(cpl_valid), .rx_cpl_err_o(cpl_err), .rx_cpl_hdr_o(cpl_hdr),
      .rx_cpl_data_o(cpl_data), .tx_p_valid_i(p_valid), .tx_p_ready_o(p_ready), .tx_p_hdr_i(p_hdr),
      .tx_p_data_i(p_data), .tx_np_valid_i(np_valid), .tx_np_ready_o(np_ready), .tx_np_hdr_i(np_hdr),
      .tx_np_data_i(np_data), .tx_cpl_valid_i(c_valid), .tx_cpl_ready_o(c_ready), .tx_cpl_hdr_i(c_hdr),
      .tx_cpl_data_i(c_data));

  // ---- function level reset: begun once, done when the card waits for nothing; said until the block has heard it
  logic flr_q, pending;
  logic [6:0] flr_for_q;
  always_ff @(posedge clk) begin
    flr_q     <= flr[0];
    flr_for_q <= flr[0] && !rst ? flr_for_q + 7'd1 : '0;
    flr_done  <= flr[0] && flr_for_q == '1 && !pending;
  end

  // ---- the card, on its own clock
  BUFGCE_DIV #(.BUFGCE_DIVIDE(2)) u_half (.I(clk), .CE(1'b1), .CLR(1'b0), .O(card_clk));
  logic [2:0] card_rst_q;
  logic card_rst, k_req_valid, k_req_ready, k_np_ret, k_cpl_valid, k_p_valid, k_p_ready, k_np_valid, k_np_ready,
      k_c_valid, k_c_ready, k_flr, k_pending, idle;
  logic [259:0] k_req;
  logic [256:0] k_cpl;
  logic [255:0] k_p, k_np, k_c;
  logic [19:0] k_cfg;
  always_ff @(posedge card_clk) card_rst_q <= {card_rst_q[1:0], rst};
  assign card_rst = card_rst_q[2];
  // in D3hot nothing is sent, bus master or not (PCIe 5.3.1.4)
  hvb_cross u_cross (
      .clk_i(clk), .rst_i(rst), .card_clk_i(card_clk), .card_rst_i(card_rst), .req_valid_i(req_valid),
      .req_ready_o(req_ready), .req_i({req_err, bar, req_hdr, req_data}), .np_ret_o(np_ret),
      .cpl_valid_i(cpl_valid), .cpl_i({cpl_err, cpl_hdr, cpl_data}), .p_valid_o(p_valid), .p_ready_i(p_ready),
      .p_o({p_hdr, p_data}), .np_valid_o(np_valid), .np_ready_i(np_ready), .np_o({np_hdr, np_data}),
      .c_valid_o(c_valid), .c_ready_i(c_ready), .c_o({c_hdr, c_data}),
      .cfg_i({ID, status[2] && !power[2], msix_en[0], msix_mask[0], atomic_en}), .flr_i(flr[0] && !flr_q),
      .pending_o(pending), .card_req_valid_o(k_req_valid), .card_req_ready_i(k_req_ready), .card_req_o(k_req),
      .card_np_ret_i(k_np_ret), .card_cpl_valid_o(k_cpl_valid), .card_cpl_o(k_cpl), .card_p_valid_i(k_p_valid),
      .card_p_ready_o(k_p_ready), .card_p_i(k_p), .card_np_valid_i(k_np_valid), .card_np_ready_o(k_np_ready),
      .card_np_i(k_np), .card_c_valid_i(k_c_valid), .card_c_ready_o(k_c_ready), .card_c_i(k_c),
      .card_cfg_o(k_cfg), .card_flr_o(k_flr), .card_pending_i(k_pending));

  hvb_board_core #(.CLOCK_MHZ(CLOCK_MHZ)) u_core (
      .clk_i(card_clk), .rst_i(card_rst), .perst_n_i(sys_rst_n_i), .up_i(up), .req_valid_i(k_req_valid),
      .req_ready_o(k_req_ready), .req_i(k_req), .np_ret_o(k_np_ret), .cpl_valid_i(k_cpl_valid), .cpl_i(k_cpl),
      .p_valid_o(k_p_valid), .p_ready_i(k_p_ready), .p_o(k_p), .np_valid_o(k_np_valid), .np_ready_i(k_np_ready),
      .np_o(k_np), .c_valid_o(k_c_valid), .c_ready_i(k_c_ready), .c_o(k_c), .cfg_i(k_cfg), .flr_i(k_flr),
      .pending_o(k_pending), .idle_o(idle), .link_o, .doorbell_o, .fault_o);
endmodule
