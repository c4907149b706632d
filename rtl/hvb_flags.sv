// SPDX-License-Identifier: MIT
// Flags that wait: 64 a word, in one copy. Signals set one flag each, by a port of one bit, and need not read for it;
// the take exchanges a word: it gets what is there and leaves what it brings, by a port of all bits.
// Promises: a flag a cycle and an exchange a cycle; an exchange's data a cycle later, kept until the next. The user's
// part: never both on one word in one cycle (HVB_RAM_INVERT makes that visible).
module hvb_flags #(
    parameter int unsigned WORDS = 2048  // at least 2
) (
    input  logic                     clk_i,
    input  logic                     set_i,
    input  logic [$clog2(WORDS)-1:0] set_at_i,
    input  logic [5:0]               set_flag_i,
    input  logic                     swap_i,
    input  logic [$clog2(WORDS)-1:0] swap_at_i,
    input  logic [63:0]              swap_in_i,
    output logic [63:0]              swap_out_o
);
  // as many flags beside one another as make a block RAM of 16 Kb
  localparam int unsigned LANE = WORDS > 1024 ? 8 : 16, LW = $clog2(LANE);
  logic clash;
  assign clash = set_i && set_at_i == swap_at_i;

  for (genvar i = 0; i < 64 / LANE; i++) begin : g_lane
    // one flag a line, so that both ports' widths can be had of one memory
    logic mem [LANE*WORDS];
    always_ff @(posedge clk_i)
      if (set_i && set_flag_i[5:LW] == (6-LW)'(i)) mem[{set_at_i, set_flag_i[LW-1:0]}] <= 1'b1;
    for (genvar k = 0; k < LANE; k++) begin : g_flag
      always_ff @(posedge clk_i)
        if (swap_i) begin
          mem[{swap_at_i, LW'(k)}] <= swap_in_i[LANE*i+k];
`ifdef HVB_RAM_INVERT
          swap_out_o[LANE*i+k] <= mem[{swap_at_i, LW'(k)}] ^ (clash && set_flag_i == 6'(LANE * i + k));
`else
          swap_out_o[LANE*i+k] <= clash && set_flag_i == 6'(LANE * i + k) ? 1'bx : mem[{swap_at_i, LW'(k)}];
`endif
        end
    end
`ifdef FORMAL
    logic [LANE*WORDS-1:0] f_lane;
    for (genvar j = 0; j < LANE * WORDS && WORDS <= 64; j++) begin : g_line
      assign f_lane[j] = mem[j];
    end
`endif
  end

`ifdef FORMAL
  // for proofs of modules around this one: all that is in it
  logic [64*WORDS-1:0] f_mem;
  for (genvar i = 0; i < 64 / LANE; i++) begin : g_all
    for (genvar w = 0; w < WORDS && WORDS <= 64; w++) begin : g_word
      assign f_mem[64*w+LANE*i+:LANE] = g_lane[i].f_lane[LANE*w+:LANE];
    end
  end
  // One word and one of its flags stand for all.
  (* anyconst *) logic [$clog2(WORDS)-1:0] f_at;
  (* anyconst *) logic [5:0] f_flag;
  logic f_known_q = 1'b0, f_read_q = 1'b0, f_is_q, f_want_q, f_swap, f_set;
  assign f_swap = swap_i && swap_at_i == f_at;
  assign f_set  = set_i && set_at_i == f_at && set_flag_i == f_flag;
  always_ff @(posedge clk_i) begin
    assume (!(clash && swap_i));
    if (f_swap || f_set) begin
      f_known_q <= 1'b1;
      f_is_q    <= f_set || swap_in_i[f_flag];
    end
    if (swap_i) f_read_q <= f_swap && f_known_q;
    if (f_swap) f_want_q <= f_is_q;
    if (f_known_q) assert (f_mem[64*f_at+f_flag] == f_is_q);  // what is set or brought stays
    if (f_read_q) assert (swap_out_o[f_flag] == f_want_q);    // and is what the next exchange gets
    cover (f_read_q && f_want_q && !f_is_q);
  end
`endif
endmodule
