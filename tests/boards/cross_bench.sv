// SPDX-License-Identifier: MIT
// hvb_cross between two clocks of periods that have nothing to do with each other: numbered beats on all streams,
// offered and taken by chance. Each must come out once and in order; a completion of the card never before the posted
// TLPs that were at the card's output when it was given, or had left it; as many returns as were given; and once
// nothing is offered any more, nothing is left.
module cross_bench;
  localparam int N = 5000, FAST = 4000;  // posted TLPs; ps
  int slow = 8000;                        // ps: +slow=
  logic clk = 0, card_clk = 0, rst = 1, card_rst = 1;
  always #(FAST / 2) clk = !clk;
  always #(slow / 2) card_clk = !card_clk;

  logic req_v = 0, req_r, np_ret, cpl_v = 0, p_v, p_r = 0, np_v, np_r = 0, c_v, c_r = 0, flr = 0, pending;
  logic k_req_v, k_req_r = 0, k_ret = 0, k_cpl_v, k_p_v = 0, k_p_r, k_np_v = 0, k_np_r, k_c_v = 0, k_c_r, k_flr;
  logic [259:0] req = 0, k_req;
  logic [256:0] cpl = 0, k_cpl;
  logic [255:0] p, np, c, k_p = 0, k_np = 0, k_c;
  logic [127:0] k_c_n = 0;
  logic [19:0] cfg = 0, k_cfg;
  hvb_cross u_cross (
      .clk_i(clk), .rst_i(rst), .card_clk_i(card_clk), .card_rst_i(card_rst), .req_valid_i(req_v), .req_ready_o(req_r),
      .req_i(req), .np_ret_o(np_ret), .cpl_valid_i(cpl_v), .cpl_i(cpl), .p_valid_o(p_v), .p_ready_i(p_r), .p_o(p),
      .np_valid_o(np_v), .np_ready_i(np_r), .np_o(np), .c_valid_o(c_v), .c_ready_i(c_r), .c_o(c), .cfg_i(cfg),
      .flr_i(flr), .pending_o(pending), .card_req_valid_o(k_req_v), .card_req_ready_i(k_req_r), .card_req_o(k_req),
      .card_np_ret_i(k_ret), .card_cpl_valid_o(k_cpl_v), .card_cpl_o(k_cpl), .card_p_valid_i(k_p_v),
      .card_p_ready_o(k_p_r), .card_p_i(k_p), .card_np_valid_i(k_np_v), .card_np_ready_o(k_np_r), .card_np_i(k_np),
      .card_c_valid_i(k_c_v), .card_c_ready_o(k_c_r), .card_c_i(k_c), .card_cfg_o(k_cfg), .card_flr_o(k_flr),
      .card_pending_i(cfg[0]));

  int reqs, cpls, flying, ps, nps, cs, rets, made, flrs, k_flrs;
  bit done, bad, c_held;
  task automatic wrong(input string what);
    $display("%0t: %s", $time, what);
    bad = 1;
    $finish;
  endtask

  // ---- the adapter's side
  always @(posedge clk) begin
    if (!rst) begin
      if (req_v && req_r) begin
        req   <= req + 1;
        req_v <= 0;
      end
      if (!req_v || req_r) req_v <= !done && $urandom_range(3) != 0;
      if (cpl_v) cpl <= cpl + 1;
      cpl_v <= !done && $urandom_range(1) != 0 && flying < 32;  // no more than the card waits for
      if (p_v && p_r) begin
        if (p != 256'(ps)) wrong("a posted TLP lost or twice");
        ps = ps + 1;
      end
      if (np_v && np_r) begin
        if (np != 256'(nps)) wrong("an AtomicOp lost or twice");
        nps = nps + 1;
      end
      if (c_v && c_r) begin
        if (c[127:0] != 128'(cs)) wrong("a completion lost or twice");
        if (c[255:128] > 128'(ps)) wrong("a completion has passed a posted TLP");
        cs = cs + 1;
      end
      if (c_held && !c_v) wrong("a completion withdrawn");
      c_held = c_v && !c_r;
      made = made + int'(np_ret);
      p_r  <= $urandom_range(7) == 0;
      np_r <= $urandom_range(2) == 0;
      c_r  <= ps % 1024 > 300 && $urandom_range(2) != 0;  // also waits for as long as hundreds of posted TLPs pass it
      flr  <= !done && $urandom_range(99) == 0 && !flr && flrs == k_flrs;
      flrs = flrs + int'(flr);
    end
    flying = flying + int'(cpl_v && !rst);
  end

  // ---- the card's side; with a completion goes how many posted TLPs were there
  always @(posedge card_clk) begin
    if (!card_rst) begin
      if (k_req_v && k_req_r) begin
        if (k_req != 260'(reqs)) wrong("a request lost or twice");
        reqs = reqs + 1;
      end
      if (k_cpl_v) begin
        if (k_cpl != 257'(cpls)) wrong("a completion for the card lost or twice");
        cpls   = cpls + 1;
        flying = flying - 1;
      end
      if (k_p_v && k_p_r) k_p <= k_p + 1;
      if (!k_p_v || k_p_r) k_p_v <= !done && $urandom_range(1) == 0;
      if (k_np_v && k_np_r) k_np <= k_np + 1;
      if (!k_np_v || k_np_r) k_np_v <= !done && $urandom_range(1) == 0;
      if (!k_c_v || k_c_r) k_c_v <= !done && $urandom_range(1) == 0;
      if (k_c_v && k_c_r) k_c_n <= k_c_n + 1;
      k_req_r <= $urandom_range(3) != 0;
      k_ret   <= !done && $urandom_range(1) == 0 && rets - made < 30;
      rets    = rets + int'(k_ret);
      k_flrs  = k_flrs + int'(k_flr);
    end
  end
  // what a completion may not pass: all that the card has given, and the one at its output
  assign k_c = {k_p[127:0] + 128'(k_p_v), k_c_n};

  initial begin
    void'($value$plusargs("slow=%d", slow));
    #(10 * slow) rst = 0;
    #(3 * slow) card_rst = 0;
    wait (ps >= N);
    done = 1;
    cfg  = 20'h3005b;
    #(4000 * slow);
    if (256'(ps) != k_p || 256'(nps) != k_np || 128'(cs) != k_c_n || 260'(reqs) != req || 257'(cpls) != cpl)
      wrong("something is left");
    if (rets != made) wrong("returns lost or twice");
    if (flrs != k_flrs || flrs == 0) wrong("resets lost or twice");
    if (k_cfg != cfg || pending != cfg[0]) wrong("configuration does not come across");
    if (!bad)
      $display("all across: %0d posted, %0d AtomicOps, %0d completions, %0d requests, %0d to the card", ps, nps, cs,
               reqs, cpls);
    $finish;
  end
endmodule
