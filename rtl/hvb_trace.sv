// SPDX-License-Identifier: MIT
// Follows one signal at a time through the card and records four times: doorbell in, AtomicOp out, completion in,
// MSI-X message out. Times are of the beats at the card's streams, so they are the same numbers in simulation and
// on a board. In `owned` mode the second and the third are one: when the flag write comes to the output.
// Promises: touches nothing; a signal is recorded if none is being followed when it makes an idle word pending;
// every signal, when one comes after the other and its record. What is read of the ring in the very cycle in which it
// is written is anything: TRACE_COUNT tells of a record only afterwards.
// Record (four words): {flags 63:56, sending partition 55:48, T0 47:0}, {T2-T0, T1-T0}, {word 63:48, vector 47:32,
// T3-T0}, 0. Flags: bit 0 message sent, bit 1 fault, bits 7:4 retries.
module hvb_trace (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic [47:0] now_i,
    input  logic [63:0] ctrl_i,        // TRACE_CTRL
    input  logic        near_i,        // S4: a signal is there, known sooner than whether it starts
    input  logic        start_i,       // a cycle behind: with it an idle word became pending
    input  logic [5:0]  part_i,
    input  logic [11:0] pw_i,
    input  logic        owned_i,       // mode
    input  logic        sent_i,        // an AtomicOp leaves; owned: a word changes, whose write leaves a cycle later
    input  logic [11:0] sent_pw_i,
    input  logic        done_i,        // C1: a completion arrived a cycle ago, for
    input  logic [11:0] done_pw_i,
    input  logic        miss_i,
    input  logic        fault_i,
    input  logic        message_i,     // it causes a message
    input  logic [10:0] vector_i,
    input  logic        out_i,         // a message leaves, for
    input  logic [10:0] out_vector_i,
    input  logic        pend_i,        // a message pends instead, for
    input  logic [10:0] pend_vector_i,
    input  logic        drop_i,        // a waiting word is dropped
    input  logic [11:0] drop_pw_i,
    input  logic        re_i,
    input  logic [9:0]  raddr_i,       // word of the ring
    output logic [63:0] rdata_o,
    output logic [31:0] count_o,
    output logic        idle_o
);
  typedef enum logic [2:0] {IDLE, ISSUE, FLY, MESSAGE, WRITE} state_t;
  state_t state_q, state;
  logic        start, near_q, miss_q;  // what is to be followed started a cycle ago
  logic [1:0]  word_q;
  logic [47:0] t0_q;
  logic [31:0] t1_q, t2_q, t3_q, since, count_q;
  logic [5:0]  part_q;
  logic [11:0] pw_q;
  logic [10:0] vector_q;
  logic [3:0]  retries_q;
  logic        message_q, fault_q, pend_q;
  logic [10:0] pend_vector_q;
  logic [63:0] wdata;

  assign since   = 32'(now_i - t0_q);
  assign count_o = count_q;
  assign start   = start_i && near_q;
  assign state   = start ? ISSUE : state_q;
  assign idle_o  = state == IDLE || state == FLY;  // while it flies nothing is to be done

  always_comb
    case (word_q)
      2'd0: wdata = {retries_q, 2'b00, fault_q, message_q, 2'b00, part_q, t0_q};
      2'd1: wdata = {t2_q, t1_q};
      2'd2: wdata = {4'd0, pw_q, 5'd0, vector_q, t3_q};
      default: wdata = '0;
    endcase

  hvb_ram #(.WIDTH(64), .DEPTH(4 * hvb_regs_pkg::TRACE_ENTRIES), .FWD(1'b0)) u_ring (
      .clk_i, .we_i(state_q == WRITE), .waddr_i({count_q[$clog2(hvb_regs_pkg::TRACE_ENTRIES)-1:0], word_q}),
          .wdata_i(wdata),
      .re_i, .raddr_i, .rdata_o);

  always_ff @(posedge clk_i) begin
    word_q <= state_q == WRITE ? word_q + 1'b1 : 2'd0;
    pend_q <= pend_i;
    pend_vector_q <= pend_vector_i;
    near_q <= near_i && state == IDLE && !clear_i && ctrl_i[hvb_regs_pkg::TRACE_CTRL_ENABLE_LSB] &&
               (!ctrl_i[hvb_regs_pkg::TRACE_CTRL_BY_PART_LSB] ||
                ctrl_i[hvb_regs_pkg::TRACE_CTRL_PART_LSB+:8] == {2'd0, part_i});
    state_q <= state;
    case (state)
      IDLE:
      if (near_i) begin
        t0_q      <= now_i - 48'd4;  // S4 is four cycles behind the beat
        t3_q      <= '0;
        part_q    <= part_i;
        pw_q      <= pw_i;
        retries_q <= '0;
        message_q <= 1'b0;
      end
      ISSUE:
      if (sent_i && sent_pw_i == pw_q) begin
        if (retries_q == '0) t1_q <= since + 32'(owned_i);
        state_q <= FLY;
      end else if (drop_i && drop_pw_i == pw_q) state_q <= IDLE;
      FLY:
      if (done_i && done_pw_i == pw_q) begin
        t2_q      <= owned_i ? since : since - 32'd1;
        fault_q   <= fault_i;
        vector_q  <= vector_i;
        message_q <= message_i;
        miss_q    <= miss_i;
        state_q   <= MESSAGE;
      end
      MESSAGE:  // what pends at once did so a cycle ago
      if (miss_q) begin
        state_q   <= ISSUE;
        retries_q <= retries_q == 4'd15 ? 4'd15 : retries_q + 1'b1;
      end else if (!message_q) state_q <= WRITE;
      else if (pend_q && pend_vector_q == vector_q) begin
        message_q <= 1'b0;
        state_q   <= WRITE;
      end else if (out_i && out_vector_i == vector_q) begin
        t3_q    <= since;
        state_q <= WRITE;
      end
      default:
      if (word_q == 2'd3) begin
        state_q <= IDLE;
        count_q <= count_q + 1'b1;
      end
    endcase
    if (clear_i || (!ctrl_i[hvb_regs_pkg::TRACE_CTRL_ENABLE_LSB] && state != WRITE)) state_q <= IDLE;
    if (clear_i) count_q <= '0;
  end

`ifdef FORMAL
  logic f_past = 1'b0, f_sent_q, f_enabled, f_clear_q;
  logic [3:0] f_wrote_q;                // words of this record that are in the ring
  logic [31:0] f_t1_q, f_count_q;
  logic [127:0] f_record_q;
  assign f_enabled = ctrl_i[hvb_regs_pkg::TRACE_CTRL_ENABLE_LSB];
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (clear_i);
    else assume (now_i == $past(now_i) + 48'd1);
    assume (!(miss_i && message_i));
    // what is followed takes less than half of what 32 bits hold, and the mode stays meanwhile
    assume (state == IDLE || since < 32'h8000_0000);
    if (f_past && state != IDLE) assume ($stable(owned_i));
    f_clear_q  <= clear_i;
    f_count_q  <= count_q;
    f_record_q <= {t1_q, t2_q, t3_q, retries_q, message_q, fault_q, part_q, pw_q, 8'd0};
    f_wrote_q  <= state_q == WRITE && word_q != 2'd3 && !clear_i ? f_wrote_q | 4'd1 << word_q : 4'd0;
    if (state == IDLE) f_sent_q <= 1'b0;
    else if (state == ISSUE && sent_i && sent_pw_i == pw_q && !f_sent_q) begin
      f_sent_q <= 1'b1;
      f_t1_q   <= 32'(now_i - t0_q) + 32'(owned_i);
    end
    if (f_past) begin
      // it follows only what was asked for, and nothing once it is off (a record that is being written is finished)
      if (state == ISSUE && $past(state == IDLE))
        assert (start_i && $past(near_i && f_enabled && (!ctrl_i[hvb_regs_pkg::TRACE_CTRL_BY_PART_LSB] ||
                      ctrl_i[hvb_regs_pkg::TRACE_CTRL_PART_LSB+:8] == {2'd0, part_i})) && part_q == $past(part_i));
      if (!$past(f_enabled) && $past(state_q != WRITE)) assert (state == IDLE);
      // a record is counted once all of its words are in the ring, and does not change while they are written
      if (f_clear_q) assert (count_q == '0);
      else assert (count_q == f_count_q || (count_q == f_count_q + 32'd1 && $past(f_wrote_q | 4'd1 << word_q) == '1));
      if (state_q == WRITE && $past(state_q == WRITE))
        assert (f_record_q == {t1_q, t2_q, t3_q, retries_q, message_q, fault_q, part_q, pw_q, 8'd0});
      // its times are in order, the first AtomicOp's among them; it has a message's where one was sent, else none
      if (state_q == WRITE) begin
        assert (f_sent_q && t1_q == f_t1_q && t1_q <= t2_q && t2_q <= since);
        assert (message_q ? t2_q <= t3_q : t3_q == '0);
      end
      // how
      assert (state_q <= WRITE && (!start || state_q == IDLE));
      if (state == ISSUE) assert (f_sent_q == (retries_q != '0) && t3_q == '0);
      if (state_q == FLY || state_q == MESSAGE) assert (f_sent_q && t3_q == '0);
      if (f_sent_q && state != IDLE) assert (t1_q == f_t1_q && t1_q <= since);
      if (state_q == FLY) assert (t1_q < since || (owned_i && t1_q == since));
      if (state_q == MESSAGE) assert (((message_q && !miss_q) || $past(state == FLY)) && t1_q <= t2_q && t2_q <= since);
      if (state_q != WRITE) assert (f_wrote_q == '0 && (word_q == '0 || (f_clear_q && state == IDLE)));
      else assert (f_wrote_q == 4'd15 >> (3'd4 - word_q));
    end
    cover (f_past && count_q == 32'd1 && f_count_q == 32'd0 && $past(message_q && retries_q == 4'd1));
    cover (f_past && state_q == WRITE && !message_q && $past(state_q == MESSAGE));
  end
`endif
endmodule
