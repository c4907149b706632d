// SPDX-License-Identifier: MIT
// AtomicOps in flight: the tags, what each one sets, their completions and time-outs.
// Promises: completions are always taken, one a cycle, and decided one cycle later; a tag is freed exactly once: at
// its completion, or, after a time-out, at its late completion or when another time-out has passed (quarantine);
// what comes back in the very cycle of abandon_i counts as not come. What belongs to nothing in flight is counted
// and dropped. Word, flags and vector of the completing tag are out in the cycle in which it arrives, so that the
// tables behind them can be read at once.
module hvb_flight #(
    parameter int unsigned TAGS = 32
) (
    input  logic             clk_i,
    input  logic             rst_i,         // power-on: all tags free
    input  logic             abandon_i,     // FLR: what is still in flight goes into quarantine, silently
    input  logic [31:0]      now_i,
    input  logic [31:0]      timeout_i,     // cycles
    input  logic             timeout_off_i, // wait for ever
    input  logic             owned_i,       // hvb_owned answers, the cycle after issue: always with success
    input  logic             ext_tag_i,     // tags past 31 may be used
    input  logic [15:0]      id_i,
    // issue
    output logic             tag_ok_o,
    output logic [7:0]       tag_o,
    input  logic             issued_i,      // a cycle ago tag_o was used, for flight_i as it was then
    input  hvb_pkg::flight_t flight_i,
    input  logic             epoch_i,       // under which its word waited
    input  logic             sent_i,        // the AtomicOp of sent_tag_i left the card
    input  logic [7:0]       sent_tag_i,
    input  logic [8:0]       waiting_i,     // messages that wait to be sent: they count as tags
    // completions in
    input  logic             cpl_valid_i,
    input  logic             cpl_err_i,
    input  hvb_pkg::cpl_hdr_t cpl_hdr_i,
    input  logic [63:0]      cpl_data_i,
    // C0: the tag that arrives
    output logic             c0_near_o,     // one may arrive, or be late
    output logic [11:0]      c0_pw_o,
    output logic [10:0]      c0_vector_o,   // of a completion
    // C1: commit
    output logic             done_o,
    output hvb_pkg::flight_t flight_o,
    output logic             epoch_o,
    output logic             miss_o,        // flags are left to set
    output logic             fault_o,
    output logic [1:0]       kind_o,        // of the fault: hvb_regs_pkg::LOG_*
    output logic             hit_o,         // swapped
    output logic             newly_o,       // a flag went from 0 to 1
    output logic [63:0]      guess_o,       // next compare value
    output logic [63:0]      left_o,        // flags left to set
    output logic [7:0]       tag1_o,
    output logic             unexpected_o,
    output logic [8:0]       inflight_o,    // with what is in C1
    output logic [8:0]       quarantined_o, // as of a cycle ago
    output logic             calm_o         // none that flies can be late within the next CALM cycles
);
  localparam int unsigned TW = $clog2(TAGS);
  localparam int unsigned CALM = 256;

  logic [hvb_pkg::FLIGHT_BITS-1:0] table_q [TAGS];
  logic [31:0] since_q [TAGS];
  logic epochs_q [TAGS];  // known late of what leaves: written a cycle later, read in C1
  logic epoch_q;
  // in flight; in quarantine; of one in flight that it left the card, of one in quarantine that a whole time-out is to
  // come. What a completion or a time-out does to them is done in C1.
  logic [TAGS-1:0] busy_q, left_q, mark_q;
  logic [TW:0] inflight_q, quarantined_q;
  // what leaves, what comes into quarantine, waits there anew and comes out is known late: it is done in the next cycle
  logic late1_q, left1_q, again1_q;
  assign inflight_o = 9'(inflight_q) + 9'(issued_i);
  assign quarantined_o = 9'(quarantined_q);

  // ---- free tags: a queue, filled once after power-on, and the one that is used next before it. That one was used is
  // seen a cycle later: then the next is the queue's first.
  logic [TW:0] fill_q;
  logic [TW:0] free_count;
  logic free_empty, fill, long_tag, pass_on, late_v_q, may_q, may_less_q, push, has;
  logic [8:0] used;
  logic [3:0] room;
  logic [TW-1:0] free_head, next_q, next;
  logic next_v_q, draw;
  assign fill = fill_q != (TW+1)'(TAGS);
  hvb_fifo #(.WIDTH(TW), .DEPTH(TAGS), .EARLY(1'b1)) u_free (
      .clk_i, .clear_i(rst_i), .push_i(push),
      .data_i(fill ? fill_q[TW-1:0] : free1_q ? tag_q : next_q), .pop_i(draw && !free_empty),
      .head_o(free_head), .empty_o(free_empty), .count_o(free_count));
  assign push     = fill || free1_q || pass_on;
  assign draw     = issued_i || !next_v_q;
  assign next     = draw ? free_head : next_q;
  assign tag_o    = 8'(next);
  // compared before what left and what came back a cycle ago is counted, with all that this can make of it
  assign used     = 9'(inflight_q) + waiting_i;
  for (genvar i = 0; i < 4; i++) begin : g_room
    assign room[i] = used < 9'(TAGS - 2 + i);
  end
  assign has      = push || !(free_empty || (draw && free_count == (TW+1)'(1)));  // the queue will have one
  // Whether there is a tag, and room, was found out a cycle ago for both: one was used since, or none. Behind a cycle
  // in which a tag is late none is given out, so that one without a completion comes, in which it can be told.
  assign tag_ok_o = (issued_i ? may_less_q : may_q) && !long_tag;
  // A tag past 31 needs Extended Tag Field Enable (PCIe 2.2.6.2): without it, it goes to the queue's tail.
  if (TAGS > 32) begin : g_long
    assign long_tag = !ext_tag_i && 8'(next) > 8'd31;
    assign pass_on  = long_tag && !draw && !free1_q && !fill;
  end else begin : g_short
    assign {long_tag, pass_on} = 2'b00;
  end

  // ---- time-outs: one tag is looked at in each cycle, which one the time says: so nothing moves while all just fly
  logic [TW-1:0] look, late_q;
  logic over, over_q;
  assign look = now_i[TW-1:0];
  assign over = now_i - since_q[look] >= timeout_i && !timeout_off_i;

  // since when something flies without a pause: nothing is late before that is a time-out ago
  logic [31:0] began_q;
  logic young_q;
  assign calm_o = young_q;

  // ---- C0
  hvb_pkg::flight_t c0_flight, cpl_flight;
  logic c0_valid, mine, flies, late_now, again, cpl_quarantine, quarantine_out;
  logic cpl_busy, cpl_left, late_left;
  logic [TW-1:0] c0_tag, cpl_tag;
  assign cpl_tag = cpl_hdr_i.tag[TW-1:0];
  assign mine = cpl_hdr_i.typ == hvb_pkg::TYP_CPL && {1'b0, cpl_hdr_i.tag} < 9'(TAGS) &&
                {cpl_hdr_i.t9, cpl_hdr_i.t8} == 2'd0 && cpl_hdr_i.requester == id_i;
  // as they are behind C1
  assign cpl_busy   = busy_q[cpl_tag] && !(done_q && tag_q == cpl_tag);
  assign cpl_left   = tag_q == cpl_tag && (late1_q || left1_q) ? late1_q : left_q[cpl_tag];
  assign late_left  = left_q[late_q] && !(left1_q && tag_q == late_q);
  assign flies      = cpl_valid_i && ((cpl_busy && mark_q[cpl_tag]) || (owned_i && issued_i));
  assign late_now   = !cpl_valid_i && !sent_i && late_v_q && busy_q[late_q] && !(done_q && tag_q == late_q);
  assign again      = !cpl_valid_i && !sent_i && late_v_q && late_left && mark_q[late_q];
  assign c0_tag     = cpl_valid_i ? cpl_tag : late_q;
  assign c0_valid   = (mine && flies) || late_now;
  assign c0_near_o   = cpl_valid_i || late_v_q;
  assign c0_flight   = table_q[c0_tag];
  assign c0_pw_o     = c0_flight.pw;
  assign cpl_flight  = table_q[cpl_tag];
  assign c0_vector_o = cpl_flight.vector;  // one that is late sends nothing
  assign cpl_quarantine = cpl_valid_i && mine && cpl_left;
  // what a time-out does to a tag in quarantine, too, waits for a cycle without a completion
  assign quarantine_out = late_v_q && late_left && !cpl_valid_i && !mark_q[late_q];

  // the tag that becomes free: a late one does not yet
  logic freed;
  assign freed = (cpl_valid_i && c0_valid) || cpl_quarantine || quarantine_out;

  // ---- C1
  // what came back is compared in part before the register: where it is not the guess, where it lacks a flag, a bit for
  // each four
  logic [15:0] unlike_q, lacks_q;
  logic    done_q, ok_q, fresh;
  logic [1:0]  kind_q;
  logic [63:0] data_q;
  hvb_pkg::flight_t f_q;
  logic [TW-1:0] tag_q;
  logic free1_q;
  assign done_o   = done_q;
  assign flight_o = f_q;
  assign epoch_o  = epochs_q[tag_q];
  assign tag1_o   = 8'(tag_q);
  assign fault_o  = !ok_q;
  assign kind_o   = kind_q;
  assign fresh    = lacks_q != '0;
  assign hit_o    = ok_q && (owned_i || unlike_q == '0);
  assign newly_o  = hit_o && fresh;
  assign miss_o   = ok_q && !hit_o && fresh;
  assign left_o   = miss_o ? f_q.bits & ~data_q : '0;
  assign guess_o  = hit_o ? data_q | f_q.bits : ok_q ? data_q : '0;

  always_ff @(posedge clk_i) begin
    // written before it is known whether it leaves: that is known late, and what is free may hold anything
    if (!(draw && free_empty)) table_q[next] <= flight_i;
    if (draw) next_q <= free_head;
    next_v_q <= !(draw && free_empty) && !pass_on;

    // taken up before it is known whose it is
    if (c0_near_o) begin
      f_q    <= c0_flight;
      tag_q  <= c0_tag;
      data_q <= cpl_data_i;
      for (int i = 0; i < 16; i++) begin
        unlike_q[i] <= cpl_data_i[4*i+:4] != c0_flight.guess[4*i+:4];
        lacks_q[i]  <= (c0_flight.bits[4*i+:4] & ~cpl_data_i[4*i+:4]) != '0;
      end
      ok_q   <= cpl_valid_i && !cpl_err_i && cpl_hdr_i.status == hvb_pkg::CPL_SC && cpl_hdr_i.fmt == 3'b010 &&
                cpl_hdr_i.len == 10'd2 && !cpl_hdr_i.ep && cpl_hdr_i.bytes == 12'd8;
      kind_q <= !cpl_valid_i ? 2'(hvb_regs_pkg::LOG_TIMEOUT) :
                !cpl_err_i && (cpl_hdr_i.status == hvb_pkg::CPL_UR || cpl_hdr_i.status == hvb_pkg::CPL_CA) ?
                    2'(hvb_regs_pkg::LOG_ERROR) : 2'(hvb_regs_pkg::LOG_POISON);
    end

    // the walk stops at a tag that is late until that is dealt with; what it finds is looked at once more a cycle later
    if (late_v_q) late_v_q <= (busy_q[late_q] || left_q[late_q]) && !late_now && !again && !quarantine_out;
    else begin
      over_q   <= 1'b0;
      if (!over_q && ((busy_q[look] && mark_q[look]) || left_q[look])) over_q <= over;
      late_v_q <= over_q && ((busy_q[late_q] && mark_q[late_q]) || left_q[late_q]);
      if (!over_q) late_q <= look;
    end
    if (inflight_q == '0) began_q <= now_i;
    young_q <= inflight_q == '0 || (young_q && now_i - began_q + 2 * CALM < timeout_i);

    // an AtomicOp counts as late only once it has left
    epoch_q <= epoch_i;
    if (issued_i) epochs_q[next_q] <= epoch_q;
    if (issued_i) busy_q[next_q] <= 1'b1;
    if (issued_i && owned_i) mark_q[next_q] <= 1'b1;
    if (sent_i) mark_q[sent_tag_i[TW-1:0]] <= 1'b1;
    // of one that is late, whatever becomes of it: what does not wait anew is free, or about to be
    if (sent_i || late_v_q) since_q[sent_i ? sent_tag_i[TW-1:0] : late_q] <= now_i;
    if (done_q) busy_q[tag_q] <= 1'b0;
    if (late1_q || left1_q) left_q[tag_q] <= late1_q;
    if (done_q || left1_q || again1_q) mark_q[tag_q] <= 1'b0;
    done_q  <= c0_valid;
    free1_q <= freed && !abandon_i;
    unexpected_o <= cpl_valid_i && !(mine && flies);
    inflight_q   <= inflight_q + (TW+1)'(issued_i) - (TW+1)'(done_q);
    // a message that comes to wait is counted a cycle late
    may_q      <= (issued_i == done_q ? room[2] : done_q ? room[3] : room[1]) &&
                  (has || (!(draw && free_empty) && !pass_on)) && !late_v_q;
    may_less_q <= (issued_i == done_q ? room[1] : done_q ? room[2] : room[0]) && has && !late_v_q;
    late1_q  <= late_now && !abandon_i;
    again1_q <= again && !abandon_i;
    left1_q <= (cpl_quarantine || quarantine_out) && !abandon_i;
    quarantined_q <= quarantined_q + (TW+1)'(late1_q) - (TW+1)'(left1_q) +
                     (abandon_i ? inflight_q - (TW+1)'(done_q) : '0);
    // what comes back in this very cycle comes too late, and into quarantine with the others
    if (abandon_i) begin
      for (int i = 0; i < TAGS; i++)
        if (busy_q[i] && !(done_q && tag_q == TW'(i))) begin
          left_q[i] <= 1'b1;
          mark_q[i] <= 1'b1;
        end
      busy_q <= '0;
      inflight_q <= '0;
      done_q <= 1'b0;
    end
    if (rst_i) begin
      fill_q <= '0;
      busy_q <= '0;
      left_q <= '0;
      mark_q <= '0;
      young_q <= 1'b0;
      late_v_q <= 1'b0;
      over_q <= 1'b0;
      late1_q <= 1'b0;
      again1_q <= 1'b0;
      left1_q <= 1'b0;
      inflight_q <= '0;
      quarantined_q <= '0;
      done_q <= 1'b0;
      free1_q <= 1'b0;
      next_v_q <= 1'b0;
      may_q <= 1'b0;
      may_less_q <= 1'b0;
      unexpected_o <= 1'b0;
    end else if (fill) fill_q <= fill_q + 1'b1;
  end

`ifdef FORMAL
  // One tag stands for all. It is followed by what passes the module's ports alone.
  (* anyconst *) logic [TW-1:0] f_t;
  (* hierconn *) logic [TW*TAGS-1:0] \u_free.f_mem ;
  (* hierconn *) logic [TW-1:0] \u_free.r_q ;
  logic f_past = 1'b0, f_out_q, f_sent_q, f_here, f_due_q, f_late_q;
  hvb_pkg::flight_t f_flight_q;
  logic f_epoch_q, f_epoch1_q, f_ok_q, f_new, f_out, f_sent;
  hvb_pkg::flight_t f_flight1_q, f_flight;
  logic [9:0] f_load_q;
  // what left a cycle ago is this tag's; with that: whether it is out, and was sent, and what it carries
  assign f_new    = issued_i && next_q == f_t;
  assign f_out    = f_out_q || f_new;
  assign f_sent   = f_new ? owned_i : f_sent_q;
  assign f_flight = f_new ? f_flight1_q : f_flight_q;
  logic [63:0] f_data_q, f_unlike, f_lacks;
  assign f_unlike = data_q ^ f_q.guess;
  assign f_lacks  = f_q.bits & ~data_q;
  logic [8:0] f_busy, f_left;         // how many tags are in flight, in quarantine
  logic [TAGS-1:0] f_issued;           // what left a cycle ago
  logic [TAGS-1:0] f_busy_now, f_left_now;  // busy_q, left_q as they are behind C1
  assign f_issued   = TAGS'(issued_i) << next_q;
  assign f_busy_now = busy_q & ~(TAGS'(done_q) << tag_q);
  assign f_left_now = (left_q & ~(TAGS'(left1_q) << tag_q)) | (TAGS'(late1_q) << tag_q);
  logic [TW+1:0] f_places [TAGS];     // how often each tag is somewhere
  assign f_here = cpl_valid_i && mine && c0_tag == f_t;  // its completion arrives, or that of another life of it
  always_comb begin
    f_busy = '0;
    f_left = '0;
    for (int i = 0; i < TAGS; i++) begin
      f_busy = f_busy + 9'(busy_q[i]);
      f_left = f_left + 9'(left_q[i]);
    end
    for (int t = 0; t < TAGS; t++) begin
      f_places[t] = (TW+2)'(f_busy_now[t]) + (TW+2)'(f_issued[t]) + (TW+2)'(f_left_now[t]) +
                    (TW+2)'(free1_q && tag_q == TW'(t)) + (TW+2)'((TW+1)'(t) >= fill_q) +
                    (TW+2)'(next_v_q && !issued_i && next_q == TW'(t));
      for (int i = 0; i < TAGS; i++)
        if ((TW+1)'(i) < free_count && \u_free.f_mem [((TW'(i) + \u_free.r_q ) & TW'(TAGS-1))*TW+:TW] == TW'(t))
          f_places[t] = f_places[t] + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    {f_flight1_q, f_epoch1_q} <= {flight_i, epoch_i};
    // the first clearing of tables takes longer than the fill; and a reset lasts two cycles, in the second of which
    // hvb_issue, too, is cleared
    f_ok_q   <= tag_ok_o && !fill && !rst_i;
    f_load_q <= f_past && rst_i ? '0 : 10'(inflight_o) + 10'(waiting_i);
    if (!f_past) assume (rst_i);
    // the user's part: only a tag that is offered is used; what is sent was issued, once; the mode stays
    if (f_past) assume ($stable(owned_i) && !(owned_i && sent_i));
    if (f_past) assume (!issued_i || f_ok_q);
    // or, held at the output, given up a cycle ago
    if (f_past)
      assume (!sent_i || (32'(sent_tag_i) < TAGS &&
                          (((f_busy_now[sent_tag_i[TW-1:0]] || f_issued[sent_tag_i[TW-1:0]]) &&
                            !mark_q[sent_tag_i[TW-1:0]]) || ($past(abandon_i) && left_q[sent_tag_i[TW-1:0]] &&
                                                             mark_q[sent_tag_i[TW-1:0]]))));
    // hvb_owned: what answers in the cycle after an issue is that one
    if (f_past) assume (!(owned_i && issued_i && cpl_valid_i && mine) || c0_tag == next_q);
    if (f_past) assume (!issued_i || !(abandon_i || $past(abandon_i)));
    // hvb_msix: one message comes to wait in a cycle, at most
    if (f_past) assume (32'(waiting_i) <= 2 * TAGS && waiting_i <= $past(waiting_i) + 9'd1);
    f_due_q <= f_here && f_out && f_sent && !abandon_i && !rst_i;
    f_late_q <= f_here && f_left_now[f_t] && !abandon_i && !rst_i;
    if (f_new) begin
      f_out_q    <= 1'b1;
      f_sent_q   <= owned_i;
      f_flight_q <= f_flight1_q;
      f_epoch_q  <= f_epoch1_q;
    end
    if (sent_i && sent_tag_i[TW-1:0] == f_t) f_sent_q <= 1'b1;
    if (c0_valid && c0_tag == f_t) f_out_q <= 1'b0;
    if (rst_i || abandon_i) f_out_q <= 1'b0;
    f_data_q <= cpl_data_i;
    if (f_past) begin
      // a tag is always in exactly one place: free, in flight, in quarantine, or on its way from there to free
      for (int t = 0; t < TAGS; t++) assert (f_places[t] == (TW+2)'(1));
      assert (free_count <= (TW+1)'(TAGS) && free_empty == (free_count == '0));
      assert (!issued_i || next_v_q);
      assert (free_empty || free_head == \u_free.f_mem [\u_free.r_q *TW+:TW]);
      assert (!fill || (busy_q == '0 && left_q == '0 && !free1_q && !late_v_q && !issued_i && !done_q));
      assert (!late_v_q || (!over_q && (!busy_q[late_q] || mark_q[late_q])));
      assert (inflight_q == f_busy && quarantined_q == f_left);
      // what C1 does, it does to one tag, which is where it says
      assert (!done_q || busy_q[tag_q]);
      assert (!(left1_q || again1_q) || (left_q[tag_q] && !done_q && !late1_q));
      assert (!late1_q || done_q);
      assert ((busy_q & left_q) == TAGS'(0));
      assert (f_busy_now[f_t] == f_out_q);
      assert ((mark_q & ~(busy_q | left_q)) == TAGS'(0));
      if (f_out_q)
        assert (mark_q[f_t] == f_sent_q && table_q[f_t] == f_flight_q && epochs_q[f_t] == f_epoch_q);
      if (f_new) assert (table_q[f_t] == f_flight1_q && epoch_q == f_epoch1_q);
      // messages that wait take the place of tags; one that has just come is counted a cycle late
      if (issued_i) assert (32'(f_load_q) <= TAGS);
      // it is not given out while its AtomicOp may still be answered
      if (f_new) assert (!f_out_q && !f_left_now[f_t]);
      // only a completion of its own, for what was sent, ends as success; it is decided in the next cycle, whatever
      // else happens (completions are always taken)
      if (f_due_q) assert (done_o && tag_q == f_t && f_q == f_flight_q && epoch_o == f_epoch_q &&
                          data_q == f_data_q);
      // what comes late, however late, frees its tag, and does nothing else
      if (f_late_q) assert (free1_q && tag_q == f_t && !done_o && unexpected_o);
      if (f_here && f_out && f_sent) assert (c0_vector_o == f_flight.vector);
      if (done_o && tag_q == f_t && (hit_o || miss_o || newly_o)) assert (f_due_q);
      if (done_o && tag_q == f_t && !f_due_q) assert (fault_o && kind_o == 2'(hvb_regs_pkg::LOG_TIMEOUT));
    end
    // newly set, miss and left say what they must about the word that came back
    if (f_past && done_o) begin
      assert (!newly_o || (ok_q && (owned_i || data_q == f_q.guess) && (f_q.bits & ~data_q) != '0));
      // how
      for (int i = 0; i < 16; i++)
        assert (unlike_q[i] == (f_unlike[4*i+:4] != '0) && lacks_q[i] == (f_lacks[4*i+:4] != '0));
      assert (left_o == (fault_o || owned_i || data_q == f_q.guess ? 64'd0 : f_q.bits & ~data_q));
      assert (miss_o == (left_o != '0));
      // where no flag is left to set and it did not fail, memory has them all
      if (!fault_o && !miss_o) assert ((f_q.bits & ~guess_o) == '0);
      if (!fault_o) assert (guess_o == (hit_o ? data_q | f_q.bits : data_q));
    end
    cover (f_past && f_new && $past(f_due_q, 2));
    cover (f_past && done_o && tag_q == f_t && newly_o);
    cover (f_past && done_o && kind_o == 2'(hvb_regs_pkg::LOG_TIMEOUT) && fault_o && tag_q == f_t);
    cover (f_past && quarantine_out && late_q == f_t);
    cover (f_past && cpl_quarantine && c0_tag == f_t);
    cover (f_past && f_due_q && miss_o);
    cover (f_past && $past(abandon_i && f_out_q) && left_q[f_t]);
  end
`endif
endmodule
