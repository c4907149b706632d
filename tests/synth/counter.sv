// SPDX-License-Identifier: MIT
// A little of each kind of cell that the card is made of, at an Arty's pins: carry, LUTs, registers, memory of both
// kinds.
module counter (
    input  logic       clk_100mhz,
    input  logic       btn,
    input  logic       uart_rx,
    output logic       uart_tx,
    output logic [7:0] led
);
  logic [27:0] count_q = '0;
  logic [7:0]  block [1024];
  logic [7:0]  small [32];
  logic [7:0]  block_q, small_q;

  always_ff @(posedge clk_100mhz) begin
    count_q <= count_q + 28'(!btn);
    if (btn) block[count_q[9:0]] <= count_q[27:20];
    if (uart_rx) small[count_q[4:0]] <= count_q[20:13];
    block_q <= block[count_q[19:10]];
    small_q <= small[count_q[9:5]];
  end
  assign led     = count_q[27:20];
  assign uart_tx = uart_rx ^ ^block_q ^ ^small_q;
endmodule
