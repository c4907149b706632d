// SPDX-License-Identifier: MIT
// Two counters for each VP, one an epoch, in block RAM: both of one VP change by -1, 0 or 1 in each cycle, any pattern;
// the drain reads those of another.
// Promises: what a change did is in view_o two cycles later; view_o belongs to the view_vp_i of the cycle before.
module hvb_epochs #(
    parameter int unsigned VPS = 256,
    parameter int unsigned CW = 13    // bits of a counter, which wraps
) (
    input  logic                   clk_i,
    input  logic                   clear_i,       // while clear_addr_i walks
    input  logic [15:0]            clear_addr_i,
    input  logic [$clog2(VPS)-1:0] vp_i,
    input  logic [1:0]             up_i,          // of the vp_i of the cycle before, a bit an epoch
    input  logic [1:0]             down_i,
    input  logic [$clog2(VPS)-1:0] view_vp_i,
    output logic [2*CW-1:0]        view_o         // epoch 1 in the upper half
);
  localparam int unsigned VW = $clog2(VPS);
  logic [1:0] up_q, down_q;
  logic [VW-1:0] vp1_q, vp2_q, waddr;
  logic [2*CW-1:0] was, now;
  logic we;

  for (genvar e = 0; e < 2; e++) begin : g_epoch
    assign now[e*CW+:CW] = was[e*CW+:CW] + {{(CW-1){down_q[e]}}, up_q[e] || down_q[e]};
  end
  assign we    = clear_i || (up_q | down_q) != '0;
  assign waddr = clear_i ? VW'(clear_addr_i) : vp2_q;
  hvb_ram #(.WIDTH(2 * CW), .DEPTH(VPS)) u_own (
      .clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(clear_i ? '0 : now), .re_i(1'b1), .raddr_i(vp1_q), .rdata_o(was));
  hvb_ram #(.WIDTH(2 * CW), .DEPTH(VPS)) u_view (
      .clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(clear_i ? '0 : now), .re_i(1'b1), .raddr_i(view_vp_i),
      .rdata_o(view_o));

  always_ff @(posedge clk_i) begin
    vp1_q   <= vp_i;
    vp2_q   <= vp1_q;
    up_q    <= clear_i ? '0 : up_i;
    down_q  <= clear_i ? '0 : down_i;
  end

`ifdef FORMAL
  // One VP stands for all; f_c_q: its counts by all changes so far.
  (* anyconst *) logic [VW-1:0] f_vp;
  (* hierconn *) logic [2*CW*VPS-1:0] \u_own.f_mem , \u_view.f_mem ;
  logic f_known_q = 1'b0, f_viewed_q = 1'b0;
  logic [2*CW-1:0] f_c_q, f_c;
  // what is under way: the change of a cycle ago
  for (genvar e = 0; e < 2; e++) begin : g_under
    assign f_c[e*CW+:CW] = f_c_q[e*CW+:CW] - CW'(vp2_q == f_vp && up_q[e]) + CW'(vp2_q == f_vp && down_q[e]);
  end
  always_ff @(posedge clk_i) begin
    // the user's part: never up and down at once
    assume ((up_i & down_i) == '0);
    f_viewed_q <= view_vp_i == f_vp && !clear_i;
    if (clear_i && VW'(clear_addr_i) == f_vp) {f_known_q, f_c_q} <= {1'b1, {2*CW{1'b0}}};
    else if (clear_i && (up_i | down_i | up_q | down_q) != '0) f_known_q <= 1'b0;  // the clear has the port
    else if (!clear_i && vp1_q == f_vp)
      for (int e = 0; e < 2; e++)
        f_c_q[e*CW+:CW] <= f_c_q[e*CW+:CW] + CW'(up_i[e]) - CW'(down_i[e]);
    if (f_known_q) begin
      // how: both copies hold the counts, less what is under way
      assert (\u_own.f_mem [f_vp*2*CW+:2*CW] == f_c && \u_view.f_mem [f_vp*2*CW+:2*CW] == f_c);
      assert ((up_q & down_q) == '0);
      if (vp2_q == f_vp) assert (was == f_c);
      // what a change did is seen two cycles later, with every one before it, whatever their distance
      if (f_viewed_q) assert (view_o == f_c);
    end
    cover (f_known_q && f_viewed_q && view_o[0+:CW] == CW'(3) && (up_q & up_i) != '0);
  end
`endif
endmodule
