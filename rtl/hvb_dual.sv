// SPDX-License-Identifier: MIT
// A memory with two ports, both on clk_i: a writes or reads, b reads; read data one cycle later. One copy of
// what would need two in hvb_ram, where writes and one reader take turns anyway.
// Promises: a read of a sees every write before it, and is good for one cycle. What b has read stays until b reads
// again. When a writes, whatever address, what b has or reads is void in the next cycle: it must read again then
// (HVB_RAM_INVERT makes a user that does not look visible).
module hvb_dual #(
    parameter int unsigned WIDTH = 8,   // bits, >= 1
    parameter int unsigned DEPTH = 16   // words, >= 2
) (
    input  logic                     clk_i,
    input  logic                     a_we_i,
    input  logic                     a_re_i,
    input  logic [$clog2(DEPTH)-1:0] a_addr_i,
    input  logic [WIDTH-1:0]         a_wdata_i,
    output logic [WIDTH-1:0]         a_rdata_o,
    input  logic                     b_re_i,
    input  logic [$clog2(DEPTH)-1:0] b_addr_i,
    output logic [WIDTH-1:0]         b_rdata_o,
    output logic                     b_void_o
);
  logic [WIDTH-1:0] mem [DEPTH];

  always_ff @(posedge clk_i) begin
    if (a_we_i) mem[a_addr_i] <= a_wdata_i;
    else if (a_re_i) a_rdata_o <= mem[a_addr_i];
    if (b_re_i) begin
`ifdef HVB_RAM_INVERT
      b_rdata_o <= a_we_i && a_addr_i == b_addr_i ? ~mem[b_addr_i] : mem[b_addr_i];
`else
      b_rdata_o <= mem[b_addr_i];
      if (a_we_i && a_addr_i == b_addr_i) b_rdata_o <= 'x;
`endif
    end
    b_void_o <= a_we_i;
  end

`ifdef FORMAL
  // for proofs of modules around this one: all that is in it
  logic [WIDTH*DEPTH-1:0] f_mem;
  for (genvar i = 0; i < DEPTH && DEPTH <= 64; i++) begin : g_mem
    assign f_mem[i*WIDTH+:WIDTH] = mem[i];
  end
  // One address stands for all.
  (* anyconst *) logic [$clog2(DEPTH)-1:0] f_at;
  logic f_known_q = 1'b0, f_a_q = 1'b0, f_b_q = 1'b0;
  logic [WIDTH-1:0] f_data_q, f_want_q, f_now;
  assign f_now = mem[f_at];
  always_ff @(posedge clk_i) begin
    if (a_we_i && a_addr_i == f_at) begin
      f_known_q <= 1'b1;
      f_data_q  <= a_wdata_i;
    end
    f_a_q    <= a_re_i && !a_we_i && a_addr_i == f_at && f_known_q;
    if (b_re_i) f_b_q <= b_addr_i == f_at && f_known_q;
    assume (!b_void_o || b_re_i);  // the user's part: what was void is read again
    f_want_q <= f_data_q;
    if (f_known_q) assert (f_now == f_data_q);               // what is written stays
    if (f_a_q) assert (a_rdata_o == f_want_q);               // and is read by a
    if (f_b_q && !b_void_o) assert (b_rdata_o == f_data_q);  // and by b, unless that says it was not
    cover (f_a_q && f_b_q && !b_void_o);
    cover (f_b_q && b_void_o);
  end
`endif
endmodule
