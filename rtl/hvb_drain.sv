// SPDX-License-Identifier: MIT
// VPs: which are off, and whether all that was accepted for them is delivered (docs/design.md, "Lowering"). Each
// VP has a current epoch; a word that starts to wait is counted under it, and counted off when it is delivered
// clean, dropped, or starts anew. A drain flips the epoch of a VP after another and waits until nothing of the old
// one is left; then once more, since flags that came while their word's AtomicOp flew have moved with it into the
// new one.
// Promises: a drain covers everything that started in an earlier cycle; it ends as soon as those are done,
// whatever comes in meanwhile. Counters have one writer each.
module hvb_drain #(
    parameter int unsigned VPS = 256
) (
    input  logic           clk_i,
    input  logic           init_i,
    input  logic [15:0]    init_addr_i,
    // a word of start_vp_i becomes pending, under its current epoch
    input  logic           start_i,
    input  logic [9:0]     start_vp_i,
    // a word is done: it leaves epoch end_epoch_i; again: it starts anew under the current one
    input  logic           end_i,
    input  logic [9:0]     end_vp_i,
    input  logic           end_epoch_i,
    input  logic           again_i,
    output logic           end_now_o,      // current epoch of end_vp_i
    // VP off: by the host (S4), by a fault
    input  logic           ctrl_i,
    input  logic [9:0]     ctrl_vp_i,
    input  logic           ctrl_off_i,
    input  logic           fault_i,
    input  logic [9:0]     fault_vp_i,
    output logic [VPS-1:0] off_o,
    output logic [VPS-1:0] epoch_o,
    // command (S4) and its state
    input  logic           drain_i,
    input  logic [9:0]     first_i,
    input  logic [9:0]     last_i,
    input  logic [8:0]     waiting_i,      // messages that wait, and one that goes: a drain covers those as well
    input  logic           sent_i,
    output logic           busy_o,
    output logic [9:0]     at_o
);
  localparam int unsigned VW = $clog2(VPS), CW = 13;

  logic [CW-1:0] started0_q [VPS];
  logic [CW-1:0] started1_q [VPS];
  logic [CW-1:0] ended0_q [VPS];
  logic [CW-1:0] ended1_q [VPS];
  logic [VPS-1:0] off_q, epoch_q;
  logic [VW-1:0] sv, ev, sw, ew, at_q, last_q;
  logic [8:0] tail_q;
  logic busy_q, flipped_q, second_q, clear0, clear1, now_at, s0, s1, e0, e1;

  assign off_o   = off_q;
  assign epoch_o = epoch_q;
  assign sv = start_vp_i[VW-1:0];
  assign ev = end_vp_i[VW-1:0];
  assign sw = init_i ? VW'(init_addr_i) : sv;
  assign ew = init_i ? VW'(init_addr_i) : ev;
  assign end_now_o = epoch_q[ev];

  // a word that starts anew in its own epoch changes nothing; else it moves
  assign s0 = start_i && !epoch_q[sv];
  assign s1 = start_i && epoch_q[sv];
  assign e0 = end_i && (again_i ? end_epoch_i != end_now_o : !end_epoch_i);
  assign e1 = end_i && (again_i ? end_epoch_i != end_now_o : end_epoch_i);

  assign clear0 = started0_q[at_q] == ended0_q[at_q];
  assign clear1 = started1_q[at_q] == ended1_q[at_q];
  assign now_at = epoch_q[at_q];
  assign busy_o = busy_q || tail_q != '0;
  assign at_o   = 10'(at_q);

  always_ff @(posedge clk_i) begin
    if (init_i || s0) started0_q[sw] <= init_i ? '0 : started0_q[sv] + 1'b1;
    if (init_i || s1) started1_q[sw] <= init_i ? '0 : started1_q[sv] + 1'b1;
    // moving from epoch 1 to 0 takes one back from ended0, as a start does to started0
    if (init_i || e0) ended0_q[ew] <= init_i ? '0 : again_i && end_epoch_i ? ended0_q[ev] - 1'b1 : ended0_q[ev] + 1'b1;
    if (init_i || e1) ended1_q[ew] <= init_i ? '0 : again_i && !end_epoch_i ? ended1_q[ev] - 1'b1 : ended1_q[ev] + 1'b1;

    if (init_i) begin
      off_q   <= '0;
      epoch_q <= '0;
      busy_q  <= 1'b0;
      tail_q  <= '0;
    end else begin
      // the messages of the last words are counted once all words are done
      if (busy_q) tail_q <= waiting_i + 9'd3;
      else if (tail_q != '0) tail_q <= waiting_i == '0 && tail_q > 9'd3 ? 9'd3 : tail_q - 9'(sent_i || waiting_i == '0);
      if (ctrl_i) off_q[ctrl_vp_i[VW-1:0]] <= ctrl_off_i;
      if (fault_i) off_q[fault_vp_i[VW-1:0]] <= 1'b1;
      if (drain_i) begin
        busy_q    <= first_i <= last_i && 32'(last_i) < VPS;
        at_q      <= first_i[VW-1:0];
        last_q    <= last_i[VW-1:0];
        flipped_q <= 1'b0;
        second_q  <= 1'b0;
      end else if (busy_q) begin
        // first what an abandoned drain may have left in the other epoch, then flip, then the old one; all that twice
        if (!flipped_q) begin
          if (now_at ? clear0 : clear1) begin
            if (now_at ? clear1 && !s1_at : clear0 && !s0_at) begin
              busy_q   <= at_q != last_q;
              at_q     <= at_q + 1'b1;
              second_q <= 1'b0;
            end else begin
              epoch_q[at_q] <= !now_at;
              flipped_q     <= 1'b1;
            end
          end
        end else if (now_at ? clear0 : clear1) begin
          flipped_q <= 1'b0;
          second_q  <= !second_q;
          if (second_q) begin
            busy_q <= at_q != last_q;
            at_q   <= at_q + 1'b1;
          end
        end
      end
    end
  end

  // a start in this very cycle is not in the counter yet
  logic s0_at, s1_at;
  assign s0_at = s0 && sv == at_q;
  assign s1_at = s1 && sv == at_q;

