// SPDX-License-Identifier: MIT
// Finds frames (docs/serial.md) in received bytes. One cycle after a frame's last flag, valid_o or bad_o is 1 for one
// cycle; kind, number and TLP stay until the next frame's first byte. Bytes come at least three cycles apart. Whatever
// arrives, the next flag ends it.
module hvb_frame_rx (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         valid_i,
    input  logic         err_i,     // beside valid_i: not a byte
    input  logic [7:0]   data_i,
    output logic         valid_o,
    output logic         bad_o,     // damaged, or of a length no frame has
    output logic [7:0]   kind_o,
    output logic [7:0]   number_o,
    output logic         tlp_ok_o,  // the TLP has the length that its header says
    output logic [127:0] hdr_o,
    output logic [127:0] data_o
);
  localparam logic [7:0] FLAG = 8'h7E, ESCAPE = 8'h7D, FLIP = 8'h20;
  localparam logic [5:0] SHORTEST = 6'd6, LONGEST = 6'd38;
  localparam logic [31:0] RESIDUE = 32'hDEBB20E3;

  logic [5:0]  count_q;  // bytes of this frame so far
  logic        escaped_q, broken_q;
  logic [31:0] crc_q, crc;
  logic [7:0]  body;
  logic [5:0]  at, data_at, hdr_bytes, data_bytes;
  logic [9:0]  length;

  assign body = escaped_q ? data_i ^ FLIP : data_i;
  hvb_crc32 u_crc (.crc_i(crc_q), .data_i(body), .crc_o(crc));

  // how many bytes the first DW promises; good once that has arrived
  assign hdr_bytes  = hdr_o[125] ? 6'd16 : 6'd12;
  assign length     = hdr_o[105:96];
  assign data_bytes = !hdr_o[126] ? 6'd0 : length == 0 || length > 4 ? 6'd16 : {1'b0, length[2:0], 2'b00};
  assign tlp_ok_o   = count_q == SHORTEST + hdr_bytes + data_bytes;
  assign at         = count_q - 6'd2;
  assign data_at    = at - hdr_bytes;

  always_ff @(posedge clk_i) begin
    valid_o <= 1'b0;
    bad_o   <= 1'b0;
    if (valid_o || bad_o || rst_i) begin
      count_q   <= '0;
      crc_q     <= '1;
      escaped_q <= 1'b0;
      broken_q  <= 1'b0;
    end else if (valid_i && err_i) broken_q <= 1'b1;
    else if (valid_i && data_i == FLAG) begin
      valid_o <= !broken_q && !escaped_q && count_q >= SHORTEST && crc_q == RESIDUE;
      bad_o   <= broken_q || escaped_q || (count_q != 0 && (count_q < SHORTEST || crc_q != RESIDUE));
    end else if (valid_i && data_i == ESCAPE) begin
      escaped_q <= 1'b1;
      broken_q  <= broken_q || escaped_q;
    end else if (valid_i) begin
      escaped_q <= 1'b0;
      crc_q     <= crc;
      if (count_q == LONGEST) broken_q <= 1'b1;
      else count_q <= count_q + 6'd1;
      if (count_q == 0) begin
        kind_o <= body;
        hdr_o  <= '0;
        data_o <= '0;
      end else if (count_q == 1) number_o <= body;
      else if (at < 6'd4 || at < hdr_bytes) hdr_o[127 - 8 * 32'(at[3:0]) -: 8] <= body;
      else if (data_at < data_bytes) data_o[8 * 32'(data_at[3:0]) +: 8] <= body;
    end
  end
endmodule
