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

`ifdef FORMAL
  function automatic logic [31:0] f_step(input logic [31:0] crc, input logic [7:0] data);
    f_step = crc ^ {24'd0, data};
    for (int i = 0; i < 8; i++) f_step = {1'b0, f_step[31:1]} ^ (32'hEDB88320 & {32{f_step[0]}});
  endfunction

  // What arrived since the last flag, and one byte of it.
  (* anyconst *) logic [5:0] f_k;
  logic f_past = 1'b0, f_ok_q, f_escaped_q, f_end_q, f_whole, f_some, f_over;
  logic [5:0] f_count_q;
  logic [31:0] f_crc_q;
  logic [7:0] f_byte, f_byte_q;
  assign f_byte = f_escaped_q ? data_i ^ FLIP : data_i;
  assign f_whole = f_ok_q && !f_escaped_q && f_count_q >= 6'd6 && f_crc_q == RESIDUE;
  assign f_some  = f_count_q != '0 || !f_ok_q || f_escaped_q;
  assign f_over = valid_i && !err_i && data_i == FLAG;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the line's part: bytes come apart
    if (f_past) assume (!valid_i || (!$past(valid_i) && !f_end_q));
    f_end_q <= f_over && !rst_i;
    if (rst_i || f_end_q) begin
      {f_count_q, f_escaped_q, f_ok_q} <= 8'd1;
      f_crc_q <= '1;
    end else if (valid_i && err_i) f_ok_q <= 1'b0;
    else if (valid_i && data_i == ESCAPE) begin
      f_escaped_q <= 1'b1;
      if (f_escaped_q) f_ok_q <= 1'b0;
    end else if (valid_i && !f_over) begin
      f_escaped_q <= 1'b0;
      f_crc_q     <= f_step(f_crc_q, f_byte);
      if (f_count_q == 6'd38) f_ok_q <= 1'b0;
      else f_count_q <= f_count_q + 6'd1;
      if (f_count_q == f_k) f_byte_q <= f_byte;
    end
    if (f_past) begin
      // a frame is delivered where and only where every byte arrived, in a length that there is, and its CRC is right;
      // whatever else lies between two flags is told as damage
      assert (valid_o == (f_end_q && f_whole) && bad_o == (f_end_q && f_some && !f_whole));
      // and it is delivered as it came
      if (valid_o && f_count_q > f_k) begin
        if (f_k == 6'd0) assert (kind_o == f_byte_q);
        if (f_k == 6'd1) assert (number_o == f_byte_q);
        if (f_k >= 6'd2 && f_k < 6'd14 && f_count_q >= 6'd18) assert (hdr_o[127 - 8 * (32'(f_k) - 2) -: 8] == f_byte_q);
        if (hdr_o[125] && f_k >= 6'd18 && f_k < 6'd18 + data_bytes)
          assert (data_o[8 * (32'(f_k) - 18) +: 8] == f_byte_q);
      end
      // how
      assert (count_q == f_count_q && crc_q == f_crc_q && escaped_q == f_escaped_q && broken_q == !f_ok_q);
      assert (f_count_q <= LONGEST && (f_count_q != '0 || f_crc_q == '1));
      if (f_count_q > f_k) begin
        if (f_k == 6'd0) assert (kind_o == f_byte_q);
        if (f_k == 6'd1) assert (number_o == f_byte_q);
        if (f_k >= 6'd2 && f_k < 6'd6) assert (hdr_o[127 - 8 * (32'(f_k) - 2) -: 8] == f_byte_q);
        if (f_k >= 6'd6 && at > f_k - 6'd2 && f_k - 6'd2 < hdr_bytes)
          assert (hdr_o[127 - 8 * (32'(f_k) - 2) -: 8] == f_byte_q);
        if (f_k - 6'd2 >= hdr_bytes && f_k >= 6'd6 && f_k - 6'd2 - hdr_bytes < data_bytes)
          assert (data_o[8 * (32'(f_k) - 2 - 32'(hdr_bytes)) +: 8] == f_byte_q);
      end
    end
    cover (f_past && bad_o && f_count_q != '0);
    cover (f_past && valid_o);
  end
`endif
endmodule
