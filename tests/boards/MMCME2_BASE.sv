// SPDX-License-Identifier: MIT
// A clock manager of 7-series FPGAs (UG953) that halves its input: 8 times it, by 16. It locks only where it was in
// reset for a while with its input running, gives no clock in reset, and does not find its lock again by itself.
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
  logic lost = 1'b0;  // a test has its input stop
  logic rst_q = 1'b0, good_q = 1'b0;
  logic [5:0] held_q = '0, runs_q = '0;
  initial CLKOUT0 = 1'b0;
  always_ff @(posedge CLKIN1) begin
    CLKOUT0 <= !RST && !CLKOUT0;
    rst_q   <= RST;
    held_q  <= RST ? held_q + 6'(held_q != '1) : '0;
    runs_q  <= RST ? '0 : runs_q + 6'(runs_q != '1);
    good_q  <= !RST && !lost && (rst_q ? held_q == '1 : good_q);
  end
  assign CLKFBOUT = CLKIN1;
  assign LOCKED   = good_q && runs_q == '1 && !RST;
endmodule
