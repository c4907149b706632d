// SPDX-License-Identifier: MIT
// A queue between two clocks that know nothing of each other. A beat moves where valid and ready are both 1; what goes
// in comes out once and in order, 3 to 4 cycles of the reader later, and stays at the output until it is taken. Both
// resets are to be 1 at once for some cycles of each clock before the queue is used. The counts cross in Gray code, so
// the paths between the clocks may differ by up to a cycle of the faster one.
module hvb_cross_fifo #(
    parameter int unsigned WIDTH = 8,   // bits
    parameter int unsigned DEPTH = 16   // entries, a power of two, 4 or more
) (
    input  logic             w_clk_i,
    input  logic             w_rst_i,
    input  logic             w_valid_i,
    output logic             w_ready_o,
    input  logic [WIDTH-1:0] w_data_i,
    input  logic             r_clk_i,
    input  logic             r_rst_i,
    output logic             r_valid_o,
    input  logic             r_ready_i,
    output logic [WIDTH-1:0] r_data_o
);
  localparam int unsigned AW = $clog2(DEPTH);
  if (DEPTH < 4 || (1 << AW) != DEPTH) begin : g_bad_depth
    $fatal(1, "hvb_cross_fifo: DEPTH must be a power of two, 4 or more");
  end

  logic [WIDTH-1:0] mem [DEPTH];
  logic [AW:0] w_q, w_next, w_gray_q, w_seen1_q, w_seen_q, r_q, r_next, r_gray_q, r_seen1_q, r_seen_q;
  logic put, take;

  // full: the counts differ by DEPTH, that is in Gray code by the two upper bits alone
  assign w_ready_o = w_gray_q != (r_seen_q ^ {2'b11, (AW-1)'(0)});
  assign put       = w_valid_i && w_ready_o;
  assign w_next    = w_q + (AW+1)'(put);
  always_ff @(posedge w_clk_i) begin
    if (put) mem[w_q[AW-1:0]] <= w_data_i;
    w_q      <= w_rst_i ? '0 : w_next;
    w_gray_q <= w_rst_i ? '0 : w_next ^ (w_next >> 1);
    {r_seen_q, r_seen1_q} <= {r_seen1_q, r_gray_q};
  end

  assign take   = w_seen_q != r_gray_q && (!r_valid_o || r_ready_i);
  assign r_next = r_q + (AW+1)'(take);
  always_ff @(posedge r_clk_i) begin
    if (take) r_data_o <= mem[r_q[AW-1:0]];
    r_valid_o <= !r_rst_i && (take || r_valid_o && !r_ready_i);
    r_q       <= r_rst_i ? '0 : r_next;
    r_gray_q  <= r_rst_i ? '0 : r_next ^ (r_next >> 1);
    {w_seen_q, w_seen1_q} <= {w_seen1_q, w_gray_q};
  end

