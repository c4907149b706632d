// SPDX-License-Identifier: MIT
// The UltraScale(+) adapter between the model of its block and a card that is only traffic. TLPs of every kind go each
// way, with pauses and back-pressure at random, and must arrive as they were sent, in their order, each once; what a
// TLP must not pass is looked at where it arrives; each way takes the cycles that the adapter promises. Ends with
// $finish and a line of figures, or with $fatal.
module us_bench #(
    parameter int unsigned W = 256,
    parameter int unsigned SEED = 1,
    parameter int unsigned N = 20000  // TLPs towards the card
);
  localparam logic [15:0] ID = 16'h1200;
  typedef struct packed {
    logic         err;
    logic [2:0]   bar;
    logic [127:0] hdr;
    logic [127:0] data;
  } tlp_t;
  typedef struct packed {
    logic [31:0] after;  // so many posted TLPs must have arrived before it
    tlp_t        tlp;
  } due_t;
  typedef enum {NONE, MIXED, WRITES_IN, READS_IN, POSTED_OUT, NONPOSTED_OUT} phase_t;
  localparam int unsigned TAGS = 32;
  localparam int unsigned W_APART = W == 256 ? 1 : 2;  // cycles between TLPs of two beats at 128 bits

  logic clk = 1'b0, rst = 1'b1, random = 1'b1;
  always #1 clk = !clk;

  // ---- what is connected
  logic down_valid = 1'b0, down_ready, down_cpl, np_ok, up_valid, up_ready = 1'b0, np_left = 1'b0, idle;
  tlp_t down;
  logic [127:0] up_hdr, up_data;
  logic cq_tvalid, cq_tready, cq_tlast, rc_tvalid, rc_tready, rc_tlast, rq_tvalid, rq_tready, rq_tlast, seq_vld0,
      seq_vld1, cc_tvalid, cc_tready, cc_tlast;
  logic [W-1:0] cq_tdata, rc_tdata, rq_tdata, cc_tdata;
  logic [W/32-1:0] rq_tkeep, cc_tkeep;
  logic [87:0] cq_tuser;
  logic [74:0] rc_tuser;
  logic [61:0] rq_tuser;
  logic [32:0] cc_tuser;
  logic [1:0] cq_np_req;
  logic [3:0] nph_av, npd_av;
  logic [5:0] seq_num0, seq_num1;
  hvb_us_block #(.W(W), .SEED(SEED)) u_block (
      .clk_i(clk), .rst_i(rst), .random_i(random), .id_i(ID), .down_valid_i(down_valid), .down_ready_o(down_ready),
      .down_cpl_i(down_cpl), .down_err_i(down.err), .down_bar_i(down.bar), .down_hdr_i(down.hdr),
      .down_data_i(down.data), .np_ok_o(np_ok), .up_valid_o(up_valid), .up_ready_i(up_ready), .up_hdr_o(up_hdr),
      .up_data_o(up_data), .np_left_i(np_left), .idle_o(idle), .cq_tvalid_o(cq_tvalid), .cq_tready_i(cq_tready),
      .cq_tlast_o(cq_tlast), .cq_tdata_o(cq_tdata), .cq_tuser_o(cq_tuser), .cq_np_req_i(cq_np_req),
      .rc_tvalid_o(rc_tvalid), .rc_tready_i(rc_tready), .rc_tlast_o(rc_tlast), .rc_tdata_o(rc_tdata),
      .rc_tuser_o(rc_tuser), .rq_tvalid_i(rq_tvalid), .rq_tready_o(rq_tready), .rq_tlast_i(rq_tlast),
      .rq_tdata_i(rq_tdata), .rq_tkeep_i(rq_tkeep), .rq_tuser_i(rq_tuser), .tfc_nph_av_o(nph_av),
      .tfc_npd_av_o(npd_av), .rq_seq_vld0_o(seq_vld0), .rq_seq_num0_o(seq_num0), .rq_seq_vld1_o(seq_vld1),
      .rq_seq_num1_o(seq_num1), .cc_tvalid_i(cc_tvalid), .cc_tready_o(cc_tready), .cc_tlast_i(cc_tlast),
      .cc_tdata_i(cc_tdata), .cc_tkeep_i(cc_tkeep), .cc_tuser_i(cc_tuser));

  logic req_valid, req_ready = 1'b0, req_err, cpl_valid, cpl_err, p_valid = 1'b0, p_ready, np_valid = 1'b0, np_ready,
      c_valid = 1'b0, c_ready;
  logic [2:0] req_bar;
  logic [127:0] req_hdr, req_data, cpl_hdr, cpl_data;
  tlp_t p, np, c;
  hvb_us #(.W(W)) u_dut (
      .clk_i(clk), .rst_i(rst), .id_i(ID), .cq_tvalid_i(cq_tvalid), .cq_tready_o(cq_tready), .cq_tlast_i(cq_tlast),
      .cq_tdata_i(cq_tdata), .cq_tuser_i(cq_tuser), .cq_np_req_o(cq_np_req), .cc_tvalid_o(cc_tvalid),
      .cc_tready_i(cc_tready), .cc_tlast_o(cc_tlast), .cc_tdata_o(cc_tdata), .cc_tkeep_o(cc_tkeep),
      .cc_tuser_o(cc_tuser), .rq_tvalid_o(rq_tvalid), .rq_tready_i(rq_tready), .rq_tlast_o(rq_tlast),
      .rq_tdata_o(rq_tdata), .rq_tkeep_o(rq_tkeep), .rq_tuser_o(rq_tuser), .tfc_nph_av_i(nph_av),
      .tfc_npd_av_i(npd_av), .rq_seq_vld0_i(seq_vld0), .rq_seq_num0_i(seq_num0), .rq_seq_vld1_i(seq_vld1),
      .rq_seq_num1_i(seq_num1), .rc_tvalid_i(rc_tvalid), .rc_tready_o(rc_tready), .rc_tlast_i(rc_tlast),
      .rc_tdata_i(rc_tdata), .rc_tuser_i(rc_tuser), .rx_req_valid_o(req_valid), .rx_req_ready_i(req_ready),
      .rx_req_err_o(req_err), .rx_req_bar_o(req_bar), .rx_req_hdr_o(req_hdr), .rx_req_data_o(req_data),
      .rx_np_ret_i(c_valid && c_ready), .rx_cpl_valid_o(cpl_valid), .rx_cpl_err_o(cpl_err), .rx_cpl_hdr_o(cpl_hdr),
      .rx_cpl_data_o(cpl_data), .tx_p_valid_i(p_valid), .tx_p_ready_o(p_ready), .tx_p_hdr_i(p.hdr),
      .tx_p_data_i(p.data), .tx_np_valid_i(np_valid), .tx_np_ready_o(np_ready), .tx_np_hdr_i(np.hdr),
      .tx_np_data_i(np.data), .tx_cpl_valid_i(c_valid), .tx_cpl_ready_o(c_ready), .tx_cpl_hdr_i(c.hdr),
      .tx_cpl_data_i(c.data));

  // ---- what is on the way, what the card has to answer, and tags
  tlp_t reqs [$], cpls [$], answers [$];
  due_t posted [$], nonposted [$], completions [$];
  logic [7:0] free_tags [$], open_tags [$];
  int unsigned sent = 0, came_posted = 0, offered_posted = 0, on_link = 0, refused = 0, kept = 0, quiet = 0, cycle = 0;
  logic p_seen = 1'b0, np_seen = 1'b0, c_seen = 1'b0, hold_answers = 1'b0;
  tlp_t want, now;          // what shall come of `down`, if anything
  logic want_it, frees;     // it shall come; its tag is free then
  logic [7:0] down_tag = '0;
  phase_t phase = MIXED;
