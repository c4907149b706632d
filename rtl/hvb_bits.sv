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
    assign rdata_o[i] = seen[4'(at)];
  end
endmodule
