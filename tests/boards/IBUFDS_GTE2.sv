// SPDX-License-Identifier: MIT
// The input of a transceiver's reference clock in 7-series FPGAs (UG953): the positive pin is the clock.
module IBUFDS_GTE2 (
    input  logic I,
    input  logic IB,
    input  logic CEB,
    output logic O
);
  assign O = I;
endmodule
