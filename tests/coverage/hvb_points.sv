// SPDX-License-Identifier: MIT
// Moments that tests must have seen, bound into the core in the model that counts coverage: where two things of the
// delivery engine meet, and what seldom happens.
module hvb_points (
    input logic       clk_i,
    input logic       start4, bypass4, direct4_q,            // a doorbell wakes a word; AtomicOp without the queue
    input logic       take, take_issue, take_drop,           // the engine takes a word
    input logic       done, done_miss, done_dirty, hit, newly, fault, due, unexpected,  // a completion
    input logic [1:0] fault_kind,
    input logic       send, pend, tx_p_valid_o, tx_p_ready_i,
    input logic       tx_np_valid_o, tx_np_ready_i,
    input logic       quota, np_overflow, quiesce, drain_busy, flr_i,
    input logic [8:0] inflight, quarantined
);
  hit_p:            cover property (@(posedge clk_i) done && hit && newly);
  hit_late_bits:    cover property (@(posedge clk_i) done && hit && done_dirty);
  miss_p:           cover property (@(posedge clk_i) done && done_miss);
  miss_late_bits:   cover property (@(posedge clk_i) done && done_miss && done_dirty);
  set_already:      cover property (@(posedge clk_i) done && hit && !newly);
  polled:           cover property (@(posedge clk_i) done && newly && !due);
  fault_status:     cover property (@(posedge clk_i) done && fault && fault_kind == 2'd1);
  fault_poison:     cover property (@(posedge clk_i) done && fault && fault_kind == 2'd2);
  fault_timeout:    cover property (@(posedge clk_i) done && fault && fault_kind == 2'd3);
  fault_late_bits:  cover property (@(posedge clk_i) done && fault && done_dirty);
  nobodys:          cover property (@(posedge clk_i) unexpected);
  quarantine:       cover property (@(posedge clk_i) quarantined != '0 && done && hit);
  bypass_p:         cover property (@(posedge clk_i) start4 && bypass4);
  queued:           cover property (@(posedge clk_i) start4 && !bypass4);
  take_and_done:    cover property (@(posedge clk_i) take && done);
  all_three:        cover property (@(posedge clk_i) start4 && take && done);
  taken_and_issued: cover property (@(posedge clk_i) take_issue && start4);
  dropped:          cover property (@(posedge clk_i) take_drop);
  over_quota:       cover property (@(posedge clk_i) quota);
  pended:           cover property (@(posedge clk_i) pend);
  pended_and_due:   cover property (@(posedge clk_i) pend && due);
  sent_and_due:     cover property (@(posedge clk_i) send && due);
  message_held:     cover property (@(posedge clk_i) tx_p_valid_o && !tx_p_ready_i && due);
  atomic_held:      cover property (@(posedge clk_i) tx_np_valid_o && !tx_np_ready_i && done);
  no_credit_left:   cover property (@(posedge clk_i) np_overflow);
  drain_under_load: cover property (@(posedge clk_i) drain_busy && start4);
  direct_p:         cover property (@(posedge clk_i) direct4_q);
  direct_quiesced:  cover property (@(posedge clk_i) direct4_q && quiesce);
  reset_in_flight:  cover property (@(posedge clk_i) flr_i && inflight != '0);
endmodule
bind hvb_core hvb_points u_points (.*);
