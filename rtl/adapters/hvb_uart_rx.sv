// SPDX-License-Identifier: MIT
// Receives bytes from an asynchronous serial line: 8 data bits, no parity, one stop bit. Each bit is sampled once, in
// its middle, counted from the start bit's edge, so that sender and receiver may differ by 4 % in speed. A byte shows
// for one cycle, half a bit before its end; one without its stop bit shows as an error, and the next start is looked
// for only once the line is high again.
module hvb_uart_rx #(
    parameter int unsigned CLKS = 25  // cycles a bit, 3 to 65535
) (
    input  logic       clk_i,
    input  logic       rst_i,
    input  logic       line_i,   // asynchronous; high at rest
    output logic       valid_o,
    output logic       err_o,    // beside valid_o
    output logic [7:0] data_o
);
  if (CLKS < 3 || CLKS > 65535) begin : g_bad_clks
    $fatal(1, "hvb_uart_rx: CLKS must be 3 to 65535");
  end

  localparam logic [3:0] REST = 4'd10, START = 4'd0, STOP = 4'd9, BROKEN = 4'd11;
  logic [1:0]  sync_q;
  logic [15:0] count_q;
  logic [3:0]  bit_q;    // START, 1 to 8: data, STOP; or one of the two states without a byte

  always_ff @(posedge clk_i) begin
    sync_q  <= {sync_q[0], line_i};
    valid_o <= 1'b0;
    if (rst_i) begin
      sync_q <= '1;
      bit_q  <= REST;
    end else if (bit_q == REST) begin
      count_q <= 16'(CLKS / 2 - 1);
      if (!sync_q[1]) bit_q <= START;
    end else if (bit_q == BROKEN) begin
      if (sync_q[1]) bit_q <= REST;
    end else if (count_q != 0) begin
      count_q <= count_q - 16'd1;
    end else begin
      count_q <= 16'(CLKS - 1);
      bit_q   <= bit_q + 4'd1;
      if (bit_q == START) begin
        if (sync_q[1]) bit_q <= REST;  // a spike
      end else if (bit_q == STOP) begin
        valid_o <= 1'b1;
        err_o   <= !sync_q[1];
        bit_q   <= sync_q[1] ? REST : BROKEN;
      end else data_o <= {sync_q[1], data_o[7:1]};
    end
  end

`ifdef FORMAL
  // A sender of the same speed on the line, with or without a pause between its bytes.
  (* anyseq *) logic f_send;
  (* anyseq *) logic [7:0] f_next;
  logic f_past = 1'b0, f_busy_q = 1'b0, f_owed_q = 1'b0;
  logic [7:0] f_byte_q, f_sent_q, f_bit_q, f_clk_q;
  logic f_stop;
  logic [9:0] f_line;
  assign f_line = {1'b1, f_byte_q, 1'b0};
  assign f_stop = f_busy_q && f_bit_q == 8'd9 && 32'(f_clk_q) == CLKS / 2;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    assume (rst_i == !f_past);
    assume (line_i == (!f_busy_q || f_line[4'(f_bit_q)]));
    if (!f_busy_q || (f_bit_q == 8'd9 && 32'(f_clk_q) == CLKS - 1)) begin
      f_busy_q <= f_send && f_past;
      {f_bit_q, f_clk_q} <= '0;
    end else if (32'(f_clk_q) == CLKS - 1) {f_bit_q, f_clk_q} <= {f_bit_q + 8'd1, 8'd0};
    else f_clk_q <= f_clk_q + 8'd1;
    if (!f_busy_q || (f_bit_q == 8'd9 && 32'(f_clk_q) == CLKS - 1)) f_byte_q <= f_next;
    // a byte is owed from the middle of its stop bit on
    if (f_stop) {f_owed_q, f_sent_q} <= {1'b1, f_byte_q};
    else if (valid_o) f_owed_q <= 1'b0;
    if (f_past) begin
      // what arrives was sent, is undamaged, and arrives once; nothing is lost: it is there before the next one ends
      if (valid_o) assert (f_owed_q && !err_o && data_o == f_sent_q);
      if (f_stop) assert (!f_owed_q);
    end
    cover (f_past && valid_o && data_o == 8'h5a);
  end
`endif
endmodule
