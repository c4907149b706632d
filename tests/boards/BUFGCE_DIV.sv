// SPDX-License-Identifier: MIT
// A clock buffer that divides (UG974), by 2.
module BUFGCE_DIV #(
    parameter int unsigned BUFGCE_DIVIDE = 1
) (
    input  logic I,
    input  logic CE,
    input  logic CLR,
    output logic O
);
  if (BUFGCE_DIVIDE != 2) begin : g_bad_divide
    $fatal(1, "BUFGCE_DIV: this model divides by 2");
  end
  initial O = 1'b0;
  always_ff @(posedge I) O <= !O && CE && !CLR;
endmodule
