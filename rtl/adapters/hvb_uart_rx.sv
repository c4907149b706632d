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
endmodule
