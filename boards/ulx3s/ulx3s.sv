// SPDX-License-Identifier: MIT
// The card on a ULX3S (Lattice ECP5 LFE5U-85F), at the end of its USB serial line; LEDs as boards/serial_card.sv says.
// All of it runs on the board's 25 MHz clock.
module ulx3s #(
    parameter int unsigned BAUD = 1000000,
    parameter int unsigned RESEND = 2500000
) (
    input  logic       clk_25mhz,
    input  logic       ftdi_txd,     // from the USB serial chip
    output logic       ftdi_rxd,     // to it
    input  logic       btn_fire1,    // pressed: reset
    output logic [7:0] led,
    output logic       wifi_gpio0    // 0 would have the ESP32 take the board over
);
  serial_card #(.CLOCK(25000000), .BAUD(BAUD), .RESEND(RESEND)) u_serial_card (
      .clk_i(clk_25mhz), .reset_i(btn_fire1), .line_i(ftdi_txd), .line_o(ftdi_rxd), .led_o(led));
  assign wifi_gpio0 = 1'b1;
endmodule
