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
endmodule
