// SPDX-License-Identifier: MIT
// A clock buffer (UG953).
module BUFG (
    input  logic I,
    output logic O
);
  assign O = I;
endmodule
