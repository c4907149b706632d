// SPDX-License-Identifier: MIT
// The input of a transceiver's reference clock in UltraScale+ FPGAs (UG974): the positive pin is the clock.
module IBUFDS_GTE4 #(
    parameter logic [1:0] REFCLK_HROW_CK_SEL = 2'b00  // ODIV2: 00 the clock, 01 half of it
) (
    input  logic I,
    input  logic IB,
    input  logic CEB,
    output logic O,
    output logic ODIV2
);
  assign O     = I;
  assign ODIV2 = I;
endmodule
