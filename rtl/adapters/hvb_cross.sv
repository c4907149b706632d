// SPDX-License-Identifier: MIT
// Between an adapter on its block's clock (clk_i) and a card on a slower one of its own: the card's streams and what of
// configuration it needs, across (ports of the adapter's side are named as hvb_us names them, the card's with card_).
// Promises: each stream in order, a beat in each of the card's cycles, 3 to 4 cycles of the clock it goes to. A
// completion of the card comes out behind every posted TLP that was at the card's output when it was given, or had left
// it; posted TLPs and AtomicOps never wait for another stream. Completions for the card need no room but for
// TAGS: the card takes one a cycle and never has more of them to come.
// Relies on: both resets 1 at once for some cycles of each clock.
module hvb_cross (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         card_clk_i,
    input  logic         card_rst_i,
    // adapter
    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  logic [259:0] req_i,           // error, BAR, header, payload
    output logic         np_ret_o,
    input  logic         cpl_valid_i,
    input  logic [256:0] cpl_i,           // error, header, payload
    output logic         p_valid_o,
    input  logic         p_ready_i,
    output logic [255:0] p_o,             // header, payload
    output logic         np_valid_o,
    input  logic         np_ready_i,
    output logic [255:0] np_o,
    output logic         c_valid_o,
    input  logic         c_ready_i,
    output logic [255:0] c_o,
    input  logic [19:0]  cfg_i,           // levels: id, bus master, MSI-X enable and mask, AtomicOp requester enable
    input  logic         flr_i,           // pulse
    output logic         pending_o,
    // card
    output logic         card_req_valid_o,
    input  logic         card_req_ready_i,
    output logic [259:0] card_req_o,
    input  logic         card_np_ret_i,
    output logic         card_cpl_valid_o,
    output logic [256:0] card_cpl_o,
    input  logic         card_p_valid_i,
    output logic         card_p_ready_o,
    input  logic [255:0] card_p_i,
    input  logic         card_np_valid_i,
    output logic         card_np_ready_o,
    input  logic [255:0] card_np_i,
    input  logic         card_c_valid_i,
    output logic         card_c_ready_o,
    input  logic [255:0] card_c_i,
    output logic [19:0]  card_cfg_o,
    output logic         card_flr_o,
    input  logic         card_pending_i
);
  logic cpl_ready, c_valid;
  logic [7:0] behind, given_q, gone_q, lead;
  hvb_cross_fifo #(.WIDTH(260), .DEPTH(16)) u_req (
      .w_clk_i(clk_i), .w_rst_i(rst_i), .w_valid_i(req_valid_i), .w_ready_o(req_ready_o), .w_data_i(req_i),
      .r_clk_i(card_clk_i), .r_rst_i(card_rst_i), .r_valid_o(card_req_valid_o), .r_ready_i(card_req_ready_i),
      .r_data_o(card_req_o));
  hvb_cross_fifo #(.WIDTH(257), .DEPTH(64)) u_cpl (
      .w_clk_i(clk_i), .w_rst_i(rst_i), .w_valid_i(cpl_valid_i), .w_ready_o(cpl_ready), .w_data_i(cpl_i),
      .r_clk_i(card_clk_i), .r_rst_i(card_rst_i), .r_valid_o(card_cpl_valid_o), .r_ready_i(1'b1),
      .r_data_o(card_cpl_o));
  hvb_cross_fifo #(.WIDTH(256), .DEPTH(16)) u_p (
      .w_clk_i(card_clk_i), .w_rst_i(card_rst_i), .w_valid_i(card_p_valid_i), .w_ready_o(card_p_ready_o),
      .w_data_i(card_p_i), .r_clk_i(clk_i), .r_rst_i(rst_i), .r_valid_o(p_valid_o), .r_ready_i(p_ready_i),
      .r_data_o(p_o));
  hvb_cross_fifo #(.WIDTH(256), .DEPTH(4)) u_np (
      .w_clk_i(card_clk_i), .w_rst_i(card_rst_i), .w_valid_i(card_np_valid_i), .w_ready_o(card_np_ready_o),
      .w_data_i(card_np_i), .r_clk_i(clk_i), .r_rst_i(rst_i), .r_valid_o(np_valid_o), .r_ready_i(np_ready_i),
      .r_data_o(np_o));
  // with each completion goes the number of the posted TLP that it may not pass
  hvb_cross_fifo #(.WIDTH(264), .DEPTH(16)) u_c (
      .w_clk_i(card_clk_i), .w_rst_i(card_rst_i), .w_valid_i(card_c_valid_i), .w_ready_o(card_c_ready_o),
      .w_data_i({given_q + 8'(card_p_valid_i), card_c_i}), .r_clk_i(clk_i), .r_rst_i(rst_i), .r_valid_o(c_valid),
      .r_ready_i(c_ready_i && c_valid_o), .r_data_o({behind, c_o}));
  assign lead      = gone_q - behind;
  assign c_valid_o = c_valid && !lead[7];
  always_ff @(posedge card_clk_i) given_q <= card_rst_i ? '0 : given_q + 8'(card_p_valid_i && card_p_ready_o);
  always_ff @(posedge clk_i) gone_q <= rst_i ? '0 : gone_q + 8'(p_valid_o && p_ready_i);

  // answered non-posted requests: a count in Gray code, made good one a cycle
  logic [5:0] ret_q, ret_next, ret_gray_q, ret_seen1_q, ret_seen_q, made_q, made_gray;
  assign ret_next  = ret_q + 6'(card_np_ret_i);
  assign made_gray = made_q ^ (made_q >> 1);
  assign np_ret_o  = made_gray != ret_seen_q && !rst_i;
  always_ff @(posedge card_clk_i) begin
    ret_q      <= card_rst_i ? '0 : ret_next;
    ret_gray_q <= card_rst_i ? '0 : ret_next ^ (ret_next >> 1);
  end
  always_ff @(posedge clk_i) begin
    {ret_seen_q, ret_seen1_q} <= {ret_seen1_q, ret_gray_q};
    made_q <= rst_i ? '0 : made_q + 6'(np_ret_o);
  end

  // levels, each for itself: the id is read when it has long been what it is; an FLR as a change of one
  logic [19:0] cfg_q, cfg1_q;
  logic flr_q, flr1_q, flr2_q, flr3_q, pending_q, pending1_q;
  always_ff @(posedge clk_i) begin
    flr_q <= !rst_i && flr_q ^ flr_i;
    {pending_q, pending1_q} <= {pending1_q, card_pending_i};
  end
  always_ff @(posedge card_clk_i) begin
    {cfg_q, cfg1_q} <= {cfg1_q, cfg_i};
    {flr3_q, flr2_q, flr1_q} <= {flr2_q, flr1_q, flr_q};
  end
  assign card_cfg_o = cfg_q;
  assign card_flr_o = (flr3_q ^ flr2_q) && !card_rst_i;
  assign pending_o  = pending_q;
endmodule
