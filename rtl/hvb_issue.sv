// SPDX-License-Identifier: MIT
// Sends AtomicOps: a signal's at once from S4 where its word was idle and nothing waits, else those of the ready
// lists in turn. Takes back words that came late, missed, or whose receiver holds its share of the tags.
// Promises: at most one AtomicOp in flight for a word; at most a quarter of the tags for one receiving partition;
// one AtomicOp a cycle. Nothing here holds the pipeline: a signal that cannot leave waits in its word. In `owned`
// mode they go to hvb_owned, in the cycle of issue_o, and nothing to the non-posted output.
module hvb_issue #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned WORDS = 2048,
    parameter int unsigned TAGS = 32      // 4 to 256, a power of two
) (
    input  logic            clk_i,
    input  logic            clear_i,       // while clear_addr_i walks: forgets everything
    input  logic [15:0]     clear_addr_i,
    input  logic            freeze_i,      // no AtomicOp may leave
    input  logic            owned_i,       // mode
    input  logic            owned_ok_i,    // owned: hvb_owned takes one
    input  logic [15:0]     id_i,          // requester id
    output logic            off_o,         // the VP of the word in hand is off
    input  logic            off_i,         // ... will be in the next cycle
    input  logic [2:0]      pre_off_i,     // of the word before the hand: it comes back just now, goes off, was off
    input  logic            any_off_i,     // some VP was, a cycle ago
    // S3, S4, S5 of the pipeline
    input  logic            pass3_i,       // S3's slot may start
    input  logic [5:0]      rpart3_i,      // receiver of S3's signal
    input  logic [5:0]      rpart4_i,      // ... of S4's
    output logic            can_bypass_o,
    input  logic            wait_i,        // S4's starts to wait
    input  logic            bypass_i,      // ... leaves at once
    input  logic [5:0]      part_i,        // sending partition
    input  logic [11:0]     pw_i,
    input  logic [63:0]     bit_i,
    input  hvb_pkg::word_t  word_i,
    input  logic [15:0]     gen_i,
    input  logic [2:0]      state_i,
    // take ports of hvb_words; before the hand, whose a word is
    output logic            pre_re_o,
    output logic [11:0]     pre_at_o,
    input  logic [5:0]      pre_rpart_i,
    input  logic            pre_void_i,
    output logic            take_hand_o,   // a word is in hand
    output logic [11:0]     take_pw_o,     // ... this one
    output logic            take_stays_o,  // it stays there
    output logic [11:0]     take_next_o,   // the word before it
    output logic            take_read_o,   // that comes into the hand, and none that may go back is there
    output logic            take_weak_o,   // the word in hand may go back in this cycle; known early
    output logic            take_back_o,   // it does
    output logic            take_issue_o,
    output logic            take_drop_o,
    input  hvb_pkg::word_t  take_word_i,
    input  logic [63:0]     take_bits_i,
    input  logic [63:0]     take_guess_i,
    input  logic [15:0]     take_gen_i,
    input  logic [2:0]      take_state_i,
    input  logic            take_void_i,   // the word in hand was not read: it stays
    input  logic            take_stale_i,  // its record has changed: it goes back
    // completion: commits this cycle; takes back its word
    input  logic            done_i,
    input  logic            done_back_i,
    input  logic            done_late_i,   // a cycle behind: that of the cycle before after all
    input  logic [5:0]      done_part_i,
    input  logic [11:0]     done_pw_i,
    input  logic [5:0]      done_rpart_i,
    // tags
    input  logic            tag_ok_i,
    input  logic [7:0]      tag_i,
    output logic            issue_o,       // uses tag_i for flight_o
    output logic            issued_o,      // a cycle behind
    output hvb_pkg::flight_t flight_o,
    output logic [11:0]     own_o,         // its word in hvb_owned
    // non-posted output
    output logic            np_valid_o,
    input  logic            np_ready_i,
    output hvb_pkg::req_hdr_t np_hdr_o,
    output logic [127:0]    np_data_o,
    output logic [11:0]     np_pw_o,
    // observation
    output logic [9:0]      drop_vp_o,     // a waiting word is dropped (take_drop_o): its VP
    output logic            quota_o,       // a word went back for its receiver's share
    output logic            empty_o,       // no word waits
    output logic            still_o        // none waits, or those that do may not leave
);
  localparam int unsigned PAW = $clog2(PARTS);
  localparam int unsigned SHARE = TAGS / 4, SW = $clog2(2 * SHARE);
  if (TAGS < 4 || TAGS > 256 || (TAGS & (TAGS - 1)) != 0) begin : g_bad_tags
    $fatal(1, "hvb_issue: TAGS must be a power of two, 4 to 256");
  end

  // ---- tags in use for each receiver: one counter for each side, modulo two shares. No receiver ever has more than
  // its share, so it has all of it where the counters differ by just that: in their first bit.
  logic [SW-1:0] begun_q [PARTS];
  logic [SW-1:0] ended_q [PARTS];
  logic [SW-1:0] begun3, full3, pre_begun, pre_full;
  logic pre_full0, pre_full1, pre_full2;
  logic pass4_q, share4_q, share4_less_q, begin_q, held_q;
  logic [PAW-1:0] begin_at_q, end_at, begin_w, end_w, pre_r, hand_r;
  assign end_at   = done_rpart_i[PAW-1:0];
  // what leaves is known late: it is counted in the next cycle, and until then who reads adds it
  assign begun3   = begun_q[rpart3_i[PAW-1:0]] + SW'(begin_q && begin_at_q == rpart3_i[PAW-1:0]);
  assign full3    = ended_q[rpart3_i[PAW-1:0]] ^ SW'(SHARE);
  assign begin_w  = clear_i ? PAW'(clear_addr_i) : begin_at_q;
  assign end_w    = clear_i ? PAW'(clear_addr_i) : end_at;

  // ---- ready lists
  logic ready_valid, pop, push, push5_q, back_empty, back_pop, deck_empty, back_room_q;
  logic [5:0]  ready_part, push5_part_q, back_part, deck_part;
  logic [11:0] ready_pw, push5_pw_q, back_pw, deck_pw;
  logic [1:0]  deck_count;
  logic [$clog2(2*TAGS):0] back_count;
  assign push     = push5_q || !back_empty;
  assign back_pop = !push5_q && !back_empty;
  hvb_ready #(.PARTS(PARTS), .WORDS(WORDS)) u_ready (
      .clk_i, .clear_i, .push_i(push), .push_part_i(push5_q ? push5_part_q : back_part),
      .push_pw_i(push5_q ? push5_pw_q : back_pw), .pop_i(pop), .valid_o(ready_valid), .part_o(ready_part),
          .pw_o(ready_pw));
  logic [5:0]  hand_part_q;
  logic [11:0] hand_pw_q;
  // words on their way back to their lists' tails: those in flight always find room. That one comes back is known late.
  logic back_q;
  logic [5:0]  back_part_q;
  logic [11:0] back_pw_q;
  hvb_fifo #(.WIDTH(18), .DEPTH(2 * TAGS), .EARLY(1'b1)) u_back (
      .clk_i, .clear_i, .push_i(back_q || done_late_i), .data_i({back_part_q, back_pw_q}), .pop_i(back_pop),
      .head_o({back_part, back_pw}), .empty_o(back_empty), .count_o(back_count));

  // two words on deck, so that the lists need not know in the same cycle what becomes of the word in hand
  assign pop = ready_valid && !deck_count[1];
  hvb_fifo #(.WIDTH(18), .DEPTH(2)) u_deck (
      .clk_i, .clear_i, .push_i(pop), .data_i({ready_part, ready_pw}), .pop_i(lift), .head_o({deck_part, deck_pw}),
      .empty_o(deck_empty), .count_o(deck_count));

  // ---- the word before the hand: whose it is, is being read, so that it comes into the hand with what that says of it
  logic pre_q, pre_ok, lift, draw, may_go;
  logic [5:0]  pre_part_q;
  logic [11:0] pre_pw_q;
  assign may_go   = (!freeze_i && tag_ok_i) || any_off_q;
  // it comes into the hand, one is lifted from the deck: as with leaves, if an AtomicOp can leave, and if none can
  assign pre_ok   = pre_q && !pre_void_i;
  assign draw     = can_issue ? pre_ok && free : pre_ok && free_else && may_go;
  assign lift     = !deck_empty && (!pre_q || draw);
  assign pre_re_o = lift || pre_void_i;
  assign pre_at_o = pre_q && pre_void_i ? pre_pw_q : deck_pw;

  // whether its receiver will have its share, with what begins and ends in this very cycle: what begins is the word in
  // hand, of a receiver that has not yet, and then nothing stays. Found out for all that may begin: none, one, two;
  // what is known late chooses a cycle later.
  logic pre_begins, pre_began, full_q, full_less_q, begins_q, ended1_q;
  assign pre_r      = pre_rpart_i[PAW-1:0];
  assign hand_r     = take_word_i.rpart[PAW-1:0];
  always_comb
    if (pre_q) begin
      pre_begun  = begun_q[pre_r];
      pre_full   = ended_q[pre_r] ^ SW'(SHARE);
      pre_full0  = pre_begun == pre_full;
      pre_full1  = pre_begun == pre_full - SW'(1);
      pre_full2  = pre_begun == pre_full - SW'(2);
      pre_began  = begin_q && begin_at_q == pre_r;
    end else {pre_begun, pre_full, pre_full0, pre_full1, pre_full2, pre_began} = 'x;
  assign pre_begins = take_issue_o && hand_r == pre_r;

  // ---- the word in hand
  logic hand_q, hand, fit, hand_off, hand_full, any_off_q, np_free, can_issue, hand_stays;
  logic [2:0] pre_off_q;
  logic stayed_q, stayed_off_q;  // it is known late whether the word stays: hand_off is chosen a cycle later
  logic back_ok, leaves, leaves_else, free, free_else;
  logic stuck_q;  // it stayed, while some VP was off, of which words wait behind it to be dropped
  assign np_valid_o = (begin_q && !owned_i) || held_q;  // what leaves is known late, and needs no more
  assign np_free    = !np_valid_o || np_ready_i;
  assign can_issue  = !freeze_i && tag_ok_i && back_room_q && (owned_i ? owned_ok_i : np_free);
  assign hand         = hand_q && !take_void_i;
  assign hand_full    = (begins_q ? full_less_q : full_q) && !ended1_q;
  assign hand_off     = stayed_q ? stayed_off_q : pre_off_q[1] || (pre_off_q[0] && !pre_off_q[2]);
  assign fit          = hand && !take_stale_i;
  assign take_drop_o  = fit && hand_off && !done_i;
  assign take_issue_o = fit && !hand_off && !hand_full && can_issue;
  assign take_weak_o  = hand_q && (take_stale_i || hand_full || stuck_q);
  assign back_ok      = !done_i && back_room_q;
  assign take_back_o  = hand && back_ok && (take_stale_i || (!hand_off && (hand_full || (!can_issue && stuck_q))));
  // whether it leaves in one way or another: if an AtomicOp can leave, which is known late, and if none can
  assign leaves       = take_stale_i ? back_ok : hand_off ? !done_i : !hand_full || back_ok;
  assign leaves_else  = take_stale_i ? back_ok : hand_off ? !done_i : (hand_full || stuck_q) && back_ok;
  assign free         = !hand_q || (!take_void_i && leaves);
  assign free_else    = !hand_q || (!take_void_i && leaves_else);
  assign hand_stays   = !(can_issue ? free : free_else);
  assign off_o        = hand_off;
  assign take_hand_o  = hand_q;
  assign take_pw_o    = hand_pw_q;
  assign take_stays_o = hand_stays;
  assign take_next_o  = pre_pw_q;
  // draw, as it is where the word in hand can only leave for good
  assign take_read_o  = pre_q && !pre_void_i && may_go &&
                        (!hand_q || (!take_void_i && !take_weak_o && (hand_off ? !done_i : can_issue)));
  assign empty_o      = !ready_valid && deck_empty && !pre_q && !hand_q && !push5_q && !back_q && !done_late_i &&
                        back_empty && !waking_q;
  assign still_o      = empty_o || (freeze_i && !any_off_q && !push5_q && !back_q && !done_late_i && back_empty &&
                                    !waking_q && !pop && !lift && !(pre_q && pre_void_i) && (!hand_q || hand_stays));

  logic waking_q;  // a push shows in ready_valid two cycles later

  // ---- bypass
  assign can_bypass_o = can_issue && empty_o &&
                        (begin_q && begin_at_q == rpart4_i[PAW-1:0] ? share4_less_q : share4_q);

  assign issue_o  = bypass_i || take_issue_o;
  assign issued_o = begin_q;
  assign own_o   = hand_q ? take_word_i.own : word_i.own;
  // whose it would be is known before it is known whether it leaves: with a word in hand nothing is bypassed
  always_comb
    if (!hand_q) begin
      flight_o.pw      = pw_i;
      flight_o.bits    = bit_i;
      flight_o.guess   = 64'd0;
      flight_o.addr    = word_i.addr;
      flight_o.vp      = word_i.vp;
      flight_o.vector  = word_i.vector;
      flight_o.rpart   = word_i.rpart;
      flight_o.spart   = part_i;
      flight_o.polling = word_i.polling;
      flight_o.gen     = gen_i;
      flight_o.state   = state_i;
    end else begin
      flight_o.pw      = hand_pw_q;
      flight_o.bits    = take_bits_i;
      flight_o.guess   = take_guess_i;
      flight_o.addr    = take_word_i.addr;
      flight_o.vp      = take_word_i.vp;
      flight_o.vector  = take_word_i.vector;
      flight_o.rpart   = take_word_i.rpart;
      flight_o.spart   = hand_part_q;
      flight_o.polling = take_word_i.polling;
      flight_o.gen     = take_gen_i;
      flight_o.state   = take_state_i;
    end
  assign drop_vp_o    = take_word_i.vp;
  assign quota_o      = take_back_o && hand_full && !take_stale_i;

  // CAS, 64 bit: compare value, then swap value (PCIe 2.2.7; byte enables are reserved in AtomicOps)
  hvb_pkg::req_hdr_t hdr;
  logic high;  // above 4 GiB: a 4-DW header
  assign high = hand_q ? take_word_i.high : word_i.high;
  always_comb begin
    hdr = '0;
    hdr.fmt  = {2'b01, high};
    hdr.typ  = hvb_pkg::TYP_CAS;
    hdr.len  = 10'd4;
    hdr.id   = id_i;
    hdr.tag  = tag_i;
    hdr.dw2  = high ? flight_o.addr[60:29] : {flight_o.addr[28:0], 3'd0};
    hdr.dw3  = high ? {flight_o.addr[28:0], 3'd0} : 32'd0;
  end

  always_ff @(posedge clk_i) begin
    // a free output takes what might leave; begin_q says whether it does
    if (np_free && (hand_q || pass4_q)) begin
      np_hdr_o  <= hdr;
      np_data_o <= {flight_o.guess | flight_o.bits, flight_o.guess};
      np_pw_o   <= flight_o.pw;
    end
    pass4_q    <= pass3_i;
    begin_at_q <= flight_o.rpart[PAW-1:0];
    if (clear_i || begin_q) begun_q[begin_w] <= clear_i ? '0 : begun_q[begin_at_q] + 1'b1;
    if (clear_i || done_i) ended_q[end_w] <= clear_i ? '0 : ended_q[end_at] + 1'b1;
    share4_q      <= begun3 != full3;
    share4_less_q <= begun3 + 1'b1 != full3;
    // as it was a cycle ago: one more may have come since
    back_room_q <= back_count < ($clog2(2*TAGS)+1)'(TAGS - 2);
    any_off_q    <= any_off_i;
    push5_part_q <= part_i;
    push5_pw_q   <= pw_i;
    back_part_q  <= done_i ? done_part_i : hand_part_q;
    back_pw_q    <= done_i ? done_pw_i : hand_pw_q;
    if (lift) {pre_part_q, pre_pw_q} <= {deck_part, deck_pw};
    if (pre_q || hand_q) begin
      {stayed_q, stayed_off_q, pre_off_q} <= {hand_stays, off_i, pre_off_i};
      ended1_q    <= hand_stays ? ended1_q || (done_i && end_at == hand_r) : done_i && end_at == pre_r;
      if (!hand_stays) begin
        {hand_part_q, hand_pw_q} <= {pre_part_q, pre_pw_q};
        {full_q, full_less_q} <= pre_began ? {pre_full1, pre_full2} : {pre_full0, pre_full1};
        begins_q <= pre_begins;
      end
    end
    if (clear_i) begin
      begin_q    <= 1'b0;
      held_q     <= 1'b0;
      pre_q      <= 1'b0;
      hand_q     <= 1'b0;
      stuck_q    <= 1'b0;
      push5_q    <= 1'b0;
      back_q     <= 1'b0;
      waking_q   <= 1'b0;
    end else begin
      begin_q    <= issue_o;
      held_q     <= np_valid_o && !np_ready_i;
      pre_q      <= lift || (pre_q && !draw);
      hand_q     <= draw || hand_stays;
      stuck_q    <= hand_stays && any_off_q;
      push5_q    <= wait_i;
      back_q     <= (done_i && done_back_i) || take_back_o;
      waking_q   <= push;
    end
  end

`ifdef FORMAL
  // The ready lists are left to their own proof: what they offer is free here. One receiving partition stands for all.
  (* anyconst *) logic [PAW-1:0] f_r;
  logic f_past = 1'b0, f_known_q, f_good, f_stall_q, f_clear_q, f_lift_q, f_draw_q, f_stays_q, f_start_q, f_issue_q;
  logic f_gone_q;
  logic [7:0] f_back_q;                // words on their way back to their lists
  logic [17:0] f_done_q;
  logic f_waits_q;
  logic [PAW-1:0] f_pre_r_q, f_hand_r_q;
  logic [255:0] f_out_q;
  logic [17:0] f_deck_q, f_pre_q, f_hand_q, f_new_q;
  logic [8:0] f_fly_q;                  // AtomicOps in flight
  logic [SW:0] f_held_q, f_was_q;     // of those, to f_r; a cycle ago
  hvb_pkg::flight_t f_flight_q;
  logic [7:0] f_tag_q;
  // a cycle in which nothing stands in the way of a word
  assign f_good = !freeze_i && tag_ok_i && back_room_q && (owned_i ? owned_ok_i : np_free) && !take_void_i &&
                  !pre_void_i && !done_i;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    // the user's part: a walk over all receivers first, quiet; a bypass only where it is offered, for the word whose
    // receiver was asked for a cycle before; completions are of what flies; tags bound what flies
    f_known_q <= clear_i ? PAW'(clear_addr_i) == f_r || (f_past && f_clear_q && f_known_q) : f_past && f_known_q;
    assume (f_past ? clear_i || f_known_q : clear_i);
    if (f_past) begin
      assume (clear_i || $stable(owned_i));
      assume (!clear_i || (!wait_i && !bypass_i && !done_i && freeze_i));
      assume (!bypass_i || (!wait_i && can_bypass_o && word_i.rpart == rpart4_i));
      assume (rpart4_i == $past(rpart3_i) && (!(wait_i || bypass_i) || pass4_q));
      assume (clear_i || !done_i || (f_fly_q != '0 && (end_at != f_r || f_held_q != '0)));
      assume (clear_i || !tag_ok_i || 32'(f_fly_q) < TAGS || done_i);
      assume (!done_late_i || f_gone_q);
      assume (!bypass_i || word_i.high == (word_i.addr[60:29] != '0));
      assume (!take_issue_o || take_word_i.high == (take_word_i.addr[60:29] != '0));
      // hvb_words: the word in hand is the receiver's of whom it was before, as long as it is there
      assume ((!f_draw_q || hand_r == f_pre_r_q) && (!f_stays_q || hand_r == f_hand_r_q));
    end
    f_clear_q  <= clear_i;
    f_gone_q   <= done_i && !done_back_i && !clear_i;
    f_done_q   <= {done_part_i, done_pw_i};
    f_back_q   <= clear_i ? '0 : f_back_q + 8'((done_i && done_back_i) || take_back_o) + 8'(done_late_i) - 8'(back_pop);
    f_fly_q    <= clear_i ? '0 : f_fly_q + 9'(issue_o) - 9'(done_i);
    f_was_q    <= f_held_q;
    f_held_q   <= clear_i ? '0 : f_held_q + (SW+1)'(issue_o && flight_o.rpart[PAW-1:0] == f_r) -
                                 (SW+1)'(done_i && end_at == f_r);
    {f_lift_q, f_draw_q, f_stays_q, f_start_q, f_issue_q} <=
        {lift, draw, hand_stays, wait_i, issue_o} & {5{!clear_i}};
    f_waits_q <= pre_q && !draw && !clear_i;
    {f_pre_r_q, f_hand_r_q} <= {pre_r, hand_r};
    {f_deck_q, f_pre_q, f_hand_q, f_new_q} <=
        {deck_part, deck_pw, pre_part_q, pre_pw_q, hand_part_q, hand_pw_q, part_i, pw_i};
    {f_flight_q, f_tag_q} <= {flight_o, tag_i};
    f_stall_q <= np_valid_o && !np_ready_i && !clear_i;
    f_out_q   <= {np_hdr_o, np_data_o};
    if (f_past && !clear_i) begin
      // a word in hand leaves in the first good cycle, and the next is drawn in the same one; the deck is filled
      // meanwhile, in the order of the lists: so a word goes in each good cycle
      if (f_good && hand_q) assert (take_issue_o || take_drop_o || take_back_o);
      if (f_good && pre_q) assert (draw);
      if (!deck_empty && (!pre_q || draw)) assert (lift && pre_re_o && pre_at_o == deck_pw);
      if (pre_void_i) assert (!draw && pre_re_o && (!pre_q || pre_at_o == pre_pw_q));
      assert (deck_count <= 2'd2 && pop == (ready_valid && deck_count != 2'd2));
      // no word is lost on the way: it comes into the hand as it was drawn, and stays as it is or leaves in one way
      if (f_lift_q) assert (pre_q && {pre_part_q, pre_pw_q} == f_deck_q);
      if (f_waits_q) assert (pre_q && {pre_part_q, pre_pw_q} == f_pre_q);
      assert (pre_q == (f_lift_q || f_waits_q) && !(f_lift_q && f_waits_q));
      if (f_draw_q) assert (hand_q && {hand_part_q, hand_pw_q} == f_pre_q);
      if (f_stays_q) assert (hand_q && {hand_part_q, hand_pw_q} == f_hand_q);
      assert (hand_q == (f_draw_q || f_stays_q));
      // whether its VP is off is what was said of it in the cycle before
      if (hand_q) assert (off_o == (f_stays_q ? $past(off_i) : $past(pre_off_i[1] || (pre_off_i[0] && !pre_off_i[2]))));
      assert (take_issue_o + take_drop_o + take_back_o + hand_stays == 3'(hand_q));
      if (f_start_q) assert (push5_q && {push5_part_q, push5_pw_q} == f_new_q);
      // one that goes back waits only for those that come new
      if (!back_empty && !push5_q) assert (back_pop);
      // and always finds room: those that wait there and those that fly
      assert (32'(back_count) + 32'(back_q || done_late_i) + 32'(f_fly_q) <= 2 * TAGS && 32'(f_fly_q) <= TAGS);
      if (back_room_q) assert (32'(back_count) < TAGS - 1);  // how
      assert (back_empty == (back_count == '0));
      // none is lost on its way back, nor comes twice
      assert (32'(f_back_q) == 32'(back_count) + 32'(back_q));
      if (done_late_i) assert (!back_q && {back_part_q, back_pw_q} == f_done_q);
      // nothing leaves while it may not, and a bypass overtakes nothing
      if (issue_o) assert (!freeze_i && tag_ok_i && (!owned_i || owned_ok_i));
      if (owned_i) assert (!np_valid_o);
      if (can_bypass_o) assert (!hand_q && !pre_q && !ready_valid && deck_empty && back_empty && !push5_q && !back_q &&
                                !done_late_i);
      if (take_void_i) assert (!take_issue_o && !take_drop_o && !take_back_o);
      if (take_stale_i) assert (!take_issue_o && !take_drop_o);
      if (take_back_o) assert (take_weak_o);  // known early
      assert (take_read_o == (draw && !(hand_q && (take_weak_o || take_void_i))));
      // a receiving partition holds a quarter of the tags at most
      assert (32'(f_held_q) <= TAGS / 4);
      if (can_bypass_o && rpart4_i[PAW-1:0] == f_r) assert (32'(f_held_q) < TAGS / 4);
      // the AtomicOp is the flight's, and does not change while it waits
      if (f_issue_q && !owned_i)
        assert (np_valid_o && np_data_o == {f_flight_q.guess | f_flight_q.bits, f_flight_q.guess} &&
                np_pw_o == f_flight_q.pw && np_hdr_o.tag == f_tag_q && np_hdr_o.typ == hvb_pkg::TYP_CAS &&
                (np_hdr_o.fmt[0] ? {np_hdr_o.dw2, np_hdr_o.dw3} : {32'd0, np_hdr_o.dw2}) == {f_flight_q.addr, 3'd0});
      if (f_stall_q) assert (np_valid_o && {np_hdr_o, np_data_o} == f_out_q);
    end
    if (f_past && f_known_q && !clear_i && hand_q && hand_r == f_r) assert (hand_full == (32'(f_held_q) == TAGS / 4));
    if (f_past && f_known_q)
      assert (SW'(begun_q[f_r] + SW'(begin_q && begin_at_q == f_r) - ended_q[f_r]) == f_held_q[SW-1:0]);
    if (f_past && f_clear_q) assert (f_fly_q == '0 && f_held_q == '0);
    // how: what S3 saw of it
    if (f_past && f_known_q && !f_clear_q && rpart4_i[PAW-1:0] == f_r) begin
      assert (share4_q == (32'(f_was_q) != TAGS / 4) && share4_less_q == (32'(f_was_q) + 1 != TAGS / 4));
      assert (32'(f_held_q) <= 32'(f_was_q) + 32'(begin_q && begin_at_q == f_r));
    end
    cover (f_past && !clear_i && take_issue_o && 32'(f_held_q) + 1 == TAGS / 4 && hand_r == f_r);
    cover (f_past && !clear_i && take_back_o && quota_o);
    cover (f_past && !clear_i && bypass_i && f_fly_q != '0);
    cover (f_past && !clear_i && take_drop_o);
  end
`endif
endmodule
