// SPDX-License-Identifier: MIT
// Sends one frame (docs/serial.md) after another. start_i is taken where ready_o is 1; the frame's words are then asked
// for by word_o, in order, each most significant byte first, and are read one cycle later at the earliest.
module hvb_frame_tx (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    output logic        ready_o,
    input  logic [7:0]  kind_i,
    input  logic [7:0]  number_i,
    input  logic [3:0]  words_i,   // of the TLP: 0 to 8
    output logic [2:0]  word_o,
    input  logic [31:0] word_i,
    output logic        valid_o,   // bytes for the line, at least three cycles apart
    input  logic        ready_i,
    output logic [7:0]  data_o
);
  localparam logic [7:0] FLAG = 8'h7E, ESCAPE = 8'h7D, FLIP = 8'h20;
  typedef enum logic [1:0] {REST, OPEN, BODY, CLOSE} state_e;
  state_e      state_q;
  logic [7:0]  kind_q, number_q, body;
  logic [5:0]  at_q, end_q;  // byte of the body, and where its CRC starts
  logic        escaped_q, special;
  logic [31:0] crc_q, crc;
  logic [2:0]  word_at;

  assign word_at = 3'((at_q - 6'd2) >> 2);
  assign word_o  = word_at;
  assign ready_o = state_q == REST;
  assign valid_o = state_q != REST;

  always_comb begin
    if (at_q == 0) body = kind_q;
    else if (at_q == 1) body = number_q;
    else if (at_q >= end_q) body = ~crc_q[7:0];
    else
      case (at_q[1:0])
        2'd2: body = word_i[31:24];
        2'd3: body = word_i[23:16];
        2'd0: body = word_i[15:8];
        default: body = word_i[7:0];
      endcase
  end
  assign special = body == FLAG || body == ESCAPE;
  hvb_crc32 u_crc (.crc_i(crc_q), .data_i(body), .crc_o(crc));

  always_comb begin
    data_o = FLAG;
    if (state_q == BODY) data_o = escaped_q ? body ^ FLIP : special ? ESCAPE : body;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      state_q   <= REST;
      escaped_q <= 1'b0;
    end else if (state_q == REST) begin
      kind_q   <= kind_i;
      number_q <= number_i;
      end_q    <= 6'd2 + {words_i, 2'b00};
      at_q     <= '0;
      crc_q    <= '1;
      if (start_i) state_q <= OPEN;
    end else if (ready_i) begin
      if (state_q == OPEN) state_q <= BODY;
      else if (state_q == CLOSE) state_q <= REST;
      else if (special && !escaped_q) escaped_q <= 1'b1;
      else begin
        escaped_q <= 1'b0;
        at_q      <= at_q + 6'd1;
        crc_q     <= at_q < end_q ? crc : {8'hFF, crc_q[31:8]};
        if (at_q == end_q + 6'd3) state_q <= CLOSE;
      end
    end
  end

`ifdef FORMAL
  function automatic logic [31:0] f_step(input logic [31:0] crc, input logic [7:0] data);
    f_step = crc ^ {24'd0, data};
    for (int i = 0; i < 8; i++) f_step = {1'b0, f_step[31:1]} ^ (32'hEDB88320 & {32{f_step[0]}});
  endfunction

  // Who reads what is sent, as docs/serial.md says; the TLP that is to be sent. One byte of the body stands for all.
  (* anyconst *) logic [5:0] f_k;
  (* anyconst *) logic [255:0] f_tlp;
  // its CRC and crc_q differ by so much behind each byte of the CRC
  localparam logic [159:0] F_APART = {32'h2144DF1C, 32'hFF41D912, 32'h41D912FF, 32'hD202EF8D, 32'h0};
  logic f_past = 1'b0, f_sent, f_sent_q, f_sent2_q, f_escaped_q;
  logic [7:0] f_byte, f_want;
  logic [5:0] f_count_q;
  logic [31:0] f_crc_q, f_word;
  logic [2:0] f_word_q;
  logic [7:0] f_data_q;
  logic f_stall_q;
  assign f_sent = valid_o && ready_i;
  assign f_byte = f_escaped_q ? data_o ^ FLIP : data_o;
  assign f_word = f_tlp[32 * 32'(f_k >= 6'd2 ? (f_k - 6'd2) >> 2 : 6'd0) +: 32];
  assign f_want = f_k == 6'd0 ? kind_q : f_k == 6'd1 ? number_q : f_word[31 - 8 * 32'(2'(f_k - 6'd2)) -: 8];
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the user's part: the memory answers a cycle later, the line takes bytes apart
    f_word_q <= word_o;
    assume (words_i <= 4'd8 && word_i == f_tlp[32*f_word_q+:32]);
    {f_sent_q, f_sent2_q} <= {f_sent || (start_i && ready_o), f_sent_q};
    if (f_past) assume (!ready_i || (!f_sent_q && !f_sent2_q));
    f_stall_q <= valid_o && !ready_i && !rst_i && !f_sent_q;
    f_data_q  <= data_o;
    if (rst_i || state_q == REST || state_q == OPEN) begin
      {f_count_q, f_escaped_q} <= '0;
      f_crc_q <= '1;
    end else if (f_sent && data_o == ESCAPE) f_escaped_q <= 1'b1;
    else if (f_sent && state_q == BODY) begin
      f_escaped_q <= 1'b0;
      f_count_q   <= f_count_q + 6'd1;
      f_crc_q     <= f_step(f_crc_q, f_byte);
    end
    if (f_past) begin
      // what waits for the line does not change
      if (f_stall_q) assert (valid_o && data_o == f_data_q);
      // a flag opens and closes a frame, and is never within it; the body is what was to be sent
      if (state_q == BODY) assert (data_o != FLAG && (!f_escaped_q || data_o != ESCAPE));
      if (state_q == OPEN || state_q == CLOSE) assert (data_o == FLAG);
      if (f_sent && state_q == BODY && data_o != ESCAPE && f_count_q == f_k && f_k < end_q) assert (f_byte == f_want);
      // whoever reads it finds the CRC right, and as many bytes as there should be
      if (state_q == CLOSE) assert (f_count_q == end_q + 6'd4 && f_crc_q == 32'hDEBB20E3 && !f_escaped_q);
      // how
      assert ((end_q >= 6'd2 && end_q <= 6'd34 && end_q[1:0] == 2'd2) || state_q == REST);
      assert (state_q == BODY || !escaped_q);
      if (state_q == OPEN) assert (at_q == '0 && crc_q == '1 && !escaped_q);
      if (state_q == BODY) begin
        assert (f_count_q == at_q && f_escaped_q == escaped_q && at_q < end_q + 6'd4);
        assert ((f_crc_q ^ crc_q) == (at_q < end_q ? 32'd0 : F_APART[32*32'(3'(at_q - end_q))+:32]));
        if (at_q > end_q) assert ((crc_q | 32'hFFFFFFFF >> (8 * 32'(at_q - end_q))) == '1);
      end
      if (state_q != REST && (!f_sent_q || escaped_q)) assert (f_word_q == word_o);
      if (escaped_q) assert (special);
    end
    cover (f_past && state_q == CLOSE && f_sent && end_q == 6'd6);
  end
`endif
endmodule
