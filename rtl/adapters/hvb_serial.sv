// SPDX-License-Identifier: MIT
// The card's streams on a serial line, as docs/serial.md says: TLPs pass each way in order, each once, whatever the
// line does to bytes. Relies on what the core promises: requests and completions in are taken within a byte's time, so
// the receiver is never closed. Until the driver's first RESET nothing passes; each RESET resets the core.
module hvb_serial #(
    parameter int unsigned CLKS = 25,         // cycles a bit, 3 to 65535
    parameter int unsigned RESEND = 2500000   // cycles without an acknowledgement until TLPs are sent again
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         line_i,
    output logic         line_o,
    output logic         core_rst_o,
    output logic         up_o,       // a session runs
    output logic         came_o,     // a frame arrived, undamaged
    output logic         bad_o,      // something else arrived
    output logic         again_o,    // TLPs are sent again
    output logic         rx_req_valid_o,
    input  logic         rx_req_ready_i,
    output logic         rx_cpl_valid_o,
    output logic         rx_err_o,   // of either: a good frame, but its TLP's length is not what its header says
    output logic [127:0] rx_hdr_o,
    output logic [127:0] rx_data_o,
    input  logic         tx_p_valid_i,
    output logic         tx_p_ready_o,
    input  logic [127:0] tx_p_hdr_i,
    input  logic [127:0] tx_p_data_i,
    input  logic         tx_np_valid_i,
    output logic         tx_np_ready_o,
    input  logic [127:0] tx_np_hdr_i,
    input  logic [127:0] tx_np_data_i,
    input  logic         tx_cpl_valid_i,
    output logic         tx_cpl_ready_o,
    input  logic [127:0] tx_cpl_hdr_i,
    input  logic [127:0] tx_cpl_data_i
);
  localparam logic [7:0] ACK = 8'd0, NAK = 8'd1, RESET = 8'd2, READY = 8'd3, TLP = 8'd4;
  localparam logic [3:0] WINDOW = 4'd8;
  localparam logic [4:0] CPL_TYPE = 5'b01010;  // PCIe 2.2.1, Table 2-3
  localparam logic [5:0] RESET_CYCLES = 6'd63;
  if (RESEND < 2 || RESEND > 32'h7FFFFFFF) begin : g_bad_resend
    $fatal(1, "hvb_serial: RESEND must be 2 to 2^31 - 1");
  end

  // ---- the line ----
  logic byte_in_valid, byte_in_err, byte_out_valid, byte_out_ready, frame_valid, frame_bad, tlp_ok;
  logic [7:0] byte_in, byte_out, kind, number;
  hvb_uart_rx #(.CLKS(CLKS)) u_uart_rx (.clk_i, .rst_i, .line_i, .valid_o(byte_in_valid), .err_o(byte_in_err),
      .data_o(byte_in));
  hvb_frame_rx u_frame_rx (.clk_i, .rst_i, .valid_i(byte_in_valid), .err_i(byte_in_err), .data_i(byte_in),
      .valid_o(frame_valid), .bad_o(frame_bad), .kind_o(kind), .number_o(number), .tlp_ok_o(tlp_ok),
      .hdr_o(rx_hdr_o), .data_o(rx_data_o));

  logic start, ready;
  logic [7:0] out_kind, out_number;
  logic [3:0] words, slot_words;
  logic [2:0] word_at, slot, slot_q;
  logic [31:0] word;
  hvb_frame_tx u_frame_tx (.clk_i, .rst_i, .start_i(start), .ready_o(ready), .kind_i(out_kind),
      .number_i(out_number), .words_i(words), .word_o(word_at), .word_i(word), .valid_o(byte_out_valid),
      .ready_i(byte_out_ready), .data_o(byte_out));
  hvb_uart_tx #(.CLKS(CLKS)) u_uart_tx (.clk_i, .rst_i, .valid_i(byte_out_valid), .ready_o(byte_out_ready),
      .data_i(byte_out), .line_o);

  // ---- what the session knows ----
  logic [5:0] reset_q;       // cycles that the core's reset still lasts
  logic [7:0] session_q;
  logic [3:0] base_q, cursor_q, tail_q;  // TLPs out: oldest not acknowledged, next to send, next to come
  logic [3:0] expected_q;    // TLPs in
  logic ready_due_q, ack_due_q, nak_due_q, nak_sent_q;
  logic [30:0] timer_q;

  logic room, stored, take, ahead, complain, said, gone_back, expired;
  logic [3:0] gained, distance;
  logic restart, saw_tlp, acknowledged;

  assign restart  = frame_valid && kind == RESET;
  assign saw_tlp  = frame_valid && kind == TLP && up_o;
  assign said     = up_o && frame_valid && (kind == ACK || kind == NAK || kind == TLP);
  assign gained   = number[3:0] - base_q;
  assign acknowledged = said && gained <= tail_q - base_q;
  assign distance = number[7:4] - expected_q;
  assign take     = saw_tlp && distance == 0;
  assign ahead    = saw_tlp && distance != 0 && distance < WINDOW;
  assign complain = (ahead || (up_o && frame_bad)) && !nak_sent_q;
  assign expired  = up_o && timer_q == 0 && cursor_q != base_q && !(acknowledged && gained != 0);
  assign gone_back = expired || (acknowledged && kind == NAK && cursor_q != number[3:0]);

  assign room = up_o && 4'(tail_q - base_q) < WINDOW;
  assign slot = ready ? cursor_q[2:0] : slot_q;
  hvb_serial_queue u_queue (
      .clk_i, .rst_i(rst_i || core_rst_o), .room_i(room), .tail_i(tail_q[2:0]),
      .done_o(stored), .slot_i(slot), .word_i(word_at), .words_o(slot_words), .word_o(word),
      .p_valid_i(tx_p_valid_i), .p_ready_o(tx_p_ready_o), .p_hdr_i(tx_p_hdr_i), .p_data_i(tx_p_data_i),
      .cpl_valid_i(tx_cpl_valid_i), .cpl_ready_o(tx_cpl_ready_o), .cpl_hdr_i(tx_cpl_hdr_i),
      .cpl_data_i(tx_cpl_data_i), .np_valid_i(tx_np_valid_i), .np_ready_o(tx_np_ready_o), .np_hdr_i(tx_np_hdr_i),
      .np_data_i(tx_np_data_i));

  // ---- what to say next ----
  logic say_ready, say_nak, say_tlp, say_ack;
  assign say_ready = ready_due_q && !core_rst_o;
  assign say_nak   = up_o && nak_due_q;
  assign say_tlp   = up_o && !nak_due_q && cursor_q != tail_q;
  assign say_ack   = up_o && !nak_due_q && cursor_q == tail_q && ack_due_q;
  assign start     = say_ready || say_nak || say_tlp || say_ack;
  always_comb begin
    words      = 4'd0;
    out_kind   = say_nak ? NAK : ACK;
    out_number = {4'd0, expected_q};
    if (say_ready) {out_kind, out_number} = {READY, session_q};
    else if (say_tlp) begin
      out_kind   = TLP;
      out_number = {cursor_q, expected_q};
      words      = slot_words;
    end
  end

  assign core_rst_o = reset_q != 0;

  always_ff @(posedge clk_i) begin
    came_o         <= frame_valid;
    bad_o          <= frame_bad;
    again_o        <= gone_back;
    rx_cpl_valid_o <= take && rx_hdr_o[124:120] == CPL_TYPE;
    if (take) rx_err_o <= !tlp_ok;
    if (take && rx_hdr_o[124:120] != CPL_TYPE) rx_req_valid_o <= 1'b1;
    else if (rx_req_ready_i) rx_req_valid_o <= 1'b0;

    if (core_rst_o) reset_q <= reset_q - 6'd1;
    if (ready && start) slot_q <= cursor_q[2:0];
    if (ready && say_ready) {ready_due_q, up_o} <= 2'b01;

    if (take) expected_q <= expected_q + 4'd1;
    if (complain) {nak_due_q, nak_sent_q} <= 2'b11;
    else begin
      if (ready && say_nak) nak_due_q <= 1'b0;
      if (take) nak_sent_q <= 1'b0;
    end
    if (saw_tlp && !ahead) ack_due_q <= 1'b1;
    else if (ready && (say_nak || say_tlp || say_ack)) ack_due_q <= 1'b0;

    if (stored) tail_q <= tail_q + 4'd1;
    if (acknowledged) base_q <= number[3:0];
    if (acknowledged && (kind == NAK || gained > 4'(cursor_q - base_q))) cursor_q <= number[3:0];
    else if (expired) cursor_q <= base_q;
    else if (ready && say_tlp && !say_ready) cursor_q <= cursor_q + 4'd1;
    if (expired || cursor_q == base_q || (acknowledged && gained != 0)) timer_q <= 31'(RESEND);
    else timer_q <= timer_q - 31'd1;

    if (rst_i || restart) begin
      {base_q, cursor_q, tail_q, expected_q} <= '0;
      {ack_due_q, nak_due_q, nak_sent_q, up_o, rx_req_valid_o, rx_cpl_valid_o} <= '0;
      session_q   <= number;
      ready_due_q <= restart && !rst_i;
      reset_q     <= RESET_CYCLES;
    end
  end

`ifdef FORMAL
  // What is below is cut off; its promises are assumed. The other side is the driver of docs/serial.md, behind a line
  // that loses and damages frames but keeps their order. Numbers are followed in full (8 bits, of which 4 travel).
  (* anyseq *) logic [7:0] f_own, f_next;  // of the frame that arrives
  (* anyseq *) logic f_begin;
  logic f_past = 1'b0, f_comes, f_tlp_in, f_ack, f_nak, f_new, f_gap, f_sends, f_sends_tlp, f_over_now;
  logic f_filling_q, f_line_q, f_tlp_q, f_even_q, f_back_q, f_owe_q, f_gap_q, f_took_q, f_cpl_q, f_stall_q, f_over_q;
  logic [7:0] f_in_q, f_given_q, f_base_q, f_high_q, f_tail_q, f_last_q, f_session_q, f_age_q, f_out;
  logic [31:0] f_wait_q;
  assign f_comes     = frame_valid && up_o && !rst_i;
  assign f_tlp_in    = f_comes && kind == TLP;
  assign f_nak       = f_comes && kind == NAK;
  assign f_ack       = f_nak || f_tlp_in || (f_comes && kind == ACK);
  assign f_new       = f_tlp_in && f_own == f_in_q;                       // the one that comes next
  assign f_gap       = (f_tlp_in && 8'(f_own - f_in_q) - 8'd1 < 8'd7) || (frame_bad && up_o);
  assign f_sends     = ready && start && !rst_i;
  assign f_sends_tlp = f_sends && out_kind == TLP;
  assign f_over_now  = up_o && cursor_q != base_q && f_wait_q == RESEND && !(f_ack && f_next != f_base_q);
  assign f_out       = f_base_q + {4'd0, 4'(out_number[7:4] - f_base_q[3:0])};
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // hvb_frame_rx, and the core, which takes a request within a byte's time
    f_line_q <= frame_valid || frame_bad;
    assume (!(frame_valid && frame_bad));
    if (f_past) assume (!(frame_valid || frame_bad) || (!f_line_q && (!rx_req_valid_o || rx_req_ready_i)));
    // hvb_serial_queue: one at a time is stored, begun where there was room
    if (f_past) assume (!stored || (f_filling_q && !core_rst_o));
    f_filling_q <= !rst_i && !core_rst_o && (f_filling_q ? !stored : room && f_begin);
    // the driver: its own number is within 8 of the one that is expected, as at most 8 were on the way when it was
    // sent, and all that was taken since was sent before it. What it acknowledges was sent, and no less than before.
    if (f_past && f_tlp_in) assume (number[7:4] == f_own[3:0] && 8'(f_own - f_in_q + 8'd8) < 8'd16);
    if (f_past && f_ack) assume (number[3:0] == f_next[3:0] && 8'(f_next - f_base_q) <= 8'(f_high_q - f_base_q));

    if (rst_i || restart) begin
      {f_in_q, f_given_q, f_base_q, f_high_q, f_tail_q} <= '0;
      {f_tlp_q, f_even_q, f_back_q, f_owe_q, f_gap_q} <= '0;
      f_session_q <= number;
      f_age_q     <= '0;
    end else begin
      f_in_q    <= f_in_q + 8'(f_new);
      f_given_q <= f_given_q + 8'(rx_req_valid_o && rx_req_ready_i) + 8'(rx_cpl_valid_o);
      f_tail_q  <= f_tail_q + 8'(stored);
      f_high_q  <= f_high_q + 8'(f_sends_tlp && f_out == f_high_q);
      if (f_ack) f_base_q <= f_next;
      if (f_sends) f_tlp_q <= f_sends_tlp;
      if (f_sends_tlp) f_last_q <= f_out;
      // what is sent next: what it asked for; the oldest after a while; else the next one
      f_back_q <= f_nak || f_over_now || (f_back_q && !f_sends_tlp && !f_ack);
      f_even_q <= !f_ack && !f_over_now && (f_sends_tlp || f_even_q);
      f_owe_q  <= (f_tlp_in && !f_gap) || (f_owe_q && !(f_sends && out_kind != READY));
      f_gap_q  <= f_gap || (f_gap_q && !f_new);
      if (f_age_q != '1) f_age_q <= f_age_q + 8'd1;
    end
    f_wait_q  <= rst_i || restart || cursor_q == base_q || (f_ack && f_next != f_base_q) || f_over_now ? '0 :
                 f_wait_q + 32'd1;
    f_took_q  <= f_new && !restart;
    f_cpl_q   <= rx_hdr_o[124:120] == 5'b01010;
    f_stall_q <= rx_req_valid_o && !rx_req_ready_i && !restart && !rst_i;
    f_over_q  <= f_over_now && !restart && !rst_i;
    if (f_past && !rst_i) begin
      // in: each TLP of a session goes to the core once, in the order of its number, on its stream; it stays there
      assert (f_in_q == f_given_q + 8'(rx_req_valid_o) + 8'(rx_cpl_valid_o) && !(rx_req_valid_o && rx_cpl_valid_o));
      if (f_took_q) assert (f_cpl_q ? rx_cpl_valid_o : rx_req_valid_o);
      if (f_stall_q) assert (rx_req_valid_o);
      // every frame says what has arrived, each TLP that did is told, and a gap is asked about until it is closed
      if (f_sends && out_kind != READY) assert (out_number[3:0] == f_in_q[3:0]);
      if (f_owe_q && ready) assert (f_sends);
      if (f_gap_q) assert (nak_sent_q);
      if (nak_due_q && ready) assert (f_sends && out_kind == NAK);
      // out: never more than 8 that are not acknowledged; those and no others are sent, in order, from their own
      // places, and none before all that came before it
      assert (8'(f_tail_q - f_base_q) <= 8'd8 && 8'(f_high_q - f_base_q) <= 8'(f_tail_q - f_base_q));
      if (f_sends_tlp)
        assert (8'(f_out - f_base_q) < 8'(f_tail_q - f_base_q) && 8'(f_out - f_base_q) <= 8'(f_high_q - f_base_q) &&
                slot == f_out[2:0] && words == slot_words);
      if (f_sends_tlp && f_even_q) assert (f_out == f_last_q + 8'd1);
      // a place is not written while the TLP in it is sent, unless that has been acknowledged meanwhile
      if (!ready && f_tlp_q) assert (slot == f_last_q[2:0]);
      if (f_filling_q && up_o) begin
        assert (8'(f_tail_q - f_base_q) < 8'd8);
        if (f_tlp_q && 8'(f_last_q - f_base_q) < 8'd8) assert (f_tail_q[2:0] != f_last_q[2:0]);
      end
      // what it asked for comes next, and so does the oldest where nothing was acknowledged for a while
      if (f_sends_tlp && f_back_q) assert (f_out == f_base_q);
      assert (f_wait_q <= RESEND);
      if (f_over_q) assert (again_o);
      // none waits for anything but the line
      if (up_o && ready && 4'(cursor_q - base_q) != 4'(f_tail_q - f_base_q)) assert (f_sends);
      // a session begins with its READY, behind the core's reset; nothing is sent, taken or delivered before that
      assert (core_rst_o == (f_age_q < 8'(RESET_CYCLES)));
      if (f_sends && out_kind == READY) assert (out_number == f_session_q && !core_rst_o && !up_o);
      if (f_sends && out_kind != READY) assert (up_o);
      if (ready_due_q && !core_rst_o && ready) assert (f_sends && out_kind == READY);
      if (!up_o) begin
        assert (!room && (!f_filling_q || core_rst_o) && !rx_req_valid_o && !rx_cpl_valid_o);
        assert (f_in_q == '0 && f_tail_q == '0);
      end
      if (up_o && !$past(up_o)) assert ($past(f_sends && out_kind == READY));
      // how
      assert (base_q == f_base_q[3:0] && tail_q == f_tail_q[3:0] && expected_q == f_in_q[3:0]);
      assert (8'(4'(cursor_q - base_q)) <= 8'(f_high_q - f_base_q));
      assert (f_wait_q + 32'(timer_q) == RESEND || cursor_q == base_q);
      assert (ack_due_q == f_owe_q && (!nak_due_q || up_o) && !(up_o && (ready_due_q || core_rst_o)));
      assert (session_q == f_session_q && (up_o || {f_high_q, f_base_q, cursor_q, f_tlp_q, f_gap_q, f_owe_q} == '0));
      assert (8'(reset_q) == (f_age_q < 8'(RESET_CYCLES) ? 8'(RESET_CYCLES) - f_age_q : 8'd0));
      if (f_tlp_q) assert (8'(f_high_q - f_last_q) - 8'd1 < 8'd8 && slot_q == f_last_q[2:0]);
      if (f_even_q) assert (8'(f_last_q - f_base_q) + 8'd1 == 8'(4'(cursor_q - base_q)));
      if (f_back_q) assert (cursor_q == base_q);
    end
    cover (f_past && f_took_q && f_cpl_q && f_owe_q && f_sends && out_kind == ACK);
    cover (f_past && f_gap_q && f_sends && out_kind == NAK);
    cover (f_past && f_sends_tlp && f_back_q && 8'(f_high_q - f_base_q) == 8'd8);
    cover (f_past && f_over_q && f_sends_tlp);
    cover (f_past && f_ack && 8'(f_next - f_base_q) > 8'(4'(cursor_q - base_q)));  // of what is to be sent again
    cover (f_past && f_filling_q && f_tlp_q && !ready && f_tail_q[2:0] == f_last_q[2:0]);
    cover (f_past && f_filling_q && restart && up_o);
  end
`endif
endmodule
