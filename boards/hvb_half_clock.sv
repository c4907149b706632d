// SPDX-License-Identifier: MIT
// The card's clock in a 7-series FPGA, half of the PCIe block's user clock of 125 MHz, and the resets that go with the
// two. The user clock begins some time after PERST# is released, and may stop; an MMCM must be reset until its input
// runs, and again where that was lost (UG472). So it is held in reset for HOLD cycles of the user clock, and where it
// has not locked for longer than that takes (100 us at most), it begins again.
// Promises: while it is not locked, both resets are 1, and for many cycles of either clock behind that.
module hvb_half_clock (
    input  logic clk_i,       // user_clk_out
    input  logic rst_i,       // user_reset_out
    input  logic rst_n_i,     // PERST#
    output logic rst_o,       // for what is on clk_i
    output logic card_clk_o,
    output logic card_rst_o   // for what is on card_clk_o
);
  localparam logic [13:0] HOLD = 14'd128;
  logic back, half, locked, steady_q, held_q = 1'b1;
  logic [13:0] try_q = '0;
  logic [1:0] lock_q;
  logic [5:0] since_q;
  logic [2:0] card_rst_q = '1;

  always_ff @(posedge clk_i or negedge rst_n_i)
    if (!rst_n_i) {held_q, try_q} <= {1'b1, 14'd0};
    else begin
      held_q <= try_q < HOLD;
      try_q  <= lock_q[1] ? HOLD : try_q + 14'd1;  // all of it: 131 us
    end

  MMCME2_BASE #(.CLKIN1_PERIOD(8.0), .CLKFBOUT_MULT_F(8.0), .CLKOUT0_DIVIDE_F(16.0)) u_mmcm (
      .CLKIN1(clk_i), .CLKFBIN(back), .CLKFBOUT(back), .CLKOUT0(half), .LOCKED(locked), .PWRDWN(1'b0), .RST(held_q));
  BUFG u_buf (.I(half), .O(card_clk_o));

  always_ff @(posedge clk_i) begin
    lock_q   <= {lock_q[0], locked};
    since_q  <= !lock_q[1] ? '0 : since_q + 6'(since_q != '1);
    steady_q <= lock_q[1] && since_q == '1;
  end
  assign rst_o = rst_i || !steady_q;
  always_ff @(posedge card_clk_o) card_rst_q <= {card_rst_q[1:0], rst_o};
  assign card_rst_o = card_rst_q[2];
endmodule
