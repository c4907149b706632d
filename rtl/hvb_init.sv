// SPDX-License-Identifier: MIT
// Power-on and function level reset: clears every table by walking through it.
// FLR: nothing new leaves the card; what is in flight is awaited, at most for one completion time-out; what is
// still unanswered then goes into quarantine; tables are cleared. A walk takes STEPS cycles. Meanwhile memory
// writes are dropped, reads and configuration requests are answered.
module hvb_init #(
    parameter int unsigned STEPS = 2048  // the deepest table
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        flr_i,
    input  logic        quiet_i,      // nothing in flight, nothing left in the pipeline
    input  logic [31:0] timeout_i,
    output logic        init_o,       // clear entry addr_o of every table
    output logic [15:0] addr_o,
    output logic        abandon_o,    // what is in flight now is given up
    output logic        freeze_o,
    output logic        run_o
);
  typedef enum logic [1:0] {CLEAR, RUN, FLUSH} state_t;
  state_t state_q;
  logic [31:0] count_q;

  assign init_o    = state_q == CLEAR;
  assign addr_o    = count_q[15:0];
  assign run_o     = state_q == RUN;
  assign freeze_o  = state_q != RUN;
  assign abandon_o = state_q == FLUSH && (quiet_i || count_q >= timeout_i) && count_q >= 32'd8;

  always_ff @(posedge clk_i) begin
    if (state_q != RUN) count_q <= count_q + 1'b1;
    case (state_q)
      CLEAR: if (count_q == STEPS - 1) state_q <= RUN;
      RUN: if (flr_i) begin
        state_q <= FLUSH;
        count_q <= '0;
      end
      default: if (abandon_o) begin
        state_q <= CLEAR;
        count_q <= '0;
      end
    endcase
    if (rst_i) begin
      state_q <= CLEAR;
      count_q <= '0;
    end
  end
endmodule
