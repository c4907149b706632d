// SPDX-License-Identifier: MIT
// The card on a Lattice ECP5 Versa 5G (LFE5UM5G-45F), at the end of its USB serial line; LEDs as boards/serial_card.sv
// says. It runs on a quarter of the board's 100 MHz clock. A smaller card, so that the FPGA's 108 block RAMs hold it.
module versa5g #(
    parameter int unsigned BAUD = 1000000,
    parameter int unsigned RESEND = 2500000
) (
    input  logic       clk_100mhz,
    input  logic       rst_n,        // SW1, pressed: 0
    input  logic       uart_rx,      // from the USB serial chip
    output logic       uart_tx,      // to it
    output logic [7:0] led_n         // light at 0
);
  logic [1:0] count_q = '0;
  logic [7:0] led;
  always_ff @(posedge clk_100mhz) count_q <= count_q + 2'd1;

  serial_card #(.CLOCK(25000000), .BAUD(BAUD), .RESEND(RESEND), .ROWS(1024), .CONNS(2048), .WORDS(1024)) u_serial_card (
      .clk_i(count_q[1]), .reset_i(!rst_n), .line_i(uart_rx), .line_o(uart_tx), .led_o(led));
  assign led_n = ~led;
endmodule
