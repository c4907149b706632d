// SPDX-License-Identifier: MIT
// A card as sim/rtl.cpp knows it, and inside: a hard block, its user interface as the 7 series has it, the adapter, and
// a card without configuration space of its own. Beats come and are taken with pauses by chance.
module hvb_x7_card #(
    parameter int unsigned WIDTH = 64
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         rx_req_valid_i,
    output logic         rx_req_ready_o,
    input  logic         rx_req_err_i,
    input  logic [127:0] rx_req_hdr_i,
    input  logic [127:0] rx_req_data_i,
    output logic         rx_np_ret_o,
    input  logic         rx_cpl_valid_i,
    input  logic         rx_cpl_err_i,
    input  logic [127:0] rx_cpl_hdr_i,
    input  logic [127:0] rx_cpl_data_i,
    output logic         tx_p_valid_o,
    input  logic         tx_p_ready_i,
    output logic [127:0] tx_p_hdr_o,
    output logic [127:0] tx_p_data_o,
    output logic         tx_np_valid_o,
    input  logic         tx_np_ready_i,
    output logic [127:0] tx_np_hdr_o,
    output logic [127:0] tx_np_data_o,
    output logic         tx_cpl_valid_o,
    input  logic         tx_cpl_ready_i,
    output logic [127:0] tx_cpl_hdr_o,
    output logic [127:0] tx_cpl_data_o,
    input  logic [63:0]  time_i,
    output logic         idle_o,
    output logic         wait_o
);
  if (WIDTH != 64 && WIDTH != 128) begin : g_bad_width
    $fatal(1, "hvb_x7_card: WIDTH must be 64 or 128");
  end
  localparam logic [7:0] PAUSE = 8'd64, STALL = 8'd64;  // of 256

  logic down_valid, down_ready, down_cpl, down_err, np_ok, up_valid, up_ready;
  logic [7:0] hit;
  logic [5:0] room;
  logic [127:0] down_hdr, down_data, up_hdr, up_data;
  logic [15:0] id;
  logic bme, msix_en, msix_mask, atomic_en, flr, ext_tag, pending, block_idle;

  hvb_block u_block (
      .clk_i, .rst_i, .req_valid_i(rx_req_valid_i), .req_ready_o(rx_req_ready_o), .req_err_i(rx_req_err_i),
      .req_hdr_i(rx_req_hdr_i), .req_data_i(rx_req_data_i), .np_ret_o(rx_np_ret_o), .cpl_valid_i(rx_cpl_valid_i),
      .cpl_err_i(rx_cpl_err_i), .cpl_hdr_i(rx_cpl_hdr_i), .cpl_data_i(rx_cpl_data_i), .p_valid_o(tx_p_valid_o),
      .p_ready_i(tx_p_ready_i), .p_hdr_o(tx_p_hdr_o), .p_data_o(tx_p_data_o), .np_valid_o(tx_np_valid_o),
      .np_ready_i(tx_np_ready_i), .np_hdr_o(tx_np_hdr_o), .np_data_o(tx_np_data_o), .cpl_valid_o(tx_cpl_valid_o),
      .cpl_ready_i(tx_cpl_ready_i), .cpl_hdr_o(tx_cpl_hdr_o), .cpl_data_o(tx_cpl_data_o), .idle_o(block_idle),
      .down_valid_o(down_valid), .down_ready_i(down_ready), .down_cpl_o(down_cpl), .down_err_o(down_err),
      .down_hit_o(hit), .down_hdr_o(down_hdr), .down_data_o(down_data), .np_ok_i(np_ok), .up_valid_i(up_valid),
      .up_ready_o(up_ready), .up_hdr_i(up_hdr), .up_data_i(up_data), .up_room_o(room), .id_o(id), .bme_o(bme),
      .msix_en_o(msix_en), .msix_mask_o(msix_mask), .atomic_en_o(atomic_en), .flr_o(flr), .ext_tag_o(ext_tag),
      .pending_i(pending));

  logic rx_tvalid, rx_tready, rx_tlast, tx_tvalid, tx_tready, tx_tlast, rx_np_ok, rx_np_req, cfg_gnt;
  logic down_end, up_begin;
  logic [WIDTH-1:0] rx_tdata, tx_tdata;
  logic [WIDTH/8-1:0] rx_tkeep, tx_tkeep;
  logic [21:0] rx_tuser;
  logic [3:0]  tx_tuser;
  logic [5:0]  buf_av;
  hvb_x7_model #(.W(WIDTH)) u_model (
      .clk_i, .rst_i, .pause_i(PAUSE), .stall_i(STALL), .down_valid_i(down_valid), .down_ready_o(down_ready),
      .down_err_i(down_err), .down_cut_i(3'd0), .down_hit_i(hit), .down_hdr_i(down_hdr), .down_data_i(down_data),
      .np_ok_o(np_ok), .down_end_o(down_end), .up_valid_o(up_valid), .up_ready_i(up_ready), .up_hdr_o(up_hdr),
      .up_data_o(up_data), .up_room_i(room), .up_begin_o(up_begin), .m_axis_rx_tvalid(rx_tvalid),
      .m_axis_rx_tready(rx_tready), .m_axis_rx_tdata(rx_tdata), .m_axis_rx_tkeep(rx_tkeep),
      .m_axis_rx_tlast(rx_tlast), .m_axis_rx_tuser(rx_tuser), .rx_np_ok, .rx_np_req, .s_axis_tx_tvalid(tx_tvalid),
      .s_axis_tx_tready(tx_tready), .s_axis_tx_tdata(tx_tdata), .s_axis_tx_tkeep(tx_tkeep),
      .s_axis_tx_tlast(tx_tlast), .s_axis_tx_tuser(tx_tuser), .tx_buf_av(buf_av), .tx_cfg_gnt(cfg_gnt));

  logic p_valid, np_valid, cpl_valid, p_ready, np_ready, cpl_ready, req_valid, req_ready, card_cpl_valid;
  logic rx_err, np_ret;
  logic [2:0]   bar;
  logic [127:0] p_hdr, p_data, np_hdr, np_data, cpl_hdr, cpl_data, rx_hdr, rx_data;
  logic [15:0]  card_id;
  logic card_bme, card_msix_en, card_msix_mask, card_atomic_en, card_flr, card_ext_tag, card_pending, turnoff_ok;
  hvb_x7 #(.W(WIDTH)) u_x7 (
      .clk_i, .rst_i, .m_axis_rx_tvalid(rx_tvalid), .m_axis_rx_tready(rx_tready), .m_axis_rx_tdata(rx_tdata),
      .m_axis_rx_tkeep(rx_tkeep), .m_axis_rx_tlast(rx_tlast), .m_axis_rx_tuser(rx_tuser), .rx_np_ok, .rx_np_req,
      .s_axis_tx_tvalid(tx_tvalid), .s_axis_tx_tready(tx_tready), .s_axis_tx_tdata(tx_tdata),
      .s_axis_tx_tkeep(tx_tkeep), .s_axis_tx_tlast(tx_tlast), .s_axis_tx_tuser(tx_tuser), .tx_buf_av(buf_av),
      .tx_cfg_gnt(cfg_gnt), .cfg_bus_number(id[15:8]), .cfg_device_number(id[7:3]), .cfg_function_number(id[2:0]),
      .cfg_command({13'd0, bme, 2'd0}), .cfg_dcommand({7'd0, ext_tag, 8'd0}), .cfg_dcommand2({9'd0, atomic_en, 6'd0}),
      .cfg_interrupt_msixenable(msix_en), .cfg_interrupt_msixfm(msix_mask), .cfg_received_func_lvl_rst(flr),
      .cfg_trn_pending(pending), .cfg_to_turnoff(1'b0), .cfg_turnoff_ok(turnoff_ok), .req_valid_o(req_valid),
      .req_ready_i(req_ready), .cpl_valid_o(card_cpl_valid), .rx_err_o(rx_err), .rx_bar_o(bar), .rx_hdr_o(rx_hdr),
      .rx_data_o(rx_data), .np_ret_i(np_ret), .p_valid_i(p_valid), .p_ready_o(p_ready), .p_hdr_i(p_hdr),
      .p_data_i(p_data), .np_valid_i(np_valid), .np_ready_o(np_ready), .np_hdr_i(np_hdr), .np_data_i(np_data),
      .cpl_valid_i(cpl_valid), .cpl_ready_o(cpl_ready), .cpl_hdr_i(cpl_hdr), .cpl_data_i(cpl_data),
      .cfg_id_o(card_id), .cfg_bme_o(card_bme), .cfg_msix_en_o(card_msix_en), .cfg_msix_mask_o(card_msix_mask),
      .cfg_atomic_en_o(card_atomic_en), .cfg_flr_o(card_flr), .cfg_ext_tag_o(card_ext_tag),
      .cfg_pending_i(card_pending));

  logic card_idle, card_wait;
  hvb_card #(.CFG_SPACE(1'b0)) u_card (
      .clk_i, .rst_i, .rx_req_valid_i(req_valid), .rx_req_ready_o(req_ready), .rx_req_err_i(rx_err),
      .rx_req_bar_i(bar), .rx_req_hdr_i(rx_hdr), .rx_req_data_i(rx_data), .rx_np_ret_o(np_ret),
      .rx_cpl_valid_i(card_cpl_valid), .rx_cpl_err_i(rx_err), .rx_cpl_hdr_i(rx_hdr), .rx_cpl_data_i(rx_data),
      .tx_p_valid_o(p_valid), .tx_p_ready_i(p_ready), .tx_p_hdr_o(p_hdr), .tx_p_data_o(p_data),
      .tx_np_valid_o(np_valid), .tx_np_ready_i(np_ready), .tx_np_hdr_o(np_hdr), .tx_np_data_o(np_data),
      .tx_cpl_valid_o(cpl_valid), .tx_cpl_ready_i(cpl_ready), .tx_cpl_hdr_o(cpl_hdr), .tx_cpl_data_o(cpl_data), .time_i,
      .idle_o(card_idle), .wait_o(card_wait), .cfg_id_i(card_id), .cfg_bme_i(card_bme), .cfg_msix_en_i(card_msix_en),
      .cfg_msix_mask_i(card_msix_mask), .cfg_atomic_en_i(card_atomic_en), .cfg_flr_i(card_flr),
      .cfg_ext_tag_i(card_ext_tag), .cfg_pending_o(card_pending));

  // At rest once nothing has moved here for so long that the card has seen all of it.
  logic [3:0] quiet_q;
  logic moved;
  assign moved  = !block_idle || rx_tvalid || req_valid || card_cpl_valid || p_valid || np_valid || cpl_valid ||
                  tx_tvalid || up_valid || rx_req_valid_i || rx_cpl_valid_i;
  assign idle_o = card_idle && block_idle && quiet_q == '1;
  assign wait_o = card_wait && block_idle && quiet_q == '1;
  always_ff @(posedge clk_i) quiet_q <= moved || rst_i ? '0 : quiet_q + 4'(quiet_q != '1);
endmodule
