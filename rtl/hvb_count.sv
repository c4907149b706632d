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

`ifdef FORMAL
  // One counter stands for all; f_count_q is what it should be, once it was cleared.
  (* anyconst *) logic [AW-1:0] f_at;
  (* hierconn *) logic [32*DEPTH-1:0] \u_own.f_mem , \u_host.f_mem ;
  logic f_known_q = 1'b0, f_read_q = 1'b0;
  logic [31:0] f_count_q, f_want_q;
  always_ff @(posedge clk_i) begin
    if (clear_i && AW'(clear_addr_i) == f_at) begin
      f_known_q <= 1'b1;
      f_count_q <= '0;
    end else if (clear_i && inc_q && at_q == f_at) f_known_q <= 1'b0;  // a clear of another one has the port
    else if (inc_i && !clear_i && at_i == f_at) f_count_q <= f_count_q + 32'd1;
    f_read_q <= re_i && raddr_i == f_at && f_known_q && !clear_i;
    f_want_q <= f_count_q;
    if (f_read_q) assert (rdata_o == f_want_q);  // no increment is lost or doubled, whatever the distance of two
    // how: both copies hold the count, less the increment under way, which is known to be about the old one
    if (f_known_q) begin
      assert (\u_own.f_mem [{f_at, 5'd0}+:32] == f_count_q - 32'(inc_q && at_q == f_at));
      assert (\u_host.f_mem [{f_at, 5'd0}+:32] == f_count_q - 32'(inc_q && at_q == f_at));
      if (inc_q && at_q == f_at) assert (old == f_count_q - 32'd1);
    end
    cover (f_read_q && rdata_o == 32'd3 && inc_q && at_q == f_at);
    cover (f_known_q && inc_i && inc_q && at_i == f_at && at_q == f_at);
  end
`endif
endmodule
