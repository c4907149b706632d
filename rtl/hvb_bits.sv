// SPDX-License-Identifier: MIT
// An array of single bits in distributed memory, rows of 16: one writer, READS readers, all combinational reads.
// Promises: a read shows every write of an earlier cycle and none of this one. clear_i, held while clear_row_i walks
// over all rows, zeroes it; meanwhile a read may show what was there before.
module hvb_bits #(
    parameter int unsigned DEPTH = 256,  // bits, 2 to 4096
    parameter int unsigned READS = 1
) (
    input  logic                           clk_i,
    input  logic                           clear_i,
    input  logic [15:0]                    clear_row_i,
    input  logic                           we_i,
    input  logic [$clog2(DEPTH)-1:0]       waddr_i,
    input  logic                           wdata_i,
    output logic                           was_o,    // the bit at waddr_i
    input  logic [READS*$clog2(DEPTH)-1:0] raddr_i,
    output logic [READS-1:0]               rdata_o
);
  localparam int unsigned AW = $clog2(DEPTH), RW = AW > 5 ? AW - 4 : 1;
  logic [15:0] mem [1 << RW];
  logic [RW-1:0] wrow;
  logic [15:0] row, bit_at;

  assign wrow   = RW'(16'(waddr_i) >> 4);
  assign row    = mem[wrow];
  assign bit_at = 16'd1 << 4'(waddr_i);
  assign was_o  = row[4'(waddr_i)];
  always_ff @(posedge clk_i)
    if (clear_i) mem[RW'(clear_row_i)] <= '0;
    else if (we_i) mem[wrow] <= wdata_i ? row | bit_at : row & ~bit_at;

  for (genvar i = 0; i < READS; i++) begin : g_read
    logic [AW-1:0] at;
    logic [15:0] seen;
    assign at   = raddr_i[i*AW+:AW];
    assign seen = mem[RW'(16'(at) >> 4)];
    assign rdata_o[i] = (seen & (16'd1 << 4'(at))) != '0;  // which bit is known before its row is
  end

`ifdef FORMAL
  // One bit stands for all.
  (* anyconst *) logic [AW-1:0] f_at;
  logic f_known_q = 1'b0, f_bit_q;
  always_ff @(posedge clk_i) begin
    if (clear_i && RW'(clear_row_i) == RW'(16'(f_at) >> 4)) {f_known_q, f_bit_q} <= 2'b10;
    else if (!clear_i && we_i && waddr_i == f_at) f_bit_q <= wdata_i;
    if (f_known_q) begin
      // every reader sees every write of an earlier cycle, and no write of another bit
      for (int i = 0; i < READS; i++) if (raddr_i[i*AW+:AW] == f_at) assert (rdata_o[i] == f_bit_q);
      if (waddr_i == f_at) assert (was_o == f_bit_q);
      // how
      assert (mem[RW'(16'(f_at) >> 4)][4'(f_at)] == f_bit_q);
    end
    cover (f_known_q && f_bit_q && we_i && waddr_i == f_at && !wdata_i && raddr_i[0+:AW] == f_at);
  end
`endif
endmodule
