// SPDX-License-Identifier: MIT
// Power-on and function level reset: clears every table by walking through it.
// FLR: nothing new leaves the card; what is in flight is awaited, at most for one completion time-out or LIMIT; what is
// still unanswered then goes into quarantine; tables are cleared. A walk takes STEPS cycles. Meanwhile memory
// writes are dropped, reads and configuration requests are answered.
module hvb_init #(
    parameter int unsigned STEPS = 2048,     // the deepest table
    parameter int unsigned LIMIT = 5000000  // cycles
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        flr_i,
    input  logic        quiet_i,      // nothing in flight, nothing left in the pipeline
    input  logic [31:0] timeout_i,
    output logic        init_o,       // clear entry addr_o of every table
    output logic [15:0] addr_o,
    output logic        abandon_o,    // what is in flight now is given up; known a cycle before
    output logic        freeze_o,
    output logic        run_o
);
  typedef enum logic [1:0] {CLEAR, RUN, FLUSH} state_t;
  state_t state_q;
  logic [31:0] count_q;
  logic due_q;

  assign init_o    = state_q == CLEAR;
  assign addr_o    = count_q[15:0];
  assign run_o     = state_q == RUN;
  assign freeze_o  = state_q != RUN;
  assign abandon_o = due_q;

  always_ff @(posedge clk_i) begin
    if (state_q != RUN) count_q <= count_q + 1'b1;
    due_q <= state_q == FLUSH && !due_q && (quiet_i || count_q >= timeout_i || count_q >= LIMIT) && count_q >= 32'd8;
    case (state_q)
      CLEAR: if (count_q == STEPS - 1) state_q <= RUN;
      RUN: if (flr_i) begin
        state_q <= FLUSH;
        count_q <= 32'd1;  // a cycle ahead, as due_q is
      end
      default: if (abandon_o) begin
        state_q <= CLEAR;
        count_q <= '0;
      end
    endcase
    if (rst_i) begin
      state_q <= CLEAR;
      count_q <= '0;
      due_q   <= 1'b0;
    end
  end

`ifdef FORMAL
  // One address of the walk stands for all.
  (* anyconst *) logic [15:0] f_at;
  logic f_past = 1'b0, f_cleared_q, f_late_q;
  logic [31:0] f_flush_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    assume (timeout_i < 32'hffff_0000);
    if (rst_i || abandon_o) f_cleared_q <= 1'b0;
    else if (init_o && addr_o == f_at) f_cleared_q <= 1'b1;
    f_late_q  <= state_q == FLUSH && (f_flush_q + 32'd1 >= timeout_i || f_flush_q + 32'd1 >= LIMIT);
    f_flush_q <= state_q == FLUSH ? f_flush_q + 32'd1 : 32'd0;
    if (f_past) begin
      assert (state_q == CLEAR || state_q == RUN || state_q == FLUSH);
      // the card runs only with every table cleared since the last reset of either kind
      if (run_o && 32'(f_at) < STEPS) assert (f_cleared_q);
      assert (!init_o || 32'(addr_o) < STEPS);
      assert (freeze_o == !run_o && !(run_o && init_o));  // what resets sends nothing new
      if (state_q == FLUSH) begin
        assert (count_q == f_flush_q + 32'd1);
        // the pipeline has run empty before anything is cleared, and what is in flight was awaited or timed out
        if (abandon_o) assert (f_flush_q >= 32'd8 && ($past(quiet_i) || f_late_q));
        // nothing unanswered holds a reset for longer than the time-out, nor than the limit
        if (f_late_q && f_flush_q >= 32'd8) assert (abandon_o);
      end
      assert (!abandon_o || state_q == FLUSH);
    end
    cover (run_o && f_flush_q == 32'd0 && $past(state_q == CLEAR) && f_cleared_q);
    cover (abandon_o && $past(quiet_i));
  end
`endif
endmodule