`include "us_traffic.svh"

  function automatic logic [127:0] carried(input logic [127:0] hdr, input logic [127:0] data);
    carried = !hdr[126] ? '0 : hdr[105:96] == 10'd1 ? {96'd0, data[31:0]} : hdr[105:96] == 10'd2 ?
        {64'd0, data[63:0]} : hdr[105:96] == 10'd3 ? {32'd0, data[95:0]} : data;
  endfunction

  task automatic compare(input string what, input tlp_t was, input tlp_t came);
    was.data  = carried(was.hdr, was.data);
    came.data = carried(came.hdr, came.data);
    if (came != was) $fatal(1, "%s:\n sent %h\n came %h", what, was, came);
  endtask

  task automatic compare_due(input string what, input due_t was, input tlp_t came);
    compare(what, was.tlp, came);
    if (came_posted < was.after) $fatal(1, "%s: passed a posted TLP: %0d of %0d", what, came_posted, was.after);
  endtask

  task automatic expected(input int unsigned size, input string what);
    if (size == 0) $fatal(1, "%s: nothing was sent", what);
  endtask

  // ---- each cycle: what moved in the last one, then what is offered in the next
  always @(posedge clk) if (!rst) begin
    cycle = cycle + 1;
    if (req_valid && req_ready) begin
      now = {req_err, req_bar, req_hdr, req_data};
      expected(reqs.size(), "request");
      compare("request", reqs.pop_front(), now);
      if (is_np(now.hdr) && !now.err && !odd(now.hdr)) answers.push_back(now);
    end
    if (cpl_valid) begin
      expected(cpls.size(), "completion in");
      compare("completion in", cpls.pop_front(), {cpl_err, 3'd0, cpl_hdr, cpl_data});
    end
    if (up_valid && up_ready) begin
      now = {4'd0, up_hdr, up_data};
      if (up_hdr[124:120] == hvb_pkg::TYP_CPL) begin
        expected(completions.size(), "completion out");
        compare_due("completion out", completions.pop_front(), now);
      end else if (is_np(up_hdr)) begin
        expected(nonposted.size(), "non-posted");
        compare_due("non-posted", nonposted.pop_front(), now);
        open_tags.push_back(up_hdr[79:72]);
        on_link = on_link + 1;
      end else begin
        expected(posted.size(), "posted");
        compare_due("posted", posted.pop_front(), now);
        came_posted = came_posted + 1;
      end
    end

    // from the card: where a TLP is first seen says what it is behind
    if (p_valid && !p_seen) begin
      offered_posted = offered_posted + 1;
      posted.push_back({32'd0, p});
    end
    if (np_valid && !np_seen) nonposted.push_back({offered_posted, np});
    if (c_valid && !c_seen) completions.push_back({offered_posted, c});
    p_seen  = p_valid && !p_ready;
    np_seen = np_valid && !np_ready;
    c_seen  = c_valid && !c_ready;
    if (!p_seen) begin
      p_valid <= phase == POSTED_OUT || (phase == MIXED && chance(3));
      p       <= new_posted();
    end
    if (!np_seen) begin
      np_valid <= 1'b0;
      if (free_tags.size() != 0 && (phase == NONPOSTED_OUT || (phase == MIXED && chance(4)))) begin
        np       <= new_nonposted(free_tags.pop_front());
        np_valid <= 1'b1;
      end
    end
    if (!c_seen) begin
      c_valid <= 1'b0;
      if (answers.size() != 0 && !hold_answers && (!random || chance(6))) begin
        now = answers.pop_front();
        refused = refused + 32'(refuses(now));
        c       <= new_answer(now);
        c_valid <= 1'b1;
      end
    end

    // to the card
    if (down_valid && down_ready) begin
      sent = sent + 1;
      kept = kept + 32'(!want_it);
      if (want_it && down_cpl) cpls.push_back(want);
      if (want_it && !down_cpl) reqs.push_back(want);
      if (frees) free_tags.push_back(down.hdr[47:40]);
    end
    if (!down_valid || down_ready) begin
      down_valid <= 1'b0;
      if (open_tags.size() != 0 && (phase != MIXED || chance(4))) offer_completion();
      else if (phase == WRITES_IN || (phase == MIXED && chance(14)) || phase == READS_IN) begin
        // credits are counted a cycle late
        offer_request(np_ok && !(down_valid && !down_cpl && is_np(down.hdr)));
      end
    end
    req_ready <= !random || chance(12);
    up_ready  <= !random || chance(12);
    if (np_left) on_link = on_link - 1;
    np_left   <= on_link != 0 && (!random || chance(4));
  end

  // ---- the cycles that each way takes
  logic cq_took = 1'b0, rc_took = 1'b0, rq_took = 1'b0, cc_took = 1'b0, req_stays = 1'b0, rq_first = 1'b1,
      cc_first = 1'b1;
  always @(posedge clk) if (!rst) begin
    if (cq_took && !req_valid) $fatal(1, "a request took longer than a cycle");
    if (req_valid && !req_stays && !cq_took) $fatal(1, "a request before its end");
    if (cpl_valid && !rc_took) $fatal(1, "a completion took longer than a cycle");
    if (rq_took != (rq_tvalid && rq_first && !rq_stays)) $fatal(1, "a request out took longer than a cycle");
    if (cc_took != (cc_tvalid && cc_first && !cc_stays)) $fatal(1, "a completion out took longer than a cycle");
    cq_took   = cq_tvalid && cq_tready && cq_tlast;
    rc_took   = rc_tvalid && rc_tready && rc_tlast;
    rq_took   = (p_valid && p_ready) || (np_valid && np_ready);
    cc_took   = c_valid && c_ready;
    req_stays = req_valid && !req_ready;
    rq_stays  = rq_tvalid && !rq_tready;
    cc_stays  = cc_tvalid && !cc_tready;
    if (rq_tvalid && rq_tready) rq_first = rq_tlast;
    if (cc_tvalid && cc_tready) cc_first = cc_tlast;
  end
  logic rq_stays = 1'b0, cc_stays = 1'b0;

  // ---- how many cycles apart TLPs pass where they come without a pause
  int unsigned gap [4], most [4], passes [4];
  logic [3:0] valids, readies;
  assign valids  = {c_valid, np_valid, p_valid, down_valid && !down_cpl};
  assign readies = {c_ready, np_ready, p_ready, down_ready};
  always @(posedge clk)
    for (int i = 0; i < 4; i++) begin
      if (random || !valids[i]) gap[i] = 0;
      else if (readies[i]) begin
        passes[i] = passes[i] + 1;
        if (gap[i] > most[i]) most[i] = gap[i];
        gap[i] = 1;
      end else if (gap[i] != 0) gap[i] = gap[i] + 1;
    end

  task automatic drain();
    phase = NONE;
    quiet = 0;
    for (int i = 0; quiet < 200; i++) begin
      @(negedge clk);
      quiet = reqs.size() + cpls.size() + answers.size() + posted.size() + nonposted.size() + completions.size() +
          open_tags.size() != 0 || !idle || down_valid || on_link != 0 ? 0 : quiet + 1;
      if (i == 20000) $fatal(1, "stuck: %0d %0d %0d %0d %0d %0d", reqs.size(), cpls.size(), answers.size(),
          posted.size(), nonposted.size(), completions.size());
    end
    if (u_block.u_down.credit_q != 6'd32) $fatal(1, "%0d credits of 32 are left", u_block.u_down.credit_q);
    if (free_tags.size() != TAGS) $fatal(1, "%0d tags of %0d are left", free_tags.size(), TAGS);
  endtask

  task automatic run(input phase_t what, input int unsigned cycles);
    phase = what;
    repeat (cycles) @(negedge clk);
    drain();
  endtask

  initial begin
    for (int i = 0; i < TAGS; i++) free_tags.push_back(8'(i));
    repeat (4) @(negedge clk);
    rst = 1'b0;
    phase = MIXED;
    while (sent < N) @(negedge clk);
    drain();
    random = 1'b0;
    repeat (20) @(negedge clk);
    run(WRITES_IN, 1000);
    run(POSTED_OUT, 1000);
    run(NONPOSTED_OUT, 1000);
    hold_answers = 1'b1;
    phase = READS_IN;
    repeat (100) @(negedge clk);
    hold_answers = 1'b0;
    drain();
    for (int i = 0; i < 4; i++)
      if (most[i] != W_APART || passes[i] < 32) $fatal(1, "stream %0d: %0d cycles apart", i, most[i]);
    $display("%0d bits: %0d TLPs in (%0d kept back, %0d refused), %0d posted out, %0d cycles; one cycle each way, %0s",
        W, sent, kept, refused, came_posted, cycle, W == 256 ? "one TLP a cycle" : "one of two beats every two cycles");
    $finish;
  end
endmodule
