// SPDX-License-Identifier: MIT
// The card in a 7-series FPGA, all but its pins: the integrated block for PCI Express as boards/pcie_7x.tcl makes it
// (pcie_7x_0), the adapter, the card. The block's user clock drives everything, but for the card where it is to have
// half of it; its user reset resets everything; its core offers no function level reset, so a reset of the card is one
// of its bus.
module hvb_board_x7 #(
    parameter int unsigned W = 64,           // bits of the block's streams, 64 or 128
    parameter int unsigned LANES = 1,
    parameter bit HALF = 1'b0,               // 1: the card on half of the user clock, which is 125 MHz
    parameter int unsigned CLOCK_MHZ = 125,  // of the card's clock, rounded down
    parameter int unsigned ROWS = 2048,      // this and the following: hvb_card
    parameter int unsigned CONNS = 4096,
    parameter int unsigned WORDS = 2048,
    parameter bit OWNED = 1'b1
) (
    input  logic             sys_clk_i,      // the slot's 100 MHz, behind IBUFDS_GTE2
    input  logic             sys_rst_n_i,    // PERST#
    output logic [LANES-1:0] pci_exp_txp,
    output logic [LANES-1:0] pci_exp_txn,
    input  logic [LANES-1:0] pci_exp_rxp,
    input  logic [LANES-1:0] pci_exp_rxn,
    output logic             link_o,         // LEDs, as hvb_lights has them
    output logic             doorbell_o,
    output logic             fault_o
);
  logic clk, rst, up, x_rst;  // x_rst: of the adapter, which waits for the card's clock where that is another one
  logic [W-1:0] rx_tdata, tx_tdata;
  logic [W/8-1:0] rx_tkeep, tx_tkeep;
  logic rx_tvalid, rx_taken, rx_tlast, tx_tvalid, tx_tready, tx_tlast, np_ok, np_req, cfg_gnt;
  logic [21:0] rx_tuser;
  logic [3:0] tx_tuser;
  logic [5:0] buf_av;
  logic [7:0] bus;
  logic [4:0] device;
  logic [2:0] func;
  logic [15:0] command, dcommand, dcommand2;
  logic [1:0] power;
  logic msix_en, msix_mask, flr, waiting, to_turnoff, turnoff_ok;

  pcie_7x_0 u_block (
      .sys_clk(sys_clk_i), .sys_rst_n(sys_rst_n_i), .pci_exp_txp, .pci_exp_txn, .pci_exp_rxp, .pci_exp_rxn,
      .user_clk_out(clk), .user_reset_out(rst), .user_lnk_up(up),
      .s_axis_tx_tdata(tx_tdata), .s_axis_tx_tkeep(tx_tkeep), .s_axis_tx_tlast(tx_tlast),
      .s_axis_tx_tready(tx_tready), .s_axis_tx_tuser(tx_tuser), .s_axis_tx_tvalid(tx_tvalid),
      .m_axis_rx_tdata(rx_tdata), .m_axis_rx_tkeep(rx_tkeep), .m_axis_rx_tlast(rx_tlast),
      .m_axis_rx_tready(rx_taken && !x_rst), .m_axis_rx_tuser(rx_tuser), .m_axis_rx_tvalid(rx_tvalid),
      .rx_np_ok(np_ok), .rx_np_req(np_req), .tx_buf_av(buf_av), .tx_cfg_gnt(cfg_gnt),
      .cfg_bus_number(bus), .cfg_device_number(device), .cfg_function_number(func), .cfg_command(command),
      .cfg_dcommand(dcommand), .cfg_dcommand2(dcommand2), .cfg_pmcsr_powerstate(power),
      .cfg_interrupt_msixenable(msix_en), .cfg_interrupt_msixfm(msix_mask), .cfg_received_func_lvl_rst(flr),
      .cfg_trn_pending(waiting), .cfg_to_turnoff(to_turnoff), .cfg_turnoff_ok(turnoff_ok),
      // not used: interrupts but the card's own messages, the block's registers, power management and link by hand
      .cfg_interrupt(1'b0), .cfg_interrupt_assert(1'b0), .cfg_interrupt_stat(1'b0), .cfg_interrupt_di(8'd0),
      .cfg_pciecap_interrupt_msgnum(5'd0), .cfg_dsn(64'd0),
      .cfg_mgmt_dwaddr(10'd0), .cfg_mgmt_byte_en(4'd0), .cfg_mgmt_rd_en(1'b0), .cfg_mgmt_wr_readonly(1'b0),
      .cfg_mgmt_wr_rw1c_as_rw(1'b0), .cfg_mgmt_di(32'd0), .cfg_mgmt_wr_en(1'b0),
      .cfg_ds_bus_number(8'd0), .cfg_ds_device_number(5'd0), .cfg_ds_function_number(3'd0),
      .cfg_pm_force_state(2'd0), .cfg_pm_force_state_en(1'b0), .cfg_pm_halt_aspm_l0s(1'b0),
      .cfg_pm_halt_aspm_l1(1'b0), .cfg_pm_send_pme_to(1'b0), .cfg_pm_wake(1'b0),
      .pl_directed_link_auton(1'b0), .pl_directed_link_change(2'd0), .pl_directed_link_speed(1'b0),
      .pl_directed_link_width(2'd0), .pl_upstream_prefer_deemph(1'b1), .pl_transmit_hot_rst(1'b0),
      .pl_downstream_deemph_source(1'b0),
      .pcie_drp_clk(clk), .pcie_drp_en(1'b0), .pcie_drp_we(1'b0), .pcie_drp_addr(9'd0), .pcie_drp_di(16'd0));

  logic p_valid, p_ready, np_valid, np_ready, c_valid, c_ready, req_valid, req_ready, cpl_valid, rx_err, np_ret;
  logic [2:0] bar;
  logic [127:0] rx_hdr, rx_data, p_hdr, p_data, np_hdr, np_data, c_hdr, c_data;
  logic [15:0] id;
  logic bme, msix_on, msix_off, atomic_en, flr_once, ext_tag, pending;
  // in D3hot nothing is sent, bus master or not (PCIe 5.3.1.4); what comes while the adapter waits for a clock is kept
  hvb_x7 #(.W(W)) u_x7 (
      .clk_i(clk), .rst_i(x_rst), .m_axis_rx_tvalid(rx_tvalid), .m_axis_rx_tready(rx_taken),
      .m_axis_rx_tdata(rx_tdata), .m_axis_rx_tkeep(rx_tkeep), .m_axis_rx_tlast(rx_tlast),
      .m_axis_rx_tuser(rx_tuser), .rx_np_ok(np_ok), .rx_np_req(np_req), .s_axis_tx_tvalid(tx_tvalid),
      .s_axis_tx_tready(tx_tready), .s_axis_tx_tdata(tx_tdata), .s_axis_tx_tkeep(tx_tkeep),
      .s_axis_tx_tlast(tx_tlast), .s_axis_tx_tuser(tx_tuser), .tx_buf_av(buf_av), .tx_cfg_gnt(cfg_gnt),
      .cfg_bus_number(bus), .cfg_device_number(device), .cfg_function_number(func),
      .cfg_command({command[15:3], command[2] && power == 2'd0, command[1:0]}), .cfg_dcommand(dcommand),
      .cfg_dcommand2(dcommand2), .cfg_interrupt_msixenable(msix_en), .cfg_interrupt_msixfm(msix_mask),
      .cfg_received_func_lvl_rst(flr), .cfg_trn_pending(waiting), .cfg_to_turnoff(to_turnoff),
      .cfg_turnoff_ok(turnoff_ok), .req_valid_o(req_valid), .req_ready_i(req_ready), .cpl_valid_o(cpl_valid),
      .rx_err_o(rx_err), .rx_bar_o(bar), .rx_hdr_o(rx_hdr), .rx_data_o(rx_data), .np_ret_i(np_ret),
      .p_valid_i(p_valid), .p_ready_o(p_ready), .p_hdr_i(p_hdr), .p_data_i(p_data), .np_valid_i(np_valid),
      .np_ready_o(np_ready), .np_hdr_i(np_hdr), .np_data_i(np_data), .cpl_valid_i(c_valid), .cpl_ready_o(c_ready),
      .cpl_hdr_i(c_hdr), .cpl_data_i(c_data), .cfg_id_o(id), .cfg_bme_o(bme), .cfg_msix_en_o(msix_on),
      .cfg_msix_mask_o(msix_off), .cfg_atomic_en_o(atomic_en), .cfg_flr_o(flr_once), .cfg_ext_tag_o(ext_tag),
      .cfg_pending_i(pending));

  // ---- the card's side (k_): the same, or across to its own clock
  logic k_clk, k_rst, k_req_valid, k_req_ready, k_np_ret, k_cpl_valid, k_p_valid, k_p_ready, k_np_valid, k_np_ready,
      k_c_valid, k_c_ready, k_flr, k_pending, idle;
  logic [259:0] k_req;
  logic [256:0] k_cpl;
  logic [255:0] k_p, k_np, k_c;
  logic [19:0] cfg, k_cfg;
  assign cfg = {id, bme, msix_on, msix_off, atomic_en};
  if (HALF) begin : g_half
    hvb_half_clock u_half (
        .clk_i(clk), .rst_i(rst), .rst_n_i(sys_rst_n_i), .rst_o(x_rst), .card_clk_o(k_clk), .card_rst_o(k_rst));
    hvb_cross u_cross (
        .clk_i(clk), .rst_i(x_rst), .card_clk_i(k_clk), .card_rst_i(k_rst), .req_valid_i(req_valid),
        .req_ready_o(req_ready), .req_i({rx_err, bar, rx_hdr, rx_data}), .np_ret_o(np_ret), .cpl_valid_i(cpl_valid),
        .cpl_i({rx_err, rx_hdr, rx_data}), .p_valid_o(p_valid), .p_ready_i(p_ready), .p_o({p_hdr, p_data}),
        .np_valid_o(np_valid), .np_ready_i(np_ready), .np_o({np_hdr, np_data}), .c_valid_o(c_valid),
        .c_ready_i(c_ready), .c_o({c_hdr, c_data}), .cfg_i(cfg), .flr_i(flr_once), .pending_o(pending),
        .card_req_valid_o(k_req_valid), .card_req_ready_i(k_req_ready), .card_req_o(k_req),
        .card_np_ret_i(k_np_ret), .card_cpl_valid_o(k_cpl_valid), .card_cpl_o(k_cpl), .card_p_valid_i(k_p_valid),
        .card_p_ready_o(k_p_ready), .card_p_i(k_p), .card_np_valid_i(k_np_valid), .card_np_ready_o(k_np_ready),
        .card_np_i(k_np), .card_c_valid_i(k_c_valid), .card_c_ready_o(k_c_ready), .card_c_i(k_c),
        .card_cfg_o(k_cfg), .card_flr_o(k_flr), .card_pending_i(k_pending));
  end else begin : g_same
    assign {x_rst, k_clk, k_rst, k_req_valid, req_ready, np_ret, k_cpl_valid} =
        {rst, clk, rst, req_valid, k_req_ready, k_np_ret, cpl_valid};
    assign {k_req, k_cpl} = {rx_err, bar, rx_hdr, rx_data, rx_err, rx_hdr, rx_data};
    assign {p_valid, k_p_ready, np_valid, k_np_ready, c_valid, k_c_ready} =
        {k_p_valid, p_ready, k_np_valid, np_ready, k_c_valid, c_ready};
    assign {p_hdr, p_data, np_hdr, np_data, c_hdr, c_data} = {k_p, k_np, k_c};
    assign {k_cfg, k_flr, pending} = {cfg, flr_once, k_pending};
  end

  hvb_board_core #(
      .CLOCK_MHZ(CLOCK_MHZ), .ROWS(ROWS), .CONNS(CONNS), .WORDS(WORDS), .OWNED(OWNED)
  ) u_core (
      .clk_i(k_clk), .rst_i(k_rst), .perst_n_i(sys_rst_n_i), .up_i(up), .req_valid_i(k_req_valid),
      .req_ready_o(k_req_ready), .req_i(k_req),
      .np_ret_o(k_np_ret), .cpl_valid_i(k_cpl_valid), .cpl_i(k_cpl), .p_valid_o(k_p_valid), .p_ready_i(k_p_ready),
      .p_o(k_p), .np_valid_o(k_np_valid), .np_ready_i(k_np_ready), .np_o(k_np), .c_valid_o(k_c_valid),
      .c_ready_i(k_c_ready), .c_o(k_c), .cfg_i(k_cfg), .flr_i(k_flr), .pending_o(k_pending), .idle_o(idle), .link_o,
      .doorbell_o, .fault_o);
endmodule
