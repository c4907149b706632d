// SPDX-License-Identifier: MIT
// A small queue: the head is visible as long as empty_o is 0, a push shows one cycle later. Pushing into a full
// queue and popping an empty one are the user's mistakes. clear_i empties it.
module hvb_fifo #(
    parameter int unsigned WIDTH = 8,   // bits
    parameter int unsigned DEPTH = 16   // entries, a power of two >= 2
) (
    input  logic                   clk_i,
    input  logic                   clear_i,
    input  logic                   push_i,
    input  logic [WIDTH-1:0]       data_i,
    input  logic                   pop_i,
    output logic [WIDTH-1:0]       head_o,
    output logic                   empty_o,
    output logic [$clog2(DEPTH):0] count_o
);
  localparam int unsigned AW = $clog2(DEPTH);
  if (DEPTH < 2 || (1 << AW) != DEPTH) begin : g_bad_depth
    $fatal(1, "hvb_fifo: DEPTH must be a power of two");
  end

  logic [WIDTH-1:0] mem [DEPTH];
  logic [AW:0] w_q, r_q;

  assign head_o  = mem[r_q[AW-1:0]];
  assign count_o = w_q - r_q;
  assign empty_o = w_q == r_q;

  always_ff @(posedge clk_i) begin
    if (push_i) mem[w_q[AW-1:0]] <= data_i;
    if (clear_i) begin
      w_q <= '0;
      r_q <= '0;
    end else begin
      w_q <= w_q + (AW+1)'(push_i);
      r_q <= r_q + (AW+1)'(pop_i);
    end
  end
endmodule
