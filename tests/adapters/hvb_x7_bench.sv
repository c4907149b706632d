// SPDX-License-Identifier: MIT
// The 7-series adapter and the model of its block, nothing else: TLPs go in and come out at both ends.
module hvb_x7_bench #(
    parameter int unsigned WIDTH = 64
) (
    input  logic         clk_i,
    input  logic         rst_i,
    output logic [9:0]   width_o,
    input  logic [7:0]   pause_i,
    input  logic [7:0]   stall_i,
    // the block's side
    input  logic         down_valid_i,
    output logic         down_ready_o,
    input  logic         down_err_i,
    input  logic [2:0]   down_cut_i,
    input  logic [7:0]   down_hit_i,
    input  logic [127:0] down_hdr_i,
    input  logic [127:0] down_data_i,
    output logic         np_ok_o,
    output logic         down_end_o,
    output logic         up_valid_o,
    input  logic         up_ready_i,
    output logic [127:0] up_hdr_o,
    output logic [127:0] up_data_o,
    input  logic [5:0]   up_room_i,
    output logic         up_begin_o,
    // the card's side
    output logic         req_valid_o,
    input  logic         req_ready_i,
    output logic         cpl_valid_o,
    output logic         rx_err_o,
    output logic [2:0]   rx_bar_o,
    output logic [127:0] rx_hdr_o,
    output logic [127:0] rx_data_o,
    input  logic         np_ret_i,
    input  logic         p_valid_i,
    output logic         p_ready_o,
    input  logic [127:0] p_hdr_i,
    input  logic [127:0] p_data_i,
    input  logic         np_valid_i,
    output logic         np_ready_o,
    input  logic [127:0] np_hdr_i,
    input  logic [127:0] np_data_i,
    input  logic         cpl_valid_i,
    output logic         cpl_ready_o,
    input  logic [127:0] cpl_hdr_i,
    input  logic [127:0] cpl_data_i
);
  logic rx_tvalid, rx_tready, rx_tlast, tx_tvalid, tx_tready, tx_tlast, rx_np_ok, rx_np_req, cfg_gnt;
  logic [WIDTH-1:0] rx_tdata, tx_tdata;
  logic [WIDTH/8-1:0] rx_tkeep, tx_tkeep;
  logic [21:0] rx_tuser;
  logic [3:0]  tx_tuser;
  logic [5:0]  buf_av;
  logic [15:0] id;
  logic bme, msix_en, msix_mask, atomic_en, flr, ext_tag, trn_pending, turnoff_ok;

  assign width_o = 10'(WIDTH);
  hvb_x7_model #(.W(WIDTH)) u_model (
      .clk_i, .rst_i, .pause_i, .stall_i, .down_valid_i, .down_ready_o, .down_err_i, .down_cut_i, .down_hit_i,
      .down_hdr_i, .down_data_i, .np_ok_o, .down_end_o, .up_valid_o, .up_ready_i, .up_hdr_o, .up_data_o, .up_room_i,
      .up_begin_o, .m_axis_rx_tvalid(rx_tvalid), .m_axis_rx_tready(rx_tready), .m_axis_rx_tdata(rx_tdata),
      .m_axis_rx_tkeep(rx_tkeep), .m_axis_rx_tlast(rx_tlast), .m_axis_rx_tuser(rx_tuser), .rx_np_ok, .rx_np_req,
      .s_axis_tx_tvalid(tx_tvalid), .s_axis_tx_tready(tx_tready), .s_axis_tx_tdata(tx_tdata),
      .s_axis_tx_tkeep(tx_tkeep), .s_axis_tx_tlast(tx_tlast), .s_axis_tx_tuser(tx_tuser), .tx_buf_av(buf_av),
      .tx_cfg_gnt(cfg_gnt));
  hvb_x7 #(.W(WIDTH)) u_x7 (
      .clk_i, .rst_i, .m_axis_rx_tvalid(rx_tvalid), .m_axis_rx_tready(rx_tready), .m_axis_rx_tdata(rx_tdata),
      .m_axis_rx_tkeep(rx_tkeep), .m_axis_rx_tlast(rx_tlast), .m_axis_rx_tuser(rx_tuser), .rx_np_ok, .rx_np_req,
      .s_axis_tx_tvalid(tx_tvalid), .s_axis_tx_tready(tx_tready), .s_axis_tx_tdata(tx_tdata),
      .s_axis_tx_tkeep(tx_tkeep), .s_axis_tx_tlast(tx_tlast), .s_axis_tx_tuser(tx_tuser), .tx_buf_av(buf_av),
      .tx_cfg_gnt(cfg_gnt), .cfg_bus_number(8'd1), .cfg_device_number(5'd0), .cfg_function_number(3'd0),
      .cfg_command(16'd4), .cfg_dcommand(16'd0), .cfg_dcommand2(16'd0), .cfg_interrupt_msixenable(1'b1),
      .cfg_interrupt_msixfm(1'b0), .cfg_received_func_lvl_rst(1'b0), .cfg_trn_pending(trn_pending),
      .cfg_to_turnoff(1'b0), .cfg_turnoff_ok(turnoff_ok), .req_valid_o, .req_ready_i, .cpl_valid_o, .rx_err_o,
      .rx_bar_o, .rx_hdr_o, .rx_data_o, .np_ret_i, .p_valid_i, .p_ready_o, .p_hdr_i, .p_data_i, .np_valid_i,
      .np_ready_o, .np_hdr_i, .np_data_i, .cpl_valid_i, .cpl_ready_o, .cpl_hdr_i, .cpl_data_i, .cfg_id_o(id),
      .cfg_bme_o(bme), .cfg_msix_en_o(msix_en), .cfg_msix_mask_o(msix_mask), .cfg_atomic_en_o(atomic_en),
      .cfg_flr_o(flr), .cfg_ext_tag_o(ext_tag), .cfg_pending_i(1'b0));
endmodule
