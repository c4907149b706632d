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
  // Bits of a count of posted TLPs. Any number of them may pass a completion that waits for the adapter; that they are
  // behind it and not ahead is known while it is fewer than half of what is counted: seconds at one a cycle.
  localparam int unsigned N = 32;
  logic cpl_ready, c_valid, c_take;
  logic [N-1:0] given, behind, given_q, gone_q, lead;
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
  hvb_cross_fifo #(.WIDTH(256 + N), .DEPTH(16)) u_c (
      .w_clk_i(card_clk_i), .w_rst_i(card_rst_i), .w_valid_i(card_c_valid_i), .w_ready_o(card_c_ready_o),
      .w_data_i({given, card_c_i}), .r_clk_i(clk_i), .r_rst_i(rst_i), .r_valid_o(c_valid),
      .r_ready_i(c_take), .r_data_o({behind, c_o}));
  assign given     = given_q + N'(card_p_valid_i);
  assign lead      = gone_q - behind;
  assign c_valid_o = c_valid && !lead[N-1];
  assign c_take    = c_valid_o && c_ready_i;
  always_ff @(posedge card_clk_i) given_q <= card_rst_i ? '0 : given_q + N'(card_p_valid_i && card_p_ready_o);
  always_ff @(posedge clk_i) gone_q <= rst_i ? '0 : gone_q + N'(p_valid_o && p_ready_i);

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

