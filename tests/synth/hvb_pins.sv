// SPDX-License-Identifier: MIT
// The card between two shift registers, so that it can be placed and routed alone: a register before every input and
// behind every output, as an adapter has them, and a handful of pins. Only what lies between registers of the card, or
// between the card and these, is measured.
module hvb_pins #(
    parameter int unsigned VECS = 256,
    parameter bit CFG_SPACE = 1'b1,
    parameter bit TRACE = 1'b1,
    parameter bit OWNED = 1'b1
) (
    input  logic clk_i,
    input  logic rst_i,
    input  logic bit_i,
    output logic bit_o
);
  localparam int unsigned IN = 2 + 3 + 256 + 2 + 256 + 3 + 64 + 22, OUT = 3 * 257 + 3;
  logic [IN-1:0]  in_q;
  logic [OUT-1:0] out, out_q, fold_q;
  logic rst_q;

  always_ff @(posedge clk_i) begin
    rst_q  <= rst_i;
    in_q   <= {in_q[IN-2:0], bit_i};
    out_q  <= out;
    fold_q <= {fold_q[OUT-2:0], in_q[IN-1]} ^ out_q;
    bit_o  <= fold_q[OUT-1];
  end

  // kept apart until its cells are counted
  (* keep_hierarchy *)
  hvb_card #(.VECS(VECS), .CFG_SPACE(CFG_SPACE), .TRACE(TRACE), .OWNED(OWNED)) u_card (
      .clk_i, .rst_i(rst_q),
      .rx_req_valid_i(in_q[0]), .rx_req_err_i(in_q[1]), .rx_req_bar_i(in_q[2+:3]), .rx_req_hdr_i(in_q[5+:128]),
      .rx_req_data_i(in_q[133+:128]), .rx_cpl_valid_i(in_q[261]), .rx_cpl_err_i(in_q[262]),
      .rx_cpl_hdr_i(in_q[263+:128]), .rx_cpl_data_i(in_q[391+:128]), .tx_p_ready_i(in_q[519]),
      .tx_np_ready_i(in_q[520]), .tx_cpl_ready_i(in_q[521]), .time_i(in_q[522+:64]), .cfg_id_i(in_q[586+:16]),
      .cfg_bme_i(in_q[602]), .cfg_msix_en_i(in_q[603]), .cfg_msix_mask_i(in_q[604]), .cfg_atomic_en_i(in_q[605]),
      .cfg_flr_i(in_q[606]), .cfg_ext_tag_i(in_q[607]),
      .rx_req_ready_o(out[0]), .rx_np_ret_o(out[1]), .idle_o(out[2]),
      .tx_p_valid_o(out[3]), .tx_p_hdr_o(out[4+:128]), .tx_p_data_o(out[132+:128]),
      .tx_np_valid_o(out[260]), .tx_np_hdr_o(out[261+:128]), .tx_np_data_o(out[389+:128]),
      .tx_cpl_valid_o(out[517]), .tx_cpl_hdr_o(out[518+:128]), .tx_cpl_data_o(out[646+:128]));
endmodule
