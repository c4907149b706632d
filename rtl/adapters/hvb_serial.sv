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
  logic [2:0] word_at, slot_q;
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

  logic stored, take, ahead, complain, said, gone_back, expired;
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
  assign expired  = up_o && timer_q == 0 && cursor_q != base_q;
  assign gone_back = expired || (acknowledged && kind == NAK && cursor_q != number[3:0]);

  hvb_serial_queue u_queue (
      .clk_i, .rst_i(rst_i || core_rst_o), .room_i(up_o && 4'(tail_q - base_q) < WINDOW), .tail_i(tail_q[2:0]),
      .done_o(stored), .slot_i(ready ? cursor_q[2:0] : slot_q), .word_i(word_at), .words_o(slot_words), .word_o(word),
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
endmodule
