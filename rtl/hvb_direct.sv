// SPDX-License-Identifier: MIT
// The result of the card's own direct signal (0x00C0), from S4 to its completion or its drop.
// Promises: busy from the cycle behind S4, as long as the flag may still change; the result stays until the next one.
module hvb_direct #(
    parameter int unsigned WORDS = 2048
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,   // S4: a direct signal
    input  logic        accept_i,  // S5: it was accepted
    input  logic        done_i,    // C1: an AtomicOp completes, and no flag is left to set, for
    input  logic [11:0] done_pw_i,
    input  logic        newly_i,
    input  logic        fault_i,
    input  logic        drop_i,    // a waiting word is dropped
    input  logic [11:0] drop_pw_i,
    output logic        busy_o,
    output logic        newly_o,   // the flag was clear before
    output logic        fault_o
);
  localparam logic [11:0] WORD = 12'(WORDS - 1);
  logic start_q, busy_q, newly_q, fault_q;
  assign busy_o  = start_q ? accept_i : busy_q;
  assign newly_o = !start_q && newly_q;
  assign fault_o = start_q ? !accept_i : fault_q;
  always_ff @(posedge clk_i) begin
    start_q <= start_i && !rst_i;
    {busy_q, newly_q, fault_q} <= {busy_o, newly_o, fault_o};
    if (!start_i && done_i && done_pw_i == WORD) {busy_q, newly_q, fault_q} <= {1'b0, newly_i, fault_i};
    else if (!start_i && drop_i && drop_pw_i == WORD) {busy_q, fault_q} <= 2'b01;
    if (rst_i) busy_q <= 1'b0;
  end

`ifdef FORMAL
  // what is told last is of the last direct signal, and only a completion without a fault ends it well
  logic f_past = 1'b0, f_busy_q, f_start_q, f_busy;
  assign f_busy = f_start_q ? accept_i : f_past && f_busy_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    f_start_q <= f_past && start_i && !rst_i;
    f_busy_q  <= !rst_i && (start_i || (f_busy && !(done_i && done_pw_i == WORD) && !(drop_i && drop_pw_i == WORD)));
    if (f_past) begin
      assert (busy_o == f_busy);
      if (f_start_q) assert (!newly_o && fault_o == !accept_i);  // nothing of the one before
      if (!busy_o && $past(busy_o) && !$past(rst_i) && !$past(start_i) && !fault_o)
        assert ($past(done_i && done_pw_i == WORD && !fault_i) && newly_o == $past(newly_i));
    end
    cover (f_past && !busy_o && newly_o && $past(f_past && busy_o));
    cover (f_past && !busy_o && fault_o && $past(f_past && busy_o));
  end
`endif
endmodule
