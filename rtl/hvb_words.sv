// SPDX-License-Identifier: MIT
// Pending words: their records, what state they are in, the flags that wait. Stages S3 and S4 of the pipeline, and
// the memories' ports for take and completion (docs/design.md, "State of a pending word").
// Promises: a signal is decided in S4 from the state after everything before it; it is never lost: it ends in the
// pending memory or in an AtomicOp. Within a cycle a take comes before a signal, a signal before a completion.
module hvb_words #(
    parameter int unsigned WORDS = 2048,  // 64 to 4096
    parameter int unsigned VPS = 256,     // 2 to 1024
    parameter int unsigned VECS = 256,    // 2 to 2048
    parameter bit OWNED = 1'b1            // 0: records do not say OWN
) (
    input  logic            clk_i,
    input  logic            rst_i,
`ifdef HVB_CHECK_OFF
    input  logic [15:0]     check_off_i,
`endif
    input  logic            init_i,       // S2: the tables are cleared, at the addresses that come as pw3_i
    // S3: the slot that comes to S4 next
    input  logic            pass3_i,      // a signal, or the card's own direct one
    input  logic [11:0]     pw3_i, put3_i,  // put3_i: where a record is written, sooner than pw3_i
    input  logic [11:0]     base3_i,      // pw3_i is this one, as late, and so many words more
    input  logic [5:0]      step3_i,
    input  logic            word_we_i,    // S3: write word_i as record of pw3_i
    input  hvb_pkg::word_t  word_i,
    // S4: decision
    input  logic            ack4_i,       // an ack, of part4_i: queues the word, without flag4_i
    input  logic [5:0]      part4_i,
    input  logic [5:0]      flag4_i,
    input  logic            can_bypass_i, // an AtomicOp could leave now
    output logic            accept_o,     // flag will be set
    output logic            wait_o,       // ... its word was idle, and waits now
    output logic            bypass_o,     // ... its word was idle, and it leaves at once
    output logic            accept5_o, start5_o,  // a cycle behind: accept_o; ... and its word was idle
    output logic [3:0]      refuse_o,     // counter of the refusal by VP or SynIC
    output logic [11:0]     pw_o,
    output hvb_pkg::word_t  word_o,       // record of the word in S4
    output logic [15:0]     target_o,     // generation that proves delivery
    output logic [15:0]     gen_o,        // generation now
    output logic [2:0]      state_o,      // what bypass writes of the word's state
    // hvb_drain says of word_o's VP: it refuses and drops; its epoch
    output logic [9:0]      off_vp_o,     // that VP, for this alone
    input  logic            vp_off_i, vp_epoch_i,
    // before a take: whose the word is that comes next is read; it stays as long as nothing is read
    input  logic            pre_re_i,
    input  logic [11:0]     pre_at_i,
    output logic [9:0]      pre_vp_o,
    output logic [5:0]      pre_rpart_o,
    output logic            pre_void_o,   // none of this is good: it must be read again
    // take: address in one cycle, data and commit in the next
    input  logic            take_hand_i,  // a word was taken a cycle ago, or stayed: take_pw_i is in hand
    input  logic [11:0]     take_pw_i,
    input  logic            take_stays_i, // it stays, else take_next_i is read, whose VP was read
    input  logic [11:0]     take_next_i,
    input  logic            take_read_i,  // that is taken, and what is in hand may not go back and is not void
    input  logic            take_weak_i,  // the word in hand may go back in this cycle; known early
    input  logic            take_back_i,  // commit: it goes back, and all that waits with it
    input  logic            take_issue_i, // commit: its AtomicOp leaves
    input  logic            take_drop_i,  // commit: what waits is dropped
    output hvb_pkg::word_t  take_word_o,
    output logic [63:0]     take_bits_o,
    output logic [63:0]     take_guess_o,
    output logic            take_epoch_o,
    output logic [15:0]     take_gen_o,
    output logic [2:0]      take_state_o, // what its issue writes of the word's state
    output logic            take_void_o,  // none of this is good, and there must be no commit
    output logic            take_stale_o, // nor now: its record has changed, so that it must be taken anew
    // completion: address in one cycle, data and commit in the next
    input  logic            done_near_i,  // there may be one in the next cycle, of done_at_i
    input  logic [11:0]     done_at_i,
    input  logic            done_i,       // commit
    input  logic            done_miss_i,  // some flags are still to be set
    input  logic [63:0]     done_guess_i, // next compare value
    input  logic [63:0]     done_left_i,  // flags still to be set
    input  logic [15:0]     done_gen_i,   // generation when it left
    input  logic            done_epoch_i,
    input  logic [2:0]      done_state_i, // what its issue wrote
    output logic            done_back_o,  // the word goes back to its list
    output logic            done_dirty_o, // ... for flags that came while it flew
    output logic            done_late_o,  // a cycle behind a completion with neither: a signal met it, so it was both
    // DELIVERED: generation of a word, one cycle later; takes the take's turn
    input  logic            gen_re_i,
    input  logic [11:0]     gen_at_i,
    output logic [15:0]     gen_rd_o
);
  localparam int unsigned PW = $clog2(WORDS), VW = $clog2(VPS), XW = $clog2(VECS);
  localparam int unsigned WHO_W = 9 + VW, WHERE_W = 62 + XW + (OWNED ? PW : 0);
  localparam int unsigned VP_AT = WHO_W > 18 ? WHO_W : 18;  // the VP once more, alone in its block RAM (up to 512 VPs)
