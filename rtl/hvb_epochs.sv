// SPDX-License-Identifier: MIT
// Two counters for each VP, one an epoch, in block RAM: both of one VP change by -1, 0 or 1 in each cycle, any pattern;
// the drain reads those of another.
// Promises: what a change did is in view_o three cycles later; view_o belongs to the view_vp_i of the cycle before.
module hvb_epochs #(
    parameter int unsigned VPS = 256,
    parameter int unsigned CW = 13    // bits of a counter, which wraps
) (
    input  logic                   clk_i,
    input  logic                   clear_i,       // while clear_addr_i walks
    input  logic [15:0]            clear_addr_i,
    input  logic [1:0]             up_i,          // a bit an epoch
    input  logic [1:0]             down_i,
    input  logic [$clog2(VPS)-1:0] vp_i,
    input  logic [$clog2(VPS)-1:0] view_vp_i,
    output logic [2*CW-1:0]        view_o         // epoch 1 in the upper half
);
  localparam int unsigned VW = $clog2(VPS);
  logic [1:0] up1_q, down1_q, up2_q, down2_q;
  logic [VW-1:0] vp1_q, vp2_q, waddr;
  logic [2*CW-1:0] was, now;
  logic we;

  for (genvar e = 0; e < 2; e++) begin : g_epoch
    assign now[e*CW+:CW] = was[e*CW+:CW] + {{(CW-1){down2_q[e]}}, up2_q[e] || down2_q[e]};
  end
  assign we    = clear_i || (up2_q | down2_q) != '0;
  assign waddr = clear_i ? VW'(clear_addr_i) : vp2_q;
  hvb_ram #(.WIDTH(2 * CW), .DEPTH(VPS)) u_own (
      .clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(clear_i ? '0 : now), .re_i(1'b1), .raddr_i(vp1_q), .rdata_o(was));
  hvb_ram #(.WIDTH(2 * CW), .DEPTH(VPS)) u_view (
      .clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(clear_i ? '0 : now), .re_i(1'b1), .raddr_i(view_vp_i),
      .rdata_o(view_o));

  always_ff @(posedge clk_i) begin
    vp1_q   <= vp_i;
    vp2_q   <= vp1_q;
    up1_q   <= clear_i ? '0 : up_i;
    down1_q <= clear_i ? '0 : down_i;
    up2_q   <= clear_i ? '0 : up1_q;
    down2_q <= clear_i ? '0 : down1_q;
  end
endmodule