`ifdef FORMAL
  // The clocks rise when they like: f_clk is the prover's time, in each of whose steps either may rise, both, or none.
  // Registers begin with anything, so a reset later on is no other than the first.
  (* gclk *) logic f_clk;
  (* anyseq *) logic f_choose;
  logic f_w_was = 1'b1, f_r_was = 1'b1, f_w_clear = 1'b0, f_r_clear = 1'b0, f_w_off = 1'b0, f_r_off = 1'b0;
  logic [1:0] f_w_edges = '0, f_r_edges = '0;
  logic f_go, f_chosen_q, f_over_q, f_stall_q, f_on_way, f_inside;
  logic [WIDTH-1:0] f_data_q, f_stall_data_q;
  logic [AW:0] f_went_q, f_came_q, f_pos_q, f_w_last_q, f_r_last_q, f_w_seen1, f_w_seen, f_r_seen1, f_r_seen;
  logic [1:0] f_age_q;
  assign f_go     = f_w_edges == 2'd2 && f_r_edges == 2'd2;
  assign f_on_way = f_chosen_q && !f_over_q;
  assign f_inside = f_on_way && (AW+1)'(f_pos_q - r_q) < (AW+1)'(w_q - r_q);
  // the counts that are seen, as numbers
  for (genvar i = 0; i <= AW; i++) begin : g_numbers
    assign f_w_seen1[i] = ^w_seen1_q[AW:i];
    assign f_w_seen[i]  = ^w_seen_q[AW:i];
    assign f_r_seen1[i] = ^r_seen1_q[AW:i];
    assign f_r_seen[i]  = ^r_seen_q[AW:i];
  end

  // Beats are counted at the ports. One that goes in, chosen freely, is followed: it is to come out at its number.
  always_ff @(posedge w_clk_i) begin
    f_w_last_q <= w_gray_q;
    f_went_q   <= w_rst_i ? '0 : f_went_q + (AW+1)'(w_valid_i && w_ready_o);
    f_chosen_q <= !w_rst_i && (f_chosen_q || (w_valid_i && w_ready_o && f_choose));
    if (!f_chosen_q) {f_pos_q, f_data_q} <= {f_went_q, w_data_i};
  end
  always_ff @(posedge r_clk_i) begin
    f_r_last_q     <= r_gray_q;
    f_came_q       <= r_rst_i ? '0 : f_came_q + (AW+1)'(r_valid_o && r_ready_i);
    f_over_q       <= !r_rst_i && (f_over_q || (r_valid_o && r_ready_i && f_chosen_q && f_came_q == f_pos_q));
    f_stall_q      <= !r_rst_i && r_valid_o && !r_ready_i;
    f_stall_data_q <= r_data_o;
    if (!f_chosen_q) f_age_q <= '0;
    else if (f_age_q != 2'd3) f_age_q <= f_age_q + 2'd1;
  end

  always_ff @(posedge f_clk) begin
    // the user's part: both resets until each clock has cleared its own and read the other's twice; then once for all
    f_w_was <= w_clk_i;
    f_r_was <= r_clk_i;
    if (w_clk_i && !f_w_was) begin
      f_w_clear <= 1'b1;
      if (f_w_clear && f_r_clear && f_w_edges != 2'd2) f_w_edges <= f_w_edges + 2'd1;
    end
    if (r_clk_i && !f_r_was) begin
      f_r_clear <= 1'b1;
      if (f_w_clear && f_r_clear && f_r_edges != 2'd2) f_r_edges <= f_r_edges + 2'd1;
    end
    f_w_off <= f_w_off || !w_rst_i;
    f_r_off <= f_r_off || !r_rst_i;
    assume ((f_go || w_rst_i) && (f_go || r_rst_i));
    assume (!(f_w_off && w_rst_i) && !(f_r_off && r_rst_i));
    if (f_go) begin
      // all that goes in comes out, once, in order, as it was; never more inside than there is room
      assert ((AW+1)'(f_went_q - f_came_q) <= (AW+1)'(DEPTH + 1));
      if (f_on_way) begin
        assert ((AW+1)'(f_pos_q - f_came_q) < (AW+1)'(f_went_q - f_came_q));
        if (r_valid_o && f_came_q == f_pos_q) assert (r_data_o == f_data_q);
      end
      if (r_valid_o) assert (f_went_q != f_came_q);
      // it stays at the output until it is taken
      if (f_stall_q) assert (r_valid_o && r_data_o == f_stall_data_q);
      // what the other clock reads changes by one bit at an edge
      assert (((w_gray_q ^ f_w_last_q) & (AW+1)'((w_gray_q ^ f_w_last_q) - 1'b1)) == '0);
      assert (((r_gray_q ^ f_r_last_q) & (AW+1)'((r_gray_q ^ f_r_last_q) - 1'b1)) == '0);
      // neither side believes what is not so: the reader no beat not written, the writer no place not read
      assert ((AW+1)'(w_q - r_q) <= (AW+1)'(DEPTH) && (AW+1)'(w_q - f_r_seen) <= (AW+1)'(DEPTH));
      assert ((AW+1)'(f_w_seen - r_q) <= (AW+1)'(f_w_seen1 - r_q) && (AW+1)'(f_w_seen1 - r_q) <= (AW+1)'(w_q - r_q));
      assert ((AW+1)'(w_q - f_r_seen) >= (AW+1)'(w_q - f_r_seen1) && (AW+1)'(w_q - f_r_seen1) >= (AW+1)'(w_q - r_q));
      // a beat is seen at the second edge, a place that is seen free is offered: neither waits for anything else
      if (f_inside && f_age_q >= 2'd1) assert ((AW+1)'(f_pos_q - r_q) < (AW+1)'(f_w_seen1 - r_q));
      if (f_inside && f_age_q >= 2'd2) assert ((AW+1)'(f_pos_q - r_q) < (AW+1)'(f_w_seen - r_q));
      assert (take == (f_w_seen != r_q && (!r_valid_o || r_ready_i)));
      assert (w_ready_o == ((AW+1)'(w_q - f_r_seen) != (AW+1)'(DEPTH)));
      // how
      assert (w_gray_q == (w_q ^ (w_q >> 1)) && r_gray_q == (r_q ^ (r_q >> 1)));
      assert (w_q == f_went_q && r_q == f_came_q + (AW+1)'(r_valid_o));
      if (f_inside) assert (mem[f_pos_q[AW-1:0]] == f_data_q);
      if (f_on_way && !f_inside) assert (r_valid_o && f_pos_q == f_came_q);
    end
    // how the resets clear it
    if (f_w_clear && !f_w_off) assert ({w_q, w_gray_q, f_went_q, f_chosen_q} == '0);
    if (f_r_clear && !f_r_off) assert ({r_q, r_gray_q, r_valid_o, f_came_q, f_over_q, f_stall_q} == '0);
    if (f_w_edges >= 2'd1 && !f_w_off) assert (f_w_last_q == '0);
    if (f_w_edges >= 2'd1 && !f_r_off) assert (r_seen1_q == '0);
    if (f_w_edges == 2'd2 && !f_r_off) assert (r_seen_q == '0);
    if (f_r_edges >= 2'd1 && !f_r_off) assert (f_r_last_q == '0);
    if (f_r_edges >= 2'd1 && !f_w_off) assert (w_seen1_q == '0);
    if (f_r_edges == 2'd2 && !f_w_off) assert (w_seen_q == '0);
    if (f_r_edges >= 2'd1 && !f_chosen_q) assert (f_age_q == '0);
    if (f_w_edges != '0 || f_r_edges != '0) assert (f_w_clear && f_r_clear);
    if (!f_go) assert (!f_w_off && !f_r_off);
    cover (f_go && f_over_q && f_pos_q[AW] && f_came_q != f_pos_q);          // out, and goes on behind the counts' turn
    cover (f_go && (AW+1)'(f_went_q - f_came_q) == (AW+1)'(DEPTH + 1));      // full, and one at the output
    cover (f_go && !w_ready_o && f_r_seen != r_q);                           // room that the writer does not see yet
    cover (f_go && f_inside && f_w_seen == r_q && !r_valid_o); // a beat that the reader does not see yet
    cover (f_go && f_stall_q && r_valid_o && r_ready_i && take);             // waited, then the next behind it
    cover (f_go && f_w_off && f_r_off && w_clk_i && !f_w_was && r_clk_i && !f_r_was && put && take);  // both at once
  end
`endif
endmodule