`ifndef FORMAL  // proofs are of fewer
  if (WORDS < 64 || WORDS > 4096) begin : g_bad_words
    $fatal(1, "hvb_words: WORDS must be 64 to 4096");
  end
`endif

`ifdef HVB_CHECK_OFF
  logic [15:0] on;
  assign on = ~check_off_i;
`else
  localparam logic [15:0] on = 16'hffff;  // not '1: Yosys 0.23 takes that for 1
`endif

  logic pass4, take4, taken, again, hold;
  logic [11:0] pw4, take_at, done_pw;
  // What is read of a word in hand stays as long as that; it is read again where it was void, which is known early.
  assign again   = take_hand_i && take_void_o;
  assign hold    = take_stays_i && !again;
  assign take_at = again ? take_pw_i : take_next_i;
  assign take4 = take_issue_i || take_drop_i;

  // ---- records: the pipeline writes or reads (clearing walks down it as a slot would), the take reads; whose the
  // word is, a cycle before the rest, so that who refuses it is known when it comes into the hand
  hvb_pkg::word_t word4, take_word;
  logic [VP_AT+VW-1:0] who_a, who_b;
  logic [WHO_W-1:0] who_d, who_q;
  logic [WHERE_W-1:0] where_a, where_b;
  logic init_q, init4_q, init5_q, record_we, where_void, gen_q, stale_q;
  assign record_we = init_q || word_we_i;
  assign who_d     = init_q ? '0 : {word_i.vp[VW-1:0], word_i.rpart, word_i.polling, word_i.state};
  hvb_dual #(.WIDTH(VP_AT + VW), .DEPTH(WORDS)) u_who (
      .clk_i, .a_we_i(record_we), .a_re_i(pass3_i), .a_addr_i(pw3_i[PW-1:0]),
      .a_wdata_i({who_d[9+:VW], VP_AT'(who_d)}), .a_rdata_o(who_a), .b_re_i(pre_re_i), .b_addr_i(pre_at_i[PW-1:0]),
      .b_rdata_o(who_b), .b_void_o(pre_void_o));
  hvb_dual #(.WIDTH(WHERE_W), .DEPTH(WORDS)) u_where (
      .clk_i, .a_we_i(record_we), .a_re_i(pass3_i), .a_addr_i(pw3_i[PW-1:0]),
      .a_wdata_i(init_q ? '0 : WHERE_W'({word_i.own[PW-1:0], word_i.vector[XW-1:0], word_i.addr, word_i.high})),
      .a_rdata_o(where_a), .b_re_i(!hold), .b_addr_i(take_at[PW-1:0]), .b_rdata_o(where_b), .b_void_o(where_void));
  always_comb begin
    word4     = '0;
    take_word = '0;
    {word4.vp[VW-1:0], word4.rpart, word4.polling, word4.state} = who_a[WHO_W-1:0];
    {word4.own[PW-1:0], word4.vector[XW-1:0], word4.addr, word4.high} = (62+XW+PW)'(where_a);
    {take_word.vp[VW-1:0], take_word.rpart, take_word.polling, take_word.state} = who_q;
    {take_word.own[PW-1:0], take_word.vector[XW-1:0], take_word.addr, take_word.high} = (62+XW+PW)'(where_b);
  end
  assign {pre_vp_o, off_vp_o} = {10'(who_b[VP_AT+:VW]), 10'(who_a[VP_AT+:VW])};
  assign pre_rpart_o  = who_b[8:3];
  assign take_word_o  = take_word;
  assign word_o       = word4;
  assign take_void_o  = where_void || gen_q || !got_q;
  assign take_stale_o = stale_q;
  always_ff @(posedge clk_i) begin
    if (!take_stays_i) who_q <= who_b[WHO_W-1:0];
    stale_q <= take_stays_i ? stale_q || (record_we && put3_i[PW-1:0] == take_pw_i[PW-1:0]) :
               record_we && put3_i[PW-1:0] == take_next_i[PW-1:0];
  end

  // ---- flags that wait. A signal's is set a cycle after S4, but where its word is in hand by then or comes into it,
  // where it goes with that. A word that comes into the hand leaves none behind; its flags are read a cycle late where
  // the word before it may go back, which needs the memory for its own.
  logic set_q, flag_q, at_hand, got_q, in_hand, in_next;
  logic [PW-1:0] pw5_q, swap_at;
  logic [5:0] flag5_q;
  logic [63:0] flags, flags_in, more_q;
  assign in_hand = set_q && pw5_q == take_pw_i[PW-1:0];
  assign in_next = set_q && pw5_q == take_next_i[PW-1:0];
  assign at_hand = take_weak_i || again;
  assign swap_at = init5_q ? pw5_q : at_hand ? take_pw_i[PW-1:0] : take_next_i[PW-1:0];
  hvb_flags #(.WORDS(WORDS)) u_flags (
      .clk_i, .set_i(set_q && flag_q && !(take_hand_i && in_hand) && !(take_read_i && in_next)),
      .set_at_i(pw5_q), .set_flag_i(flag5_q),
      .swap_i(init5_q || (at_hand ? !got_q || take_back_i : take_read_i)), .swap_at_i(swap_at),
      .swap_in_i(take_weak_i && got_q ? flags_in : 64'd0), .swap_out_o(flags));
  assign flags_in = flags | more_q | (flag_q && in_hand ? 64'd1 << flag5_q : 64'd0);
  always_ff @(posedge clk_i) begin
    pw5_q   <= pw4[PW-1:0];
    flag5_q <= flag4_i;
    set_q   <= (may4 && !(idle && can_bypass_i) && !init_i) && !vp_off;
    flag_q  <= !ack4_i;
    got_q   <= take_stays_i ? got_q || at_hand : !at_hand;
    more_q  <= (take_stays_i ? more_q : 64'd0) |
               (flag_q && (take_stays_i ? in_hand : in_next) ? 64'd1 << flag5_q : 64'd0);
  end

  // ---- state: written by the doorbell {dirty, epoch}, by issue {dirty, busy, retry}, by completion {busy, retry,
  // generation}; what S4 decides, a cycle later
  logic t_we, c_we;
  logic [PW-1:0] t_at, c_at, b_at, c_at_q, d_at_q;
  logic [1:0] d_d, d5_q, d_a, d_b, d_read_a, d_read_b, d_write_q;
  logic [2:0] t_d, t5_q, t_read_a, t_a, t_b;
  logic d_c, d_read_c, d_we_q, d_was_q, bypass_q, idle_q, late_q;
  logic [17:0] c_d, c_q, c_now, c_read_a, c_a, c_b;
  logic [15:0] c_less_q;
  logic same_q, d_hit_q, c_we_q, c_hit_q, c_hit_old_q, d_we, d_new_q, t_new_q, c_new_q, c_same_q;
  assign d_we = init5_q || set_q;
  assign d_d  = init5_q ? '0 : d5_q;
  assign b_at = gen_re_i ? gen_at_i[PW-1:0] : take_at[PW-1:0];
  hvb_ram #(.WIDTH(2), .DEPTH(WORDS), .FWD(1'b0)) u_d_a (
      .clk_i, .we_i(d_we), .waddr_i(pw5_q), .wdata_i(d_d), .re_i(pass3_i), .raddr_i(pw3_i[PW-1:0]), .rdata_o(d_read_a));
  hvb_ram #(.WIDTH(2), .DEPTH(WORDS), .FWD(1'b0)) u_d_b (
      .clk_i, .we_i(d_we), .waddr_i(pw5_q), .wdata_i(d_d), .re_i(!hold), .raddr_i(take_at[PW-1:0]), .rdata_o(d_read_b));
  hvb_ram #(.WIDTH(1), .DEPTH(WORDS), .FWD(1'b0)) u_d_c (
      .clk_i, .we_i(d_we), .waddr_i(pw5_q), .wdata_i(d_d[1]), .re_i(done_near_i), .raddr_i(done_at_i[PW-1:0]),
      .rdata_o(d_read_c));
  hvb_ram #(.WIDTH(3), .DEPTH(WORDS), .FWD(1'b0)) u_t_a (
      .clk_i, .we_i(t_we), .waddr_i(t_at), .wdata_i(t_d), .re_i(pass3_i), .raddr_i(pw3_i[PW-1:0]), .rdata_o(t_read_a));
  hvb_ram #(.WIDTH(3), .DEPTH(WORDS), .FWD(1'b0)) u_t_b (
      .clk_i, .we_i(t_we), .waddr_i(t_at), .wdata_i(t_d), .re_i(!hold), .raddr_i(take_at[PW-1:0]), .rdata_o(t_b));
  // completion's part is known late, and written a cycle later: until then it is c_now, for those who read
  hvb_ram #(.WIDTH(18), .DEPTH(WORDS), .FWD(1'b0)) u_c_a (
      .clk_i, .we_i(c_we_q), .waddr_i(c_at_q), .wdata_i(c_now), .re_i(pass3_i), .raddr_i(pw3_i[PW-1:0]),
      .rdata_o(c_read_a));
  hvb_ram #(.WIDTH(18), .DEPTH(WORDS), .FWD(1'b0)) u_c_b (
      .clk_i, .we_i(c_we_q), .waddr_i(c_at_q), .wdata_i(c_now), .re_i(gen_re_i || !hold), .raddr_i(b_at),
      .rdata_o(c_b));
  // What is written while a slot reads is compared with that before its sum is made.
  function automatic logic at3(input logic [PW-1:0] at);
    at3 = at - PW'(step3_i) == base3_i[PW-1:0];
  endfunction
  logic [22:0] new_q;
  // Of the word that is taken only the doorbell's part can be written meanwhile, of one whose generation is read only
  // completion's.
  always_ff @(posedge clk_i) begin
    {same_q, d_new_q, c_new_q} <= {at3(pw4[PW-1:0]), set_q && at3(pw5_q), c_we_q && at3(c_at_q)};
    t_new_q <= take4 ? at3(take_pw_i[PW-1:0]) : bypass_q && at3(pw5_q);
    c_same_q <= done_i ? at3(done_pw[PW-1:0]) : take_drop_i && at3(take_pw_i[PW-1:0]);
    new_q   <= {c_now, t_d, d5_q};
    d5_q    <= {!dirty_t, idle ? vp_epoch_i : d_a[0]};
    {d_we_q, d_was_q, d_at_q} <= {d_we, d_d[1], pw5_q};  // what was written while a completion's word was read
    t5_q    <= state_o;
    bypass_q <= bypass_o && !init_i;
    d_hit_q <= take_stays_i ? in_hand || (d_hit_q && hold) : in_next;
    if (in_hand || !hold) d_write_q <= d5_q;
    c_hit_q     <= c_we && gen_re_i && c_at == gen_at_i[PW-1:0];
    c_hit_old_q <= c_we_q && gen_re_i && c_at_q == gen_at_i[PW-1:0];
    c_we_q  <= c_we;
    {idle_q, late_q} <= {idle, pass4 && pw4 == done_pw && done_i && !done_back_o};
    if (c_we) {c_at_q, c_q, c_less_q} <= {c_at, c_d, done_gen_i + 16'd1};
  end
  assign d_a = set_q && same_q ? d5_q : d_new_q ? new_q[1:0] : d_read_a;
  assign t_a = bypass_q && same_q ? t5_q : t_new_q ? new_q[4:2] : t_read_a;
  assign d_b = in_hand ? d5_q : d_hit_q ? d_write_q : d_read_b;
  assign d_c = set_q && pw5_q == done_pw[PW-1:0] ? d5_q[1] : d_we_q && d_at_q == done_pw[PW-1:0] ? d_was_q : d_read_c;
  assign c_a = c_same_q ? c_now : c_new_q ? new_q[22:5] : c_read_a;
  assign gen_rd_o = c_hit_q ? c_now[15:0] : c_hit_old_q ? new_q[20:5] : c_b[15:0];

  // ---- S4
  logic vp_off, busy, idle, dirty_t, on4, mine4, may4;
  // where it is dropped its VP is off, and no signal is accepted
  assign taken   = take_issue_i && take_pw_i == pw4;
  assign dirty_t = taken ? d_a[1] : t_a[2];  // issue's half of `dirty` as it will be
  assign busy    = taken || (t_a[1] ^ c_a[17]);
  // A word that is taken waited, so the state before the take will do: if it is issued it is not idle.
  assign idle    = !(d_a[1] ^ t_a[2]) && !(t_a[1] ^ c_a[17]) && !(t_a[0] ^ c_a[16]);
  assign vp_off  = on[8] && vp_off_i;
  assign on4      = word4.state == 2'(hvb_regs_pkg::WSTATE_ON) ||
                    (!on[6] && word4.state == 2'(hvb_regs_pkg::WSTATE_NOVP)) ||
                    (!on[7] && word4.state == 2'(hvb_regs_pkg::WSTATE_OFF));
  // a word that stands for itself is one VP's as long as it is there: so a drain of that VP waits for its acks
  assign mine4    = word4.rpart == part4_i && word4.own == pw4 && word4.state != 2'(hvb_regs_pkg::WSTATE_NOVP);
  assign may4     = pass4 && (ack4_i ? mine4 : on4);
  assign accept_o = may4 && !vp_off;
  assign refuse_o = word4.state == 2'(hvb_regs_pkg::WSTATE_NOVP) ? 4'(hvb_regs_pkg::CNT_INVALID_VP_INDEX) :
      4'(hvb_regs_pkg::CNT_INVALID_SYNIC_STATE);
  assign wait_o   = (may4 && idle && !can_bypass_i) && !vp_off;
  assign bypass_o = (may4 && idle && can_bypass_i) && !vp_off;
  assign pw_o     = pw4;
  assign accept5_o = set_q || bypass_q;
  assign start5_o  = accept5_o && idle_q;
  assign gen_o    = c_a[15:0];
  assign target_o = c_a[15:0] + (busy ? 16'd2 : 16'd1);

  // ---- issue: from S4 at once, or from take; never both (can_bypass_i), nor a take behind what left at once
  assign t_we = init5_q || bypass_q || take4;
  assign t_at = take4 ? take_pw_i[PW-1:0] : pw5_q;
  assign state_o      = {t_a[2], !c_a[17], t_a[0]};
  assign take_state_o = {d_b[1], !c_b[17], c_b[16]};
  assign t_d  = init5_q ? '0 : !take4 ? t5_q : {d_b[1], take_issue_i ? !c_b[17] : t_b[1], c_b[16]};

  // ---- take: flags that wait and flags that missed
  logic t_retry, retry_epoch;
  logic [63:0] retry_guess, retry_left;
  assign t_retry = t_b[0] ^ c_b[16];
  assign take_bits_o  = flags_in | (t_retry ? retry_left : 64'd0);
  assign take_guess_o = t_retry ? retry_guess : 64'd0;
  assign take_epoch_o = t_retry ? retry_epoch : d_b[0];
  assign take_gen_o   = c_b[15:0];

  // ---- completion: late flags are those that came while it flew, up to this very cycle; of a signal of this very one
  // it is known late whether it is accepted, and said in the next
  assign done_dirty_o = d_c ^ done_state_i[2];
  assign done_late_o  = late_q && set_q;
  assign done_back_o  = done_miss_i || done_dirty_o;
  assign c_now = {c_q[17], c_q[16] ^ done_late_o, done_late_o ? c_less_q : c_q[15:0]};
  assign c_we = init5_q || done_i || take_drop_i;
  assign c_at = init5_q ? pw5_q : done_i ? done_pw[PW-1:0] : take_pw_i[PW-1:0];
  always_comb begin
    if (init5_q) c_d = '0;
    else if (done_i) begin
      // issue's half has not changed since
      c_d[17]   = done_state_i[1];
      c_d[16]   = done_state_i[0] ^ done_back_o;
      c_d[15:0] = done_miss_i ? done_gen_i : done_dirty_o ? done_gen_i + 16'd1 : done_gen_i + 16'd2;
    end else c_d = {c_b[17:16], c_b[15:0] + 16'd2};
  end
  // a word that completes is in no list, so it is not taken in this cycle
  hvb_ram #(.WIDTH(129), .DEPTH(WORDS), .FWD(1'b0)) u_retry (
      .clk_i, .we_i(done_i), .waddr_i(done_pw[PW-1:0]),
      .wdata_i({done_epoch_i, done_left_i, done_guess_i}),
      .re_i(!hold), .raddr_i(take_at[PW-1:0]), .rdata_o({retry_epoch, retry_left, retry_guess}));

  always_ff @(posedge clk_i) begin
    {pass4, gen_q} <= {pass3_i && !rst_i, gen_re_i};
    {pw4, done_pw} <= {pw3_i, done_at_i};
    {init_q, init4_q, init5_q} <= {init_i, init_q, init4_q};
  end

`ifdef FORMAL
  // One word stands for all, and beside it what it should be, by what passes the module's ports alone: flags that wait,
  // an AtomicOp in flight, what a completion left behind, the generation. One of its flags is followed.
  (* anyconst *) logic [PW-1:0] f_w;
  (* anyconst *) logic [5:0] f_b;
  (* anyseq *) logic f_choose;
  (* hierconn *) logic [64*WORDS-1:0] \u_flags.f_mem ;
  (* hierconn *) logic [2*WORDS-1:0] \u_d_a.f_mem , \u_d_b.f_mem ;
  (* hierconn *) logic [WORDS-1:0] \u_d_c.f_mem ;
  (* hierconn *) logic [3*WORDS-1:0] \u_t_a.f_mem , \u_t_b.f_mem ;
  (* hierconn *) logic [18*WORDS-1:0] \u_c_a.f_mem , \u_c_b.f_mem ;
  (* hierconn *) logic [129*WORDS-1:0] \u_retry.f_mem ;
  (* hierconn *) logic [(VP_AT+VW)*WORDS-1:0] \u_who.f_mem ;
  (* hierconn *) logic [WHERE_W*WORDS-1:0] \u_where.f_mem ;
  typedef enum logic [1:0] {NOWHERE, WAITS, FLIES, LEFT} f_place_t;
  f_place_t f_place_q;                         // where the flag followed is
  logic f_past = 1'b0, f_known_q = 1'b0, f_record_known_q = 1'b0, f_stays_q, f_ending_q, f_stayed_q;
  logic [11:0] f_at_q, f_next_q;
  logic [1:0] f_cleared_q, f_waited_q;         // the walk was, this word waited, a cycle ago and two
  logic [1:0] f_d, f_d_mem, f_drawn_q;         // the last: a cycle ago, take_read_i; what does without it
  logic f_hand, f_s4_q, f_done_q, f_gen_rd_q;  // what is in hand, or was addressed a cycle ago, is this word
  logic f_pre_q, f_read_q;                     // so is whose VP was read; and a cycle ago that was good
  assign f_hand = take_hand_i && take_pw_i == 12'(f_w);
  initial {init_q, init4_q, init5_q, f_cleared_q} = 5'd0;  // what was there before the first walk, that undoes
  logic f_dirty_q, f_busy_q, f_retry_q, f_epoch_q;
  logic [63:0] f_flags_q, f_left_q, f_guess_q, f_wait, f_mem, f_five, f_bit;
  logic [2:0] f_state_q, f_t, f_t_mem;
  logic [15:0] f_gen_q, f_begin_q, f_target_q, f_last_q, f_owed, f_still;
  logic [WHO_W-1:0] f_who_q;
  logic [WHERE_W-1:0] f_where_q;
  logic f_ended_q = 1'b0, f_late_q;            // this word's completion was a cycle ago; met by a signal
  logic f_take, f_sig, f_end, f_issue, f_dirty, f_busy, f_retry, f_idle;
  logic [17:0] f_c;
  assign f_take  = f_hand && take4;
  assign f_sig   = f_s4_q && accept_o;
  assign f_end   = f_done_q && done_i;
  assign f_dirty = f_dirty_q && !f_take;       // as a signal of this cycle finds it: behind a take, before a completion
  assign f_busy  = f_busy_q || (f_take && take_issue_i);
  assign f_retry = f_retry_q && !f_take;
  assign f_issue = (f_take && take_issue_i) || (f_sig && bypass_o);
  assign f_idle  = !f_dirty && !f_busy && !f_retry;
  assign f_owed  = f_target_q - f_gen_q;
  assign f_still = f_last_q - f_gen_q;
  assign f_bit  = ack4_i ? 64'd0 : 64'd1 << flag4_i;
  assign f_wait = f_flags_q & {64{f_dirty_q}};
  assign f_mem  = \u_flags.f_mem [64*f_w+:64];
  assign f_five = set_q && flag_q && pw5_q == f_w ? 64'd1 << flag5_q : 64'd0;  // set a cycle after S4
  assign f_d_mem = \u_d_a.f_mem [2*f_w+:2];
  assign f_d = set_q && pw5_q == f_w ? d5_q : f_d_mem;
  assign f_t_mem = \u_t_a.f_mem [3*f_w+:3];
  assign f_t = bypass_q && pw5_q == f_w ? t5_q : f_t_mem;
  assign f_c = c_we_q && c_at_q == f_w ? c_now : \u_c_a.f_mem [18*f_w+:18];
  always_ff @(posedge clk_i) begin
    f_s4_q     <= pass3_i && !rst_i && !init_i && pw3_i == 12'(f_w);
    {f_cleared_q, f_stayed_q} <= {f_cleared_q[0], init5_q, take_stays_i && !init_i};
    f_waited_q <= {f_waited_q[0], (f_dirty_q || f_retry_q) && !f_busy_q && !f_take};
    {f_ended_q, f_late_q} <= {f_end, f_end && f_sig && !f_dirty && !done_miss_i};
    {f_ending_q, f_done_q} <= {2{done_near_i && !init_i}} & {1'b1, done_at_i == 12'(f_w)};
    f_gen_rd_q <= gen_re_i && !init_i && gen_at_i == 12'(f_w);
    if (pre_re_i) f_pre_q <= pre_at_i == 12'(f_w);
    f_read_q   <= f_pre_q && !pre_void_o;
    // the user's part. hvb_init: nothing happens while tables are cleared, but for what was begun in the cycle before.
    // hvb_issue: a word that is taken waits, and has no AtomicOp in flight; what is void is not committed; a bypass
    // comes only where nothing is in hand. hvb_drain: who is dropped refuses. hvb_flight: a completion is of what
    // flies, and brings back what its issue said.
    assume (pw3_i[PW-1:0] == base3_i[PW-1:0] + PW'(step3_i));
    assume ((!take_stays_i || take_hand_i) && (!pre_void_o || pre_re_i) && (!f_past || !record_we || put3_i == pw3_i));
    {f_past, f_stays_q, f_drawn_q} <= {1'b1, take_stays_i, take_read_i, at_hand};
    {f_at_q, f_next_q} <= {take_pw_i, take_next_i};
    assume (!f_past || !take_hand_i || take_pw_i == (f_stays_q ? f_at_q : f_next_q));
    assume (!f_past || !take_hand_i || f_stays_q || f_drawn_q != '0);
    assume (take_hand_i + 2'd0 == take_stays_i + take_issue_i + take_drop_i + take_back_i);
    assume ((take_hand_i || !take_weak_i) && (take_weak_i || !take_back_i));
    assume (!take_read_i || !(take_stays_i || at_hand));
    assume (!(init_q || init4_q || init5_q) || !(take4 || done_i || pass3_i || pass4));
    assume (!(init_q || init4_q || init5_q || f_cleared_q != '0) || !(take_hand_i || take_read_i));
    if (f_known_q) begin
      assume (!word_we_i || !pass3_i);
      assume ((32'(pw3_i) < WORDS || !(pass3_i || word_we_i)) && (32'(take_pw_i) < WORDS || !take_hand_i) &&
              (32'(done_pw) < WORDS || !done_i));
      assume (!take4 || (!take_void_o && !take_stale_o));
      assume (!take_back_i || !take_void_o);
      assume (!f_past || init_q || take_hand_i || !(f_stays_q || f_drawn_q[1]));
      assume (!f_hand || f_stayed_q || f_read_q);
      assume ((!f_stayed_q || take_hand_i) && (!again || take_stays_i));
      assume (!done_i || f_ending_q);
      assume (!(take4 && (can_bypass_i || bypass_q)) && !(take_issue_i && take_drop_i) && !(take_drop_i && done_i));
      assume (!f_hand || f_waited_q == 2'b11);
      assume (!(take_drop_i && f_take && f_s4_q) || vp_off_i);
      assume (!f_end || f_busy_q);
      assume (!f_end || (done_state_i == f_state_q && done_gen_i == f_begin_q));
    end
    if (init5_q && pw5_q == f_w) begin
      f_known_q <= 1'b1;
      {f_dirty_q, f_busy_q, f_retry_q} <= '0;
      {f_gen_q, f_last_q} <= '0;
      f_place_q <= NOWHERE;
    end else if (init_i && !init_q) f_known_q <= 1'b0;
    else begin
      f_dirty_q <= f_dirty || (f_sig && !bypass_o);
      f_flags_q <= (f_dirty ? f_flags_q : 64'd0) | f_bit & {64{f_sig && !bypass_o}};
      f_busy_q  <= (f_busy || (f_sig && bypass_o)) && !f_end;
      f_retry_q <= f_end ? done_miss_i || f_dirty || f_sig : f_retry;
      if (f_end) {f_left_q, f_guess_q} <= {done_left_i, done_guess_i};
      if (f_end) f_epoch_q <= done_epoch_i;
      else if (f_sig && f_idle) f_epoch_q <= vp_epoch_i;
      if (f_issue) {f_state_q, f_begin_q} <= f_take ? {take_state_o, take_gen_o} : {state_o, gen_o};
      if (f_end) f_gen_q <= f_gen_q + (done_miss_i ? 16'd0 : f_dirty || f_sig ? 16'd1 : 16'd2);
      else if (f_take && take_drop_i) f_gen_q <= f_gen_q + 16'd2;
      if (f_sig) f_last_q <= target_o;
      if (f_sig && f_choose && f_bit[f_b] && f_place_q == NOWHERE) begin
        f_target_q <= target_o;
        f_place_q  <= bypass_o ? FLIES : WAITS;
      end else if (f_take && f_place_q != NOWHERE) f_place_q <= take_issue_i ? FLIES : NOWHERE;
      else if (f_end && f_place_q == FLIES) f_place_q <= done_miss_i && done_left_i[f_b] ? LEFT : NOWHERE;
    end
    if ((init_q || word_we_i) && PW'(pw3_i) == f_w) begin
      f_record_known_q <= 1'b1;
      f_who_q    <= who_d;
      f_where_q  <= init_q ? '0 : {word_i.own[PW-1:0], word_i.vector[XW-1:0], word_i.addr, word_i.high};
    end
    if (f_past) assert (accept5_o == $past(accept_o && !init_i) && start5_o == $past(accept_o && idle && !init_i));
    if (f_known_q) begin
      // a signal is decided by the state after everything before it, and by the record as last written
      if (f_s4_q) begin
        assert (bypass_o == (accept_o && f_idle && can_bypass_i) && wait_o == (accept_o && f_idle && !can_bypass_i));
        assert (gen_o == f_gen_q && target_o == f_gen_q + (f_busy ? 16'd2 : 16'd1));
        if (f_record_known_q)
          assert ({word_o.vp[VW-1:0], word_o.rpart, word_o.polling, word_o.state} == f_who_q && off_vp_o == word_o.vp &&
                  {word_o.own[PW-1:0], word_o.vector[XW-1:0], word_o.addr, word_o.high} == f_where_q);
        if (f_record_known_q && !ack4_i)
          assert (accept_o == (f_who_q[1:0] == 2'(hvb_regs_pkg::WSTATE_ON) && !vp_off_i));
        // an ack is the word's own partition's, of a word that stands for itself
        if (f_record_known_q && ack4_i)
          assert (accept_o == (f_who_q[8:3] == part4_i && f_where_q[62+XW+:PW] == f_w &&
                               f_who_q[1:0] != 2'(hvb_regs_pkg::WSTATE_NOVP) && !vp_off_i));
      end
      // a take gets every flag that waits and every one that missed, and no other; or says that it is void
      if (f_hand && !take_void_o) begin
        assert (take_bits_o == (f_wait | (f_left_q & {64{f_retry_q}})));
        assert (take_guess_o == (f_guess_q & {64{f_retry_q}}) && take_epoch_o == f_epoch_q && take_gen_o == f_gen_q);
        if (f_record_known_q && !take_stale_o)
          assert ({take_word_o.vp[VW-1:0], take_word_o.rpart, take_word_o.polling, take_word_o.state} == f_who_q &&
              {take_word_o.own[PW-1:0], take_word_o.vector[XW-1:0], take_word_o.addr, take_word_o.high} == f_where_q);
      end
      // a completion sees every flag that came while its AtomicOp flew, up to this very cycle
      if (f_end) assert (done_dirty_o == f_dirty && done_back_o == (done_miss_i || done_dirty_o));
      if (f_ended_q) assert (done_late_o == f_late_q);
      // DELIVERED: read as it is; never says so of a flag that waits, flies, or was left; of a word at rest always
      if (f_gen_rd_q) assert (gen_rd_o == f_gen_q);
      if (f_place_q != NOWHERE) assert (f_owed == 16'd1 || f_owed == 16'd2);
      if (!f_dirty_q && !f_busy_q && !f_retry_q) assert (f_still == 16'd0 || f_still == 16'hffff);
      else assert (f_still == 16'd2 || (f_still == 16'd1 && !(f_busy_q && f_dirty_q)));
      // how: where the flag followed is
      if (f_place_q == WAITS) assert (f_dirty_q && f_flags_q[f_b] && (!f_busy_q || f_owed == 16'd2));
      if (f_place_q == FLIES) assert (f_busy_q);
      if (f_place_q == LEFT) assert (f_retry_q && f_left_q[f_b]);
      // how: what was addressed a cycle ago still is as the user's part says
      if (f_hand) assert ((f_dirty_q || f_retry_q) && !f_busy_q);
      if (f_ending_q) assert (f_done_q == (done_pw == 12'(f_w)));
      if (pass4 && !init_q) assert (32'(pw4) < WORDS && f_s4_q == (pw4 == 12'(f_w)));
      // how: what was read is what is there
      if (f_s4_q) assert (d_a == f_d && t_a == f_t && c_a == f_c);
      if (pass4) assert (same_q == (pw5_q == pw4[PW-1:0]));
      if (f_hand) assert (d_b == f_d && t_b == f_t && (gen_q || c_b == f_c));
      if (f_done_q) assert (d_c == f_d[1]);
      // how: all copies of the memories hold it
      assert (f_d_mem == \u_d_b.f_mem [2*f_w+:2] && f_d_mem[1] == \u_d_c.f_mem [f_w]);
      assert (f_t_mem == \u_t_b.f_mem [3*f_w+:3]);
      if (!c_we_q || c_at_q != f_w) assert (f_c == \u_c_b.f_mem [18*f_w+:18]);
      assert ({f_d[1] ^ f_t[2], f_t[1] ^ f_c[17], f_t[0] ^ f_c[16]} == {f_dirty_q, f_busy_q, f_retry_q});
      assert (f_c[15:0] == f_gen_q);
      // how: where the flags that wait are: in the memory, but for those of a word in hand and one that is being set
      if (!f_hand) assert ((f_mem | f_five) == f_wait);
      else assert (((got_q ? flags : f_mem) | more_q | f_five) == f_wait && (!got_q || f_mem == '0));
      if (f_retry_q) assert (\u_retry.f_mem [129*f_w+:129] == {f_epoch_q, f_left_q, f_guess_q});
      if (f_dirty_q && !f_busy_q && !f_retry_q) assert (f_d[0] == f_epoch_q);
      if (f_busy_q) assert (!f_retry_q && f_t == f_state_q && f_gen_q == f_begin_q);
    end
    if (f_record_known_q) begin
      assert (\u_who.f_mem [(VP_AT+VW)*f_w+:VP_AT+VW] == {f_who_q[9+:VW], VP_AT'(f_who_q)});
      assert (\u_where.f_mem [WHERE_W*f_w+:WHERE_W] == f_where_q);
      // whose it is, is known before it comes into the hand
      if (f_pre_q && !pre_void_o)
        assert (pre_vp_o[VW-1:0] == f_who_q[9+:VW] && pre_rpart_o == f_who_q[8:3] && who_b[WHO_W-1:0] == f_who_q);
      // how
      if (f_known_q && f_hand && !stale_q) assert (who_q == f_who_q);
    end
    cover (f_known_q && f_end && f_place_q == FLIES && f_dirty_q);
    cover (f_known_q && f_end && f_sig && done_miss_i);
    cover (f_known_q && f_take && f_retry_q && f_dirty_q && take_issue_i);
    cover (f_known_q && f_take && take_drop_i && f_place_q != NOWHERE);
  end
`endif
endmodule