`ifdef FORMAL
  // One word of one VP is followed, among any number of others of which only counts are kept.
  (* anyconst *) logic [VW-1:0] f_vp;
  (* anyseq *) logic f_start, f_end;    // what starts or ends in this cycle is the word followed
  logic f_past = 1'b0, f_out_q, f_epoch_q;
  logic f_s, f_e, f_cleared_q;
  logic [15:0] f_time_q;
  logic [1:0] f_debt_q;                 // deliveries that the drain under way has to wait for
  logic [3:0] f_n0_q [VPS];             // others, by VP and epoch
  logic [3:0] f_n1_q [VPS];
  assign f_s = start_i && f_start && !f_out_q && sv == f_vp;
  assign f_e = end_i && f_out_q && ev == f_vp && end_epoch_i == f_epoch_q &&
               (f_end || (end_epoch_i ? f_n1_q[ev] : f_n0_q[ev]) == '0);
  always_ff @(posedge clk_i) begin
    f_past      <= 1'b1;
    f_time_q    <= !f_past || !init_i ? 16'd0 : f_time_q + 16'd1;
    f_cleared_q <= f_past && (init_i || f_cleared_q);
    // the user's part: tables are cleared first; what ends was started, in the epoch it was counted under
    if (!f_past) assume (init_i);
    else begin
      assume (init_i ? init_addr_i == f_time_q : f_cleared_q && (f_time_q == '0 || 32'(f_time_q) >= VPS));
      assume (!init_i || (!start_i && !end_i && !drain_i && !ctrl_i && !fault_i));
      assume ((!start_i || 32'(start_vp_i) < VPS) && (!end_i || 32'(end_vp_i) < VPS));
      if (end_i && !f_e) assume ((end_epoch_i ? f_n1_q[ev] : f_n0_q[ev]) != '0);
      assume (!drain_i || !busy_q);
    end
    if (f_past && !init_i) assume (f_n0_q[0] < 4'd8 && f_n1_q[0] < 4'd8 && f_n0_q[1] < 4'd8 && f_n1_q[1] < 4'd8);
    for (int v = 0; v < VPS; v++) begin
      f_n0_q[v] <= init_i ? '0 : f_n0_q[v] + 4'(start_i && !f_s && sv == VW'(v) && !epoch_q[v]) -
                   4'(end_i && !f_e && ev == VW'(v) && !end_epoch_i) +
                   4'(end_i && !f_e && ev == VW'(v) && again_i && !end_now_o);
      f_n1_q[v] <= init_i ? '0 : f_n1_q[v] + 4'(start_i && !f_s && sv == VW'(v) && epoch_q[v]) -
                   4'(end_i && !f_e && ev == VW'(v) && end_epoch_i) +
                   4'(end_i && !f_e && ev == VW'(v) && again_i && end_now_o);
    end
    if (init_i) {f_out_q, f_debt_q} <= '0;
    else begin
      if (f_e) begin
        f_out_q   <= again_i;
        f_epoch_q <= end_now_o;
      end
      if (f_s) begin
        f_out_q   <= 1'b1;
        f_epoch_q <= epoch_q[sv];
      end
      // flags that flew when the drain began, then those that came meanwhile and flew after them
      if (drain_i && first_i <= last_i && 32'(last_i) < VPS && first_i <= 10'(f_vp) && 10'(f_vp) <= last_i)
        f_debt_q <= !f_out_q || (f_e && !again_i) ? 2'd0 : f_e ? 2'd1 : 2'd2;
      else if (f_e) f_debt_q <= !again_i || f_debt_q == '0 ? 2'd0 : f_debt_q - 2'd1;
    end
    if (f_past && !init_i) begin
      // a drain does not end before all that was accepted earlier for its VPs is delivered or dropped
      assert (busy_q || f_debt_q == '0);
      // a VP is off from the cycle behind the fault or the command that turns it off
      if ($past(fault_i && !init_i) && $past(fault_vp_i[VW-1:0]) == f_vp) assert (off_o[f_vp]);
    end
    cover (f_past && $past(busy_q) && !busy_q && f_out_q);
  end
`endif
endmodule