`ifdef FORMAL
  // The queues are cut off; of what their own contract promises, what is needed here is assumed. The clocks rise when
  // they like: f_clk is the prover's time. Registers begin with anything, so a later reset is no other than the first.
  (* gclk *) logic f_clk;
  (* anyseq *) logic f_choose;
  logic f_was = 1'b1, f_card_was = 1'b1, f_clear = 1'b0, f_card_clear = 1'b0, f_off = 1'b0, f_card_off = 1'b0;
  logic [1:0] f_edges = '0, f_card_edges = '0;
  logic f_go, f_chosen_q, f_over_q, f_on_way, f_head, f_free, f_free_q, f_stall_q;
  logic [N-1:0] f_given_q, f_gone_q, f_behind_q, f_told_q, f_lead;
  logic [4:0] f_in_q, f_out_q, f_pos_q;
  logic [5:0] f_rets_q, f_made_q, f_gray_q, f_seen1, f_seen;
  logic [1:0] f_wait_q, f_flrs_q, f_resets_q, f_flr_wait_q;
  assign f_go     = f_edges == 2'd3 && f_card_edges == 2'd3;
  assign f_on_way = f_chosen_q && !f_over_q;
  assign f_head   = f_on_way && c_valid && f_out_q == f_pos_q;
  assign f_lead   = f_gone_q - f_behind_q;
  assign f_free   = f_free_q || f_gone_q == f_behind_q;
  for (genvar i = 0; i < 6; i++) begin : g_numbers
    assign f_seen1[i] = ^ret_seen1_q[5:i];
    assign f_seen[i]  = ^ret_seen_q[5:i];
  end

  // One completion, chosen freely, is followed, with the number of posted TLPs that were offered before it was taken.
  always_ff @(posedge card_clk_i) begin
    f_given_q  <= card_rst_i ? '0 : f_given_q + N'(card_p_valid_i && card_p_ready_o);
    f_in_q     <= card_rst_i ? '0 : f_in_q + 5'(card_c_valid_i && card_c_ready_o);
    f_chosen_q <= !card_rst_i && (f_chosen_q || (card_c_valid_i && card_c_ready_o && f_choose));
    if (!f_chosen_q) {f_pos_q, f_behind_q, f_told_q} <= {f_in_q, f_given_q + N'(card_p_valid_i), given};
    f_rets_q   <= card_rst_i ? '0 : f_rets_q + 6'(card_np_ret_i);
    f_gray_q   <= ret_gray_q;
    f_resets_q <= card_rst_i ? '0 : f_resets_q + 2'(card_flr_o);
    f_flr_wait_q <= card_rst_i || f_flrs_q == f_resets_q || card_flr_o ? '0 : f_flr_wait_q + 2'd1;
  end
  always_ff @(posedge clk_i) begin
    f_gone_q  <= rst_i ? '0 : f_gone_q + N'(p_valid_o && p_ready_i);
    f_out_q   <= rst_i ? '0 : f_out_q + 5'(c_valid && c_take);
    f_over_q  <= !rst_i && (f_over_q || (f_head && c_take));
    f_free_q  <= !rst_i && f_chosen_q && f_free;
    f_stall_q <= !rst_i && f_head && c_valid_o && !c_ready_i;
    f_made_q  <= rst_i ? '0 : f_made_q + 6'(np_ret_o);
    f_wait_q  <= rst_i || f_rets_q == f_made_q || np_ret_o ? '0 : f_wait_q + 2'd1;
    f_flrs_q  <= rst_i ? '0 : f_flrs_q + 2'(flr_i);
  end

  always_ff @(posedge f_clk) begin
    // the user's part: both resets until each clock has cleared its own and read the other's three times; once for all
    f_was      <= clk_i;
    f_card_was <= card_clk_i;
    if (clk_i && !f_was) begin
      f_clear <= 1'b1;
      if (f_clear && f_card_clear && f_edges != 2'd3) f_edges <= f_edges + 2'd1;
    end
    if (card_clk_i && !f_card_was) begin
      f_card_clear <= 1'b1;
      if (f_clear && f_card_clear && f_card_edges != 2'd3) f_card_edges <= f_card_edges + 2'd1;
    end
    f_off      <= f_off || !rst_i;
    f_card_off <= f_card_off || !card_rst_i;
    assume ((f_go || rst_i) && (f_go || card_rst_i));
    assume (!(f_off && rst_i) && !(f_card_off && card_rst_i));
    // an FLR behind the one before it; no more non-posted requests than the block has credits for
    assume (!flr_i || (f_flrs_q == f_resets_q && !rst_i && !card_rst_i));
    assume (!card_np_ret_i || 6'(f_rets_q - f_made_q) < 6'd32);
    // u_p and u_c: only what is inside comes out, in order; what is at the output stays; a place each and one more
    assume (!p_valid_o || f_gone_q != f_given_q);
    assume (!card_p_ready_o || N'(f_given_q - f_gone_q) < N'(17));
    assume (!c_valid || f_in_q != f_out_q);
    assume (!card_c_ready_o || 5'(f_in_q - f_out_q) < 5'd17);
    assume (!f_stall_q || c_valid);
    if (f_head) assume (behind == f_told_q);
    // a completion is passed by fewer posted TLPs than half of what their count counts
    if (f_on_way && f_free) assume (!f_lead[N-1]);
    if (f_go) begin
      // a completion goes when every posted TLP has gone that may not be passed, waits for no other, and then stays
      if (f_head) assert (c_valid_o == f_free);
      if (f_stall_q) assert (c_valid_o);
      assert ((c_valid && c_take) == (c_valid_o && c_ready_i));
      // each answer comes once, none before its time, within three cycles of the one before it
      if (np_ret_o) assert (f_rets_q != f_made_q);
      assert (6'(f_rets_q - f_made_q) <= 6'd32 && f_wait_q <= 2'd2);
      assert (((ret_gray_q ^ f_gray_q) & 6'((ret_gray_q ^ f_gray_q) - 6'd1)) == '0);
      // so does each FLR
      if (card_flr_o) assert (f_flrs_q != f_resets_q);
      assert (2'(f_flrs_q - f_resets_q) <= 2'd1 && f_flr_wait_q <= 2'd2);
      // how
      assert (given_q == f_given_q && gone_q == f_gone_q && N'(f_given_q - f_gone_q) <= N'(17));
      assert (5'(f_in_q - f_out_q) <= 5'd17);
      if (f_on_way) assert (f_told_q == f_behind_q && 5'(f_pos_q - f_out_q) < 5'(f_in_q - f_out_q));
      if (f_stall_q) assert (f_on_way && f_out_q == f_pos_q && f_free);
      if (f_on_way && !f_free) assert (N'(f_behind_q - f_gone_q) <= N'(18));
      assert (made_q == f_made_q && ret_q == f_rets_q && ret_gray_q == (ret_q ^ (ret_q >> 1)));
      assert (6'(f_seen - made_q) <= 6'(f_seen1 - made_q) && 6'(f_seen1 - made_q) <= 6'(ret_q - made_q));
      if (f_wait_q >= 2'd1) assert (f_seen1 != made_q);
      if (f_wait_q == 2'd2) assert (f_seen != made_q);
      assert (flr_q == f_flrs_q[0] && flr3_q == f_resets_q[0]);
      assert ((flr1_q != flr3_q || flr2_q == flr3_q) && (flr_q != flr3_q || flr1_q == flr3_q));
      if (f_flr_wait_q >= 2'd1) assert (flr1_q != flr3_q);
      if (f_flr_wait_q == 2'd2) assert (flr2_q != flr3_q);
    end
    // how the resets clear it
    if (f_clear && !f_off)
      assert ({gone_q, f_gone_q, f_out_q, f_over_q, f_free_q, f_stall_q, made_q, f_made_q, f_wait_q} == '0);
    if (f_card_clear && !f_card_off)
      assert ({given_q, f_given_q, f_in_q, f_chosen_q, ret_q, ret_gray_q, f_rets_q, f_resets_q, f_flr_wait_q} == '0);
    if (f_edges != '0 && !f_card_off) assert (ret_seen1_q == '0);
    if (f_edges >= 2'd2 && !f_card_off) assert (ret_seen_q == '0);
    if (f_card_edges != '0 && !f_card_off) assert (f_gray_q == '0);
    if (f_clear && (!f_off || !f_card_off)) assert ({flr_q, f_flrs_q} == '0);
    if (f_card_edges != '0 && (!f_off || !f_card_off)) assert (!flr1_q);
    if (f_card_edges >= 2'd2 && (!f_off || !f_card_off)) assert (!flr2_q);
    if (f_card_edges == 2'd3 && (!f_off || !f_card_off)) assert (!flr3_q);
    if (f_edges != '0 || f_card_edges != '0) assert (f_clear && f_card_clear);
    if (!f_go) assert (!f_off && !f_card_off);
    cover (f_go && f_head && f_free && f_behind_q == N'(2) && c_take);            // goes behind two posted TLPs
    cover (f_go && f_head && !f_free && f_given_q == f_behind_q);                 // waits for one that is on its way
    cover (f_go && f_stall_q && f_lead == N'(2));              // is passed by two while it waits
    cover (f_go && f_over_q && f_rets_q == 6'd3 && f_made_q == 6'd1 && np_ret_o); // answers faster than made good
    cover (f_go && f_flrs_q == 2'd2 && f_resets_q == 2'd2);                       // two FLRs
  end
`endif
endmodule
