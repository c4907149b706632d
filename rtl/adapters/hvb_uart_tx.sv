// SPDX-License-Identifier: MIT
// Sends bytes on an asynchronous serial line: 8 data bits, no parity, one stop bit. Takes a byte where valid and ready
// are both 1; one in 10 * CLKS + 1 cycles at most.
module hvb_uart_tx #(
    parameter int unsigned CLKS = 25  // cycles a bit, 3 to 65535
) (
    input  logic       clk_i,
    input  logic       rst_i,
    input  logic       valid_i,
    output logic       ready_o,
    input  logic [7:0] data_i,
    output logic       line_o
);
  logic [8:0]  bits_q;   // what is still to come, lowest first; a 1 behind the data is the stop bit
  logic [3:0]  left_q;   // bits, this one with them
  logic [15:0] count_q;

  assign ready_o = left_q == 0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      left_q <= '0;
      line_o <= 1'b1;
    end else if (left_q == 0) begin
      line_o  <= !valid_i;
      bits_q  <= {1'b1, data_i};
      count_q <= 16'(CLKS - 1);
      if (valid_i) left_q <= 4'd10;
    end else if (count_q != 0) count_q <= count_q - 16'd1;
    else begin
      count_q <= 16'(CLKS - 1);
      left_q  <= left_q - 4'd1;
      line_o  <= bits_q[0];
      bits_q  <= {1'b1, bits_q[8:1]};
    end
  end

`ifdef FORMAL
  // The byte that was taken, and how long ago.
  logic f_past = 1'b0;
  logic [7:0] f_byte_q;
  logic [15:0] f_time_q;
  logic [9:0] f_line;
  assign f_line = {1'b1, f_byte_q, 1'b0};
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    if (ready_o && valid_i) f_byte_q <= data_i;
    f_time_q <= ready_o ? 16'd0 : f_time_q + 16'd1;
    if (f_past) begin
      // a byte goes out whole: start bit, data lowest first, stop bit, each for CLKS cycles; at rest the line is high
      if (ready_o) assert (line_o);
      else assert (32'(f_time_q) < 10 * CLKS && line_o == f_line[4'(32'(f_time_q) / CLKS)]);
      // how
      assert (32'(left_q) <= 10 && (ready_o || 32'(count_q) < CLKS));
      if (!ready_o) begin
        assert (32'(f_time_q) == (10 - 32'(left_q)) * CLKS + CLKS - 1 - 32'(count_q));
        assert (bits_q == 9'({9'h1FF, f_line} >> (4'd11 - left_q)));
        assert (line_o == f_line[4'd10 - left_q]);
      end
    end
    cover (f_past && !ready_o && f_byte_q == 8'h55 && 32'(f_time_q) == 10 * CLKS - 1);
  end
`endif
endmodule
