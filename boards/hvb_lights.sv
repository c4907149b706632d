// SPDX-License-Identifier: MIT
// What a board's LEDs show, 1 for light. Link: dark in PERST#, with which the clock may stop at any moment; blinks
// while there is no link, then stays on.
// Doorbell: a sixteenth of a second for each write to a doorbell page. Fault: from a damaged TLP or an AtomicOp that
// was refused, until the card is reset.
module hvb_lights #(
    parameter int unsigned CLOCK_MHZ = 125
) (
    input  logic clk_i,
    input  logic rst_i,
    input  logic perst_n_i,
    input  logic up_i,
    input  logic doorbell_i,  // pulse
    input  logic fault_i,     // pulse
    output logic link_o,
    output logic doorbell_o,
    output logic fault_o
);
  localparam int unsigned SIXTEENTH = CLOCK_MHZ * 62500;
  localparam int unsigned B = $clog2(SIXTEENTH + 1);
  logic [B-1:0] beat_q = '0, left_q;
  logic [3:0] beats_q = '0;
  logic fault_q;

  always_ff @(posedge clk_i) begin
    beat_q <= beat_q == B'(SIXTEENTH) ? '0 : beat_q + B'(1);
    if (beat_q == '0) beats_q <= beats_q + 4'd1;
    left_q  <= rst_i ? '0 : doorbell_i ? B'(SIXTEENTH) : left_q - B'(left_q != '0);
    fault_q <= !rst_i && (fault_i || fault_q);
  end
  assign link_o     = perst_n_i && (up_i || beats_q[3]);
  assign doorbell_o = left_q != '0;
  assign fault_o    = fault_q;
endmodule
