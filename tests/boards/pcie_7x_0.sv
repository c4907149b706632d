// SPDX-License-Identifier: MIT
// Vivado's wrapper of the 7-series block, with its own names and widths of ports (those that the boards connect), and
// inside what stands for the block in the tests of the adapter. BOARD_W and BOARD_LANES are the core's width and lanes.
// It has no pins that carry TLPs: the link is that of hvb_board_card around the board.
module pcie_7x_0 (
    input  logic                    sys_clk,
    input  logic                    sys_rst_n,
    output logic [`BOARD_LANES-1:0] pci_exp_txp,
    output logic [`BOARD_LANES-1:0] pci_exp_txn,
    input  logic [`BOARD_LANES-1:0] pci_exp_rxp,
    input  logic [`BOARD_LANES-1:0] pci_exp_rxn,
    output logic                    user_clk_out,
    output logic                    user_reset_out,
    output logic                    user_lnk_up,
    input  logic [`BOARD_W-1:0]     s_axis_tx_tdata,
    input  logic [`BOARD_W/8-1:0]   s_axis_tx_tkeep,
    input  logic                    s_axis_tx_tlast,
    output logic                    s_axis_tx_tready,
    input  logic [3:0]              s_axis_tx_tuser,
    input  logic                    s_axis_tx_tvalid,
    output logic [`BOARD_W-1:0]     m_axis_rx_tdata,
    output logic [`BOARD_W/8-1:0]   m_axis_rx_tkeep,
    output logic                    m_axis_rx_tlast,
    input  logic                    m_axis_rx_tready,
    output logic [21:0]             m_axis_rx_tuser,
    output logic                    m_axis_rx_tvalid,
    input  logic                    rx_np_ok,
    input  logic                    rx_np_req,
    output logic [5:0]              tx_buf_av,
    input  logic                    tx_cfg_gnt,
    output logic [7:0]              cfg_bus_number,
    output logic [4:0]              cfg_device_number,
    output logic [2:0]              cfg_function_number,
    output logic [15:0]             cfg_command,
    output logic [15:0]             cfg_dcommand,
    output logic [15:0]             cfg_dcommand2,
    output logic [1:0]              cfg_pmcsr_powerstate,
    output logic                    cfg_interrupt_msixenable,
    output logic                    cfg_interrupt_msixfm,
    output logic                    cfg_received_func_lvl_rst,
    input  logic                    cfg_trn_pending,
    output logic                    cfg_to_turnoff,
    input  logic                    cfg_turnoff_ok,
    input  logic                    cfg_interrupt,
    input  logic                    cfg_interrupt_assert,
    input  logic                    cfg_interrupt_stat,
    input  logic [7:0]              cfg_interrupt_di,
    input  logic [4:0]              cfg_pciecap_interrupt_msgnum,
    input  logic [63:0]             cfg_dsn,
    input  logic [9:0]              cfg_mgmt_dwaddr,
    input  logic [3:0]              cfg_mgmt_byte_en,
    input  logic                    cfg_mgmt_rd_en,
    input  logic                    cfg_mgmt_wr_readonly,
    input  logic                    cfg_mgmt_wr_rw1c_as_rw,
    input  logic [31:0]             cfg_mgmt_di,
    input  logic                    cfg_mgmt_wr_en,
    input  logic [7:0]              cfg_ds_bus_number,
    input  logic [4:0]              cfg_ds_device_number,
    input  logic [2:0]              cfg_ds_function_number,
    input  logic [1:0]              cfg_pm_force_state,
    input  logic                    cfg_pm_force_state_en,
    input  logic                    cfg_pm_halt_aspm_l0s,
    input  logic                    cfg_pm_halt_aspm_l1,
    input  logic                    cfg_pm_send_pme_to,
    input  logic                    cfg_pm_wake,
    input  logic                    pl_directed_link_auton,
    input  logic [1:0]              pl_directed_link_change,
    input  logic                    pl_directed_link_speed,
    input  logic [1:0]              pl_directed_link_width,
    input  logic                    pl_upstream_prefer_deemph,
    input  logic                    pl_transmit_hot_rst,
    input  logic                    pl_downstream_deemph_source,
    input  logic                    pcie_drp_clk,
    input  logic                    pcie_drp_en,
    input  logic                    pcie_drp_we,
    input  logic [8:0]              pcie_drp_addr,
    input  logic [15:0]             pcie_drp_di
);
  localparam logic [7:0] PAUSE = 8'd64, STALL = 8'd64;  // of 256

  assign user_clk_out   = sys_clk;
  assign user_reset_out = !sys_rst_n;
  assign user_lnk_up    = sys_rst_n;
  assign pci_exp_txp    = '0;
  assign pci_exp_txn    = '1;
  assign cfg_to_turnoff = 1'b0;
  assign cfg_pmcsr_powerstate = 2'd0;

  logic down_valid, down_ready, down_cpl, down_err, down_end, np_ok, up_valid, up_ready, up_begin;
  logic [7:0] hit;
  logic [5:0] room;
  logic [127:0] down_hdr, down_data, up_hdr, up_data;
  logic bme, atomic_en, ext_tag;
  assign cfg_command   = {13'd0, bme, 2'd0};
  assign cfg_dcommand  = {7'd0, ext_tag, 8'd0};
  assign cfg_dcommand2 = {9'd0, atomic_en, 6'd0};

  hvb_block #(.REVISION(8'd2)) u_block (
      .clk_i(sys_clk), .rst_i(!sys_rst_n), .req_valid_i(hvb_board_card.rx_req_valid_i),
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
      .cpl_data_o(hvb_board_card.tx_cpl_data_o), .idle_o(hvb_board_card.block_idle),
      .down_valid_o(down_valid), .down_ready_i(down_ready), .down_cpl_o(down_cpl), .down_err_o(down_err),
      .down_hit_o(hit), .down_hdr_o(down_hdr), .down_data_o(down_data), .np_ok_i(np_ok), .up_valid_i(up_valid),
      .up_ready_o(up_ready), .up_hdr_i(up_hdr), .up_data_i(up_data), .up_room_o(room),
      .id_o({cfg_bus_number, cfg_device_number, cfg_function_number}), .bme_o(bme),
      .msix_en_o(cfg_interrupt_msixenable), .msix_mask_o(cfg_interrupt_msixfm), .atomic_en_o(atomic_en),
      .flr_o(cfg_received_func_lvl_rst), .ext_tag_o(ext_tag), .pending_i(cfg_trn_pending));

  hvb_x7_model #(.W(`BOARD_W)) u_model (
      .clk_i(sys_clk), .rst_i(!sys_rst_n), .pause_i(PAUSE), .stall_i(STALL), .down_valid_i(down_valid),
      .down_ready_o(down_ready), .down_err_i(down_err), .down_cut_i(3'd0), .down_hit_i(hit), .down_hdr_i(down_hdr),
      .down_data_i(down_data), .np_ok_o(np_ok), .down_end_o(down_end), .up_valid_o(up_valid), .up_ready_i(up_ready),
      .up_hdr_o(up_hdr), .up_data_o(up_data), .up_room_i(room), .up_begin_o(up_begin), .m_axis_rx_tvalid,
      .m_axis_rx_tready, .m_axis_rx_tdata, .m_axis_rx_tkeep, .m_axis_rx_tlast, .m_axis_rx_tuser, .rx_np_ok,
      .rx_np_req, .s_axis_tx_tvalid, .s_axis_tx_tready, .s_axis_tx_tdata, .s_axis_tx_tkeep, .s_axis_tx_tlast,
      .s_axis_tx_tuser, .tx_buf_av, .tx_cfg_gnt);
endmodule
