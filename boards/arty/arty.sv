// SPDX-License-Identifier: MIT
// The card on a Digilent Arty A7-35T (XC7A35T), at the end of its USB serial line; LEDs as boards/serial_card.sv says,
// 0 to 3 LD4 to LD7, 4 to 7 the green of LD0 to LD3. It runs on a quarter of the board's 100 MHz clock. A smaller card,
// so that the FPGA's 50 block RAMs hold it.
module arty #(
    parameter int unsigned BAUD = 1000000,
    parameter int unsigned RESEND = 2500000
) (
    input  logic       clk_100mhz,
    input  logic       btn,          // BTN0, pressed: reset
    input  logic       uart_rx,      // from the USB serial chip
    output logic       uart_tx,      // to it
    output logic [7:0] led
);
  logic [1:0] count_q = '0;
  always_ff @(posedge clk_100mhz) count_q <= count_q + 2'd1;

  serial_card #(.CLOCK(25000000), .BAUD(BAUD), .RESEND(RESEND), .ROWS(1024), .CONNS(2048), .WORDS(1024)) u_serial_card (
      .clk_i(count_q[1]), .reset_i(btn), .line_i(uart_rx), .line_o(uart_tx), .led_o(led));
endmodule
