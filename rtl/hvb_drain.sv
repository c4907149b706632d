// SPDX-License-Identifier: MIT
// VPs: which are off, and whether all that was accepted for them is delivered (docs/design.md, "Lowering"). Each
// VP has a current epoch; a word that starts to wait is counted under it, and counted off when it is delivered
// clean, dropped, or starts anew. A drain flips the epoch of a VP after another and waits until nothing of the old
// one is left; then once more, since flags that came while their word's AtomicOp flew have moved with it into the
// new one.
// Promises: a drain covers everything that started in an earlier cycle; it ends within sixteen cycles after those are
// done, whatever comes in meanwhile; it passes a VP of which nothing waits in two cycles. Counters have one writer
// each. Reads are combinational.
module hvb_drain #(
    parameter int unsigned VPS = 256  // 2 to 1024
) (
    input  logic           clk_i,
    input  logic           init_i,
    input  logic [15:0]    init_addr_i,
    // a cycle behind pipe_vp_i: a word of it became pending, under its epoch as it was
    input  logic           start_i,
    // a word is done: it leaves epoch end_epoch_i; again: it starts anew under the current one
    input  logic           end_i,
    input  logic [9:0]     end_vp_i,
    input  logic           end_epoch_i,
    input  logic           again_i,
    input  logic           late_i,         // a cycle behind an end: it starts anew after all
    input  logic [9:0]     done_vp_i,      // of a completion, which may start anew or fault: end_vp_i, sooner
    output logic           end_now_o,      // current epoch of done_vp_i
    // VP off: by the host (S4), by a fault
    input  logic           ctrl_i,
    input  logic [9:0]     ctrl_vp_i,
    input  logic           ctrl_off_i,
    input  logic           fault_i,        // of done_vp_i
    output logic           any_off_o,      // some VP was, a cycle ago
    // who asks: the pipeline (S4); the take, of the next cycle, for the word in hand, of which it knows how it is now,
    // and for the one before it; a read of the host
    input  logic [9:0]     pipe_vp_i,
    input  logic [9:0]     off_vp_i,       // the same, for pipe_off_o
    output logic           pipe_off_o,
    output logic           pipe_epoch_o,
    input  logic [9:0]     take_vp_i,
    input  logic           take_off_i,
    output logic           take_off_o,
    input  logic [9:0]     pre_vp_i,
    output logic [2:0]     pre_off_o,     // in this cycle it comes back, it goes off; it was off
    input  logic [9:0]     read_vp_i,
    output logic           read_off_o,
    // command (S4) and its state
    input  logic           drain_i,
    input  logic [9:0]     first_i,        // a cycle behind it, as what they choose is found late
    input  logic [9:0]     last_i,
    input  logic [8:0]     waiting_i,      // messages that wait, in order: a drain covers those as well
    input  logic           popped_i,       // one of them went a cycle ago: sent, or pending
    output logic           busy_o,
    output logic [9:0]     at_o            // of a command from the second cycle behind it
);
  localparam int unsigned VW = $clog2(VPS), CW = 13;
  if (VPS < 2 || VPS > 1024) begin : g_bad_vps
    $fatal(1, "hvb_drain: VPS must be 2 to 1024");
  end

  logic [VW-1:0] at_q, at_d, last_q;
  logic [2*CW-1:0] started, ended;
  logic [8:0] tail_q;
  logic [1:0] settle_q;
  logic drain_q, busy_q, flipped_q, second_q, clear_q, clear_other_q, now_at, move, flip, next;

  // ---- who is off: two arrays with one writer each, a VP is off where they differ
  logic host_we, host_read, host_pre, pre_ctrl, host_pipe, host_at_fault, host_was;
  logic fault_off_q, host_off_q, host_on_q, fault_read, fault_pre, fault_pipe, fault_at_ctrl, fault_was;
  logic [VW:0] off_count_q;
  // a fault comes first where both write the same VP
  assign host_we  = ctrl_i && !(fault_i && done_vp_i[VW-1:0] == ctrl_vp_i[VW-1:0]);
  hvb_bits #(.DEPTH(VPS), .READS(4)) u_host (
      .clk_i, .clear_i(init_i), .clear_row_i(init_addr_i), .we_i(host_we), .waddr_i(ctrl_vp_i[VW-1:0]),
      .wdata_i(ctrl_off_i ^ fault_at_ctrl), .was_o(host_was),
      .raddr_i({off_vp_i[VW-1:0], pre_vp_i[VW-1:0], read_vp_i[VW-1:0], done_vp_i[VW-1:0]}),
      .rdata_o({host_pipe, host_pre, host_read, host_at_fault}));
  hvb_bits #(.DEPTH(VPS), .READS(4)) u_fault (
      .clk_i, .clear_i(init_i), .clear_row_i(init_addr_i), .we_i(fault_i), .waddr_i(done_vp_i[VW-1:0]),
      .wdata_i(!host_at_fault), .was_o(fault_was),
      .raddr_i({off_vp_i[VW-1:0], pre_vp_i[VW-1:0], read_vp_i[VW-1:0], ctrl_vp_i[VW-1:0]}),
      .rdata_o({fault_pipe, fault_pre, fault_read, fault_at_ctrl}));
  assign pipe_off_o = host_pipe ^ fault_pipe;
  assign take_off_o = (fault_i && done_vp_i[VW-1:0] == take_vp_i[VW-1:0]) ||
                      (ctrl_i && ctrl_vp_i[VW-1:0] == take_vp_i[VW-1:0] ? ctrl_off_i : take_off_i);
  assign pre_ctrl   = ctrl_i && ctrl_vp_i[VW-1:0] == pre_vp_i[VW-1:0];
  assign pre_off_o  = {pre_ctrl && !ctrl_off_i,
                       (fault_i && done_vp_i[VW-1:0] == pre_vp_i[VW-1:0]) || (pre_ctrl && ctrl_off_i),
                       host_pre ^ fault_pre};
  assign read_off_o = (host_read ^ fault_read) && !init_i;
  assign any_off_o  = off_count_q != '0;
  always_ff @(posedge clk_i) begin
    {fault_off_q, host_off_q, host_on_q} <= {fault_i && host_at_fault == fault_was,  // it was on
                                             host_we && ctrl_off_i && host_was == fault_at_ctrl,
                                             host_we && !ctrl_off_i && host_was != fault_at_ctrl} & {3{!init_i}};
    off_count_q <= init_i ? '0 : off_count_q + (VW+1)'(fault_off_q) + (VW+1)'(host_off_q) - (VW+1)'(host_on_q);
  end

  // ---- each VP's epoch, and how much has started and ended in it
  hvb_bits #(.DEPTH(VPS), .READS(2)) u_epoch (
      .clk_i, .clear_i(init_i), .clear_row_i(init_addr_i), .we_i(flip), .waddr_i(at_q), .wdata_i(!now_at),
      .was_o(now_at), .raddr_i({pipe_vp_i[VW-1:0], done_vp_i[VW-1:0]}), .rdata_o({pipe_epoch_o, end_now_o}));
  // What changes them is known late, and said a cycle behind its VP. A word that starts anew in its own epoch changes
  // nothing; else it moves: an end in one, an end less in the other.
  logic start_epoch_q, end_q, again_q, again, end_epoch_q, end_now_q;
  hvb_epochs #(.VPS(VPS), .CW(CW)) u_started (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i), .vp_i(pipe_vp_i[VW-1:0]),
      .up_i({start_epoch_q, !start_epoch_q} & {2{start_i}}), .down_i(2'b00), .view_vp_i(at_d), .view_o(started));
  assign again = again_q || late_i;
  assign move  = end_q && again && end_epoch_q != end_now_q;
  hvb_epochs #(.VPS(VPS), .CW(CW)) u_ended (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i), .vp_i(end_vp_i[VW-1:0]),
      .up_i({end_epoch_q, !end_epoch_q} & {2{again ? move : end_q}}),
      .down_i({!end_epoch_q, end_epoch_q} & {2{move}}), .view_vp_i(at_d), .view_o(ended));
  always_ff @(posedge clk_i) begin
    {start_epoch_q, end_epoch_q, end_now_q, again_q} <= {pipe_epoch_o, end_epoch_i, end_now_o, again_i};
    end_q <= end_i && !init_i;
  end

  // ---- the drain. What it sees of at_q is four cycles old, and in the first cycle of another VP of the one before;
  // settle_q waits for that where it matters.
  assign busy_o = drain_q || busy_q || tail_q != '0;
  assign at_o   = 10'(at_q);
  // first what an abandoned drain may have left in the other epoch, then flip, then the old one; all that twice
  assign flip = busy_q && settle_q == '0 && !flipped_q && clear_other_q && !clear_q;
  assign next = busy_q && settle_q == '0 && clear_other_q && (flipped_q ? second_q : clear_q);
  assign at_d = drain_q ? first_i[VW-1:0] : next ? at_q + 1'b1 : at_q;

  always_ff @(posedge clk_i) begin
    // nothing waits under the VP's current epoch, under its other one
    if (busy_q) begin
      clear_q       <= now_at ? started[CW+:CW] == ended[CW+:CW] : started[0+:CW] == ended[0+:CW];
      clear_other_q <= now_at ? started[0+:CW] == ended[0+:CW] : started[CW+:CW] == ended[CW+:CW];
    end
    drain_q <= drain_i && !init_i;
    if (init_i) begin
      busy_q <= 1'b0;
      tail_q <= '0;
    end else begin
      // the messages of the last words are counted once all words are done
      if (busy_q) tail_q <= waiting_i + 9'd3;
      else if (tail_q != '0)
        tail_q <= waiting_i == '0 && tail_q > 9'd3 ? 9'd3 : tail_q - 9'(popped_i || waiting_i == '0);
      at_q <= at_d;
      if (drain_q) begin
        busy_q    <= first_i <= last_i && 32'(last_i) < VPS;
        last_q    <= last_i[VW-1:0];
        flipped_q <= 1'b0;
        second_q  <= 1'b0;
        settle_q  <= 2'd3;
      end else begin
        if (next) busy_q <= at_q != last_q;
        if (flip) flipped_q <= 1'b1;
        else if (busy_q && settle_q == '0 && clear_other_q) flipped_q <= 1'b0;
        if (next) second_q <= 1'b0;
        else if (busy_q && settle_q == '0 && clear_other_q && flipped_q) second_q <= 1'b1;
        settle_q <= flip ? 2'd3 : next ? 2'd1 : settle_q == '0 ? 2'd0 : settle_q - 2'd1;
      end
    end
  end
`ifdef FORMAL
  logic [VW-1:0] sv, ev;
  // One word of one VP is followed, among any number of others of which only counts are kept; all of it a cycle late,
  // when it is known what became of a word.
  logic f_again;
  assign f_again = again_q || late_i;
  (* anyconst *) logic [VW-1:0] f_vp;
  (* anyseq *) logic f_start, f_end;    // what starts or ends in this cycle is the word followed
  logic f_past = 1'b0, f_out_q, f_epoch_q;
  logic f_s, f_e, f_cleared_q, f_same_q, f_now_q;  // f_now_q: epoch of f_vp
  logic [15:0] f_time_q;
  logic [1:0] f_debt_q;                 // deliveries that the drain under way has to wait for
  logic [3:0] f_n0_q [VPS];             // others, by VP and epoch
  logic [3:0] f_n1_q [VPS];
  assign f_s = start_i && f_start && !f_out_q && sv == f_vp;
  assign f_e = end_q && f_out_q && ev == f_vp && end_epoch_q == f_epoch_q &&
               (f_end || (end_epoch_q ? f_n1_q[ev] : f_n0_q[ev]) == '0);
  always_ff @(posedge clk_i) begin
    f_past      <= 1'b1;
    {sv, ev} <= {pipe_vp_i[VW-1:0], end_vp_i[VW-1:0]};
    f_same_q <= done_vp_i == end_vp_i;
    f_time_q    <= !f_past || !init_i ? 16'd0 : f_time_q + 16'd1;
    f_cleared_q <= f_past && (init_i || f_cleared_q);
    // the user's part: tables are cleared first; what ends was started, in the epoch it was counted under
    if (!f_past) assume (init_i);
    else begin
      assume (init_i ? init_addr_i == f_time_q : f_cleared_q && (f_time_q == '0 || 32'(f_time_q) >= VPS));
      assume (!init_i || (!(start_i && $past(init_i)) && !end_i && !drain_i && !ctrl_i && !fault_i));
      assume ((!start_i || 32'($past(pipe_vp_i)) < VPS) && (!end_i || 32'(end_vp_i) < VPS));
      assume (!late_i || (end_q && !again_q && f_same_q));
      assume (!end_i || !again_i || done_vp_i == end_vp_i);  // only a completion lets a word start anew
      if (end_q && !f_e && !init_i) assume ((end_epoch_q ? f_n1_q[ev] : f_n0_q[ev]) != '0);
      assume (!drain_i || !(busy_q || drain_q));
    end
    if (f_past && !init_i) assume (f_n0_q[0] < 4'd8 && f_n1_q[0] < 4'd8 && f_n0_q[1] < 4'd8 && f_n1_q[1] < 4'd8);
    for (int v = 0; v < VPS; v++) begin
      f_n0_q[v] <= init_i ? '0 : f_n0_q[v] + 4'(start_i && !f_s && sv == VW'(v) && !start_epoch_q) -
                   4'(end_q && !f_e && ev == VW'(v) && !end_epoch_q) +
                   4'(end_q && !f_e && ev == VW'(v) && f_again && !end_now_q);
      f_n1_q[v] <= init_i ? '0 : f_n1_q[v] + 4'(start_i && !f_s && sv == VW'(v) && start_epoch_q) -
                   4'(end_q && !f_e && ev == VW'(v) && end_epoch_q) +
                   4'(end_q && !f_e && ev == VW'(v) && f_again && end_now_q);
    end
    f_now_q <= !init_i && (f_now_q ^ (flip && at_q == f_vp));
    if (init_i) {f_out_q, f_debt_q} <= '0;
    else begin
      if (f_e) begin
        f_out_q   <= f_again;
        f_epoch_q <= end_now_q;
      end
      if (f_s) begin
        f_out_q   <= 1'b1;
        f_epoch_q <= start_epoch_q;
      end
      // flags that flew when the drain began, then those that came meanwhile and flew after them
      if (drain_q && first_i <= last_i && 32'(last_i) < VPS && first_i <= 10'(f_vp) && 10'(f_vp) <= last_i)
        f_debt_q <= !f_out_q || (f_e && !f_again) ? 2'd0 : f_e ? 2'd1 : 2'd2;
      else if (f_e) f_debt_q <= !f_again || f_debt_q == '0 ? 2'd0 : f_debt_q - 2'd1;
    end
    if (f_past && !init_i) begin
      // epochs are those of the VPs that are asked for
      if (pipe_vp_i == 10'(f_vp)) assert (pipe_epoch_o == f_now_q);
      if (done_vp_i == 10'(f_vp)) assert (end_now_o == f_now_q);
      // a drain does not end before all that was accepted earlier for its VPs is delivered or dropped
      assert (busy_q || f_debt_q == '0);
      // a VP is off from the cycle behind the fault or the command that turns it off
      if ($past(fault_i && !init_i) && $past(done_vp_i[VW-1:0]) == f_vp && read_vp_i == 10'(f_vp)) assert (read_off_o);
      if (off_vp_i == read_vp_i) assert (pipe_off_o == read_off_o);
      // where one is off, that is said of all, a cycle later
      if ($past(read_off_o && read_vp_i == 10'(f_vp))) assert (any_off_o);
      // the take knows of it a cycle before
      if (read_vp_i == 10'(f_vp) && !$past(init_i)) begin
        if ($past(take_vp_i == 10'(f_vp) && read_vp_i == 10'(f_vp) && take_off_i == read_off_o))
          assert (read_off_o == $past(take_off_o));
        if ($past(pre_vp_i) == 10'(f_vp)) assert (read_off_o == $past(pre_off_o[1] || (pre_off_o[0] && !pre_off_o[2])));
      end
    end
    cover (f_past && $past(busy_q) && !busy_q && f_out_q);
    cover (f_past && !init_i && f_e && f_again && f_debt_q == 2'd2);
    cover (f_past && !init_i && f_e && !f_again && f_debt_q == 2'd1);
    cover (f_past && $past(fault_i && !init_i && done_vp_i == 10'(f_vp)) && read_vp_i == 10'(f_vp));
  end
`endif
endmodule
