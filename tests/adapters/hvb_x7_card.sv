// SPDX-License-Identifier: MIT
// A card as sim/rtl.cpp knows it, and inside: a hard block, and a card without configuration space of its own.
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

  // ---- in place of an adapter
  logic p_valid, np_valid, cpl_valid, p_ready, np_ready, cpl_ready, req_ready, np_ret;
  logic [127:0] p_hdr, p_data, np_hdr, np_data, cpl_hdr, cpl_data;
  logic [5:0] open_q;
  assign np_ok      = open_q < 6'd32;
  assign down_ready = down_cpl || req_ready;
  assign up_valid   = p_valid || cpl_valid || (np_valid && room > 6'd4);
  assign {up_hdr, up_data} = p_valid ? {p_hdr, p_data} : cpl_valid ? {cpl_hdr, cpl_data} : {np_hdr, np_data};
  assign p_ready    = up_ready;
  assign cpl_ready  = up_ready && !p_valid;
  assign np_ready   = up_ready && !p_valid && !cpl_valid && room > 6'd4;
  always_ff @(posedge clk_i)
    if (rst_i) open_q <= '0;
    else open_q <= open_q + 6'(down_valid && down_ready && !down_cpl && !down_hdr[126]) - 6'(np_ret && open_q != 0);

  logic card_idle, card_wait;
  hvb_card #(.CFG_SPACE(1'b0)) u_card (
      .clk_i, .rst_i, .rx_req_valid_i(down_valid && !down_cpl), .rx_req_ready_o(req_ready), .rx_req_err_i(down_err),
      .rx_req_bar_i(hit[0] ? 3'd0 : hit[2] ? 3'd2 : hit[4] ? 3'd4 : 3'd7), .rx_req_hdr_i(down_hdr),
      .rx_req_data_i(down_data), .rx_np_ret_o(np_ret), .rx_cpl_valid_i(down_valid && down_cpl),
      .rx_cpl_err_i(down_err), .rx_cpl_hdr_i(down_hdr), .rx_cpl_data_i(down_data), .tx_p_valid_o(p_valid),
      .tx_p_ready_i(p_ready), .tx_p_hdr_o(p_hdr), .tx_p_data_o(p_data), .tx_np_valid_o(np_valid),
      .tx_np_ready_i(np_ready), .tx_np_hdr_o(np_hdr), .tx_np_data_o(np_data), .tx_cpl_valid_o(cpl_valid),
      .tx_cpl_ready_i(cpl_ready), .tx_cpl_hdr_o(cpl_hdr), .tx_cpl_data_o(cpl_data), .time_i, .idle_o(card_idle),
      .wait_o(card_wait), .cfg_id_i(id), .cfg_bme_i(bme), .cfg_msix_en_i(msix_en), .cfg_msix_mask_i(msix_mask),
      .cfg_atomic_en_i(atomic_en), .cfg_flr_i(flr), .cfg_ext_tag_i(ext_tag), .cfg_pending_o(pending));

  // At rest once nothing has moved here for so long that the card has seen all of it.
  logic [3:0] quiet_q;
  logic moved;
  assign moved  = !block_idle || down_valid || up_valid || rx_req_valid_i || rx_cpl_valid_i;
  assign idle_o = card_idle && block_idle && quiet_q == '1;
  assign wait_o = card_wait && block_idle && quiet_q == '1;
  always_ff @(posedge clk_i) quiet_q <= moved || rst_i ? '0 : quiet_q + 4'(quiet_q != '1);
endmodule
