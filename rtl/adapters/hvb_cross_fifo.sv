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
endmodule
