// SPDX-License-Identifier: MIT
// An array of 32-bit counters in one memory: one increment a cycle, any pattern; a second read port for the host,
// data one cycle after its address. An increment shows two cycles later.
module hvb_count #(
    parameter int unsigned DEPTH = 1024
) (
    input  logic                     clk_i,
    input  logic                     clear_i,       // clears counter clear_addr_i
    input  logic [15:0]              clear_addr_i,
    input  logic                     inc_i,
    input  logic [$clog2(DEPTH)-1:0] at_i,
    input  logic                     re_i,
    input  logic [$clog2(DEPTH)-1:0] raddr_i,
    output logic [31:0]              rdata_o
);
  localparam int unsigned AW = $clog2(DEPTH);
  logic          inc_q, we;
  logic [AW-1:0] at_q, waddr;
  logic [31:0]   old, wdata;

  assign we    = clear_i || inc_q;
  assign waddr = clear_i ? AW'(clear_addr_i) : at_q;
  assign wdata = clear_i ? '0 : old + 32'd1;
  hvb_ram #(.WIDTH(32), .DEPTH(DEPTH)) u_own (.clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(wdata), .re_i(inc_i),
      .raddr_i(at_i),
      .rdata_o(old));
  hvb_ram #(.WIDTH(32), .DEPTH(DEPTH)) u_host (.clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(wdata), .re_i, .raddr_i,
      .rdata_o);

  always_ff @(posedge clk_i) begin
    inc_q <= inc_i && !clear_i;
    at_q  <= at_i;
  end
endmodule
