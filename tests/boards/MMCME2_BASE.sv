// SPDX-License-Identifier: MIT
// A clock manager of 7-series FPGAs (UG953) that halves its input: 8 times it, by 16. Locked from the start.
module MMCME2_BASE #(
    parameter real CLKIN1_PERIOD = 0.0,
    parameter real CLKFBOUT_MULT_F = 5.0,
    parameter real CLKOUT0_DIVIDE_F = 1.0
) (
    input  logic CLKIN1,
    input  logic CLKFBIN,
    output logic CLKFBOUT,
    output logic CLKOUT0,
    output logic LOCKED,
    input  logic PWRDWN,
    input  logic RST
);
  if (CLKOUT0_DIVIDE_F != 2.0 * CLKFBOUT_MULT_F) begin : g_bad_ratio
    $fatal(1, "MMCME2_BASE: this model divides by 2");
  end
  initial CLKOUT0 = 1'b0;
  always_ff @(posedge CLKIN1) CLKOUT0 <= !CLKOUT0;
  assign CLKFBOUT = CLKIN1;
  assign LOCKED   = 1'b1;
endmodule
