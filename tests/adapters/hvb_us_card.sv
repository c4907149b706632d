// SPDX-License-Identifier: MIT
// A card as sim/rtl.cpp knows it, and inside: a model of an UltraScale(+) PCIe block, the adapter, and a card
// without configuration space of its own.
module hvb_us_card #(
    parameter int unsigned WIDTH = 256
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
  localparam int unsigned W = WIDTH;
  logic down_valid, down_ready, down_cpl, down_err, np_ok, up_valid, up_ready;
  logic [7:0] hit;
  logic [5:0] room;
  logic [127:0] down_hdr, down_data, up_hdr, up_data;
  logic [15:0] id;
  logic bme, msix_en, msix_mask, atomic_en, flr, ext_tag, pending, block_idle, user_idle;

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

  // ---- the block's streams
  logic cq_tvalid, cq_tready, cq_tlast, cc_tvalid, cc_tready, cc_tlast, rq_tvalid, rq_tready, rq_tlast, rc_tvalid,
      rc_tready, rc_tlast, seq_vld0, seq_vld1;
  logic [W-1:0] cq_tdata, cc_tdata, rq_tdata, rc_tdata;
  logic [W/32-1:0] cc_tkeep, rq_tkeep;
  logic [87:0] cq_tuser;
  logic [32:0] cc_tuser;
  logic [61:0] rq_tuser;
  logic [74:0] rc_tuser;
  logic [1:0] np_req;
  logic [3:0] nph_av, npd_av;
  logic [5:0] seq_num0, seq_num1;
  hvb_us_block #(.W(W)) u_user (
      .clk_i, .rst_i, .random_i(1'b1), .id_i(id), .down_valid_i(down_valid), .down_ready_o(down_ready),
      .down_cpl_i(down_cpl), .down_err_i(down_err),
      .down_bar_i(hit[0] ? 3'd0 : hit[2] ? 3'd2 : hit[4] ? 3'd4 : 3'd7), .down_hdr_i(down_hdr),
      .down_data_i(down_data), .np_ok_o(np_ok), .up_valid_o(up_valid), .up_ready_i(up_ready), .up_hdr_o(up_hdr),
      .up_data_o(up_data), .np_left_i(tx_np_valid_o && tx_np_ready_i), .idle_o(user_idle), .cq_tvalid_o(cq_tvalid),
      .cq_tready_i(cq_tready), .cq_tlast_o(cq_tlast), .cq_tdata_o(cq_tdata), .cq_tuser_o(cq_tuser),
      .cq_np_req_i(np_req), .rc_tvalid_o(rc_tvalid), .rc_tready_i(rc_tready), .rc_tlast_o(rc_tlast),
      .rc_tdata_o(rc_tdata), .rc_tuser_o(rc_tuser), .rq_tvalid_i(rq_tvalid), .rq_tready_o(rq_tready),
      .rq_tlast_i(rq_tlast), .rq_tdata_i(rq_tdata), .rq_tkeep_i(rq_tkeep), .rq_tuser_i(rq_tuser),
      .tfc_nph_av_o(nph_av), .tfc_npd_av_o(npd_av), .rq_seq_vld0_o(seq_vld0), .rq_seq_num0_o(seq_num0),
      .rq_seq_vld1_o(seq_vld1), .rq_seq_num1_o(seq_num1), .cc_tvalid_i(cc_tvalid), .cc_tready_o(cc_tready),
      .cc_tlast_i(cc_tlast), .cc_tdata_i(cc_tdata), .cc_tkeep_i(cc_tkeep), .cc_tuser_i(cc_tuser));

  logic req_valid, req_ready, req_err, np_ret, cpl_valid, cpl_err, p_valid, p_ready, np_valid, np_ready, c_valid,
      c_ready;
  logic [2:0] bar;
  logic [127:0] req_hdr, req_data, cpl_hdr, cpl_data, p_hdr, p_data, np_hdr, np_data, c_hdr, c_data;
  hvb_us #(.W(W)) u_adapter (
      .clk_i, .rst_i, .id_i(id), .cq_tvalid_i(cq_tvalid), .cq_tready_o(cq_tready), .cq_tlast_i(cq_tlast),
      .cq_tdata_i(cq_tdata), .cq_tuser_i(cq_tuser), .cq_np_req_o(np_req), .cc_tvalid_o(cc_tvalid),
      .cc_tready_i(cc_tready), .cc_tlast_o(cc_tlast), .cc_tdata_o(cc_tdata), .cc_tkeep_o(cc_tkeep),
      .cc_tuser_o(cc_tuser), .rq_tvalid_o(rq_tvalid), .rq_tready_i(rq_tready), .rq_tlast_o(rq_tlast),
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

  logic card_idle, card_wait;
  hvb_card #(.CFG_SPACE(1'b0)) u_card (
      .clk_i, .rst_i, .rx_req_valid_i(req_valid), .rx_req_ready_o(req_ready), .rx_req_err_i(req_err),
      .rx_req_bar_i(bar), .rx_req_hdr_i(req_hdr), .rx_req_data_i(req_data), .rx_np_ret_o(np_ret),
      .rx_cpl_valid_i(cpl_valid), .rx_cpl_err_i(cpl_err), .rx_cpl_hdr_i(cpl_hdr), .rx_cpl_data_i(cpl_data),
      .tx_p_valid_o(p_valid), .tx_p_ready_i(p_ready), .tx_p_hdr_o(p_hdr), .tx_p_data_o(p_data),
      .tx_np_valid_o(np_valid), .tx_np_ready_i(np_ready), .tx_np_hdr_o(np_hdr), .tx_np_data_o(np_data),
      .tx_cpl_valid_o(c_valid), .tx_cpl_ready_i(c_ready), .tx_cpl_hdr_o(c_hdr), .tx_cpl_data_o(c_data), .time_i,
      .idle_o(card_idle), .wait_o(card_wait), .cfg_id_i(id), .cfg_bme_i(bme), .cfg_msix_en_i(msix_en),
      .cfg_msix_mask_i(msix_mask), .cfg_atomic_en_i(atomic_en), .cfg_flr_i(flr), .cfg_ext_tag_i(ext_tag),
      .cfg_pending_o(pending));

  // At rest once nothing has moved here for so long that the card has seen all of it.
  logic [3:0] quiet_q;
  logic moved;
  assign moved  = !block_idle || !user_idle || down_valid || up_valid || rx_req_valid_i || rx_cpl_valid_i ||
                  cq_tvalid || rc_tvalid || req_valid || cpl_valid;
  assign idle_o = card_idle && quiet_q == '1;
  assign wait_o = card_wait && quiet_q == '1;
  always_ff @(posedge clk_i) quiet_q <= moved || rst_i ? '0 : quiet_q + 4'(quiet_q != '1);
endmodule
