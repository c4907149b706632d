// SPDX-License-Identifier: MIT
// Ready lists: words that wait for an AtomicOp, one linked list for each sending partition, and a queue of the
// partitions that have any.
// Promises: one push and one pop a cycle; first in, first out within a partition; partitions take turns, one word
// each (a partition is in the queue once, and goes to its tail after its turn). Relies on its user: a word is in
// at most one list, once. Every memory has one writer.
module hvb_ready #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned WORDS = 2048
) (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic        push_i,
    input  logic [5:0]  push_part_i,
    input  logic [11:0] push_pw_i,
    input  logic        pop_i,        // takes the head; only with valid_o
    output logic        valid_o,
    output logic [5:0]  part_o,
    output logic [11:0] pw_o
);
  localparam int unsigned AW = $clog2(PARTS), PW = $clog2(WORDS);

  // written by push: tail, first word of a list that was empty, pushes, mark; by pop: head, pops, mark
  logic [PW-1:0] tail_q [PARTS];
  logic [PW-1:0] first_q [PARTS];
  logic [PW:0]   pushes_q [PARTS];
  logic          fresh_push_q [PARTS];
  logic [PW-1:0] head_q [PARTS];
  logic [PW:0]   pops_q [PARTS];
  logic          fresh_pop_q [PARTS];
  logic [PARTS-1:0] used_q;  // lists touched since clear: others are empty whatever their memories hold

  logic [AW-1:0] push_at, pop_at, last_at_q;
  logic [PW:0]   push_fill, pop_fill;
  logic          push_empty, last_q, turn_again, activate;
  logic [PW-1:0] next, head;
  assign push_at = push_part_i[AW-1:0];

  // ---- turns: a queue of partitions, and the one just served
  logic [AW-1:0] turn_head, hold_q;
  logic [AW:0] turn_count;
  logic turn_empty, hold_v_q, turn_push, turn_pop, activate_q;
  logic [AW-1:0] turn_d, activate_at_q;
  assign pop_at    = turn_empty ? hold_q : turn_head;
  assign valid_o   = turn_empty ? hold_v_q : !hold_v_q || !activate_q;
  assign turn_pop  = pop_i && !turn_empty;
  assign turn_push = activate_q || (hold_v_q && turn_pop);
  assign turn_d    = activate_q ? activate_at_q : hold_q;
  hvb_fifo #(.WIDTH(AW), .DEPTH(1 << AW)) u_turns (
      .clk_i, .clear_i, .push_i(turn_push), .data_i(turn_d), .pop_i(turn_pop), .head_o(turn_head), .empty_o(turn_empty),
      .count_o(turn_count));

  // ---- pop: the head is what the link of the last pop said, else where push or pop left it
  assign part_o   = 6'(pop_at);
  assign pop_fill = pushes_q[pop_at] - pops_q[pop_at];
  assign pw_o     = 12'(head);
  assign head = last_q && last_at_q == pop_at ? next :
                fresh_push_q[pop_at] ^ fresh_pop_q[pop_at] ? first_q[pop_at] : head_q[pop_at];
  assign turn_again = pop_fill != (PW+1)'(1) || (push_i && push_at == pop_at);

  // ---- push
  assign push_fill  = used_q[push_at] ? pushes_q[push_at] - pops_q[push_at] : '0;
  assign push_empty = push_fill == '0 || (push_fill == (PW+1)'(1) && pop_i && pop_at == push_at);
  assign activate   = push_i && push_fill == '0;

  hvb_ram #(.WIDTH(PW), .DEPTH(WORDS)) u_next (
      .clk_i, .we_i(push_i && !push_empty), .waddr_i(tail_q[push_at]), .wdata_i(push_pw_i[PW-1:0]),
      .re_i(pop_i), .raddr_i(pw_o[PW-1:0]), .rdata_o(next));

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      tail_q[push_at]   <= push_pw_i[PW-1:0];
      pushes_q[push_at] <= used_q[push_at] ? pushes_q[push_at] + 1'b1 : pops_q[push_at] + 1'b1;
      if (push_empty) begin
        first_q[push_at]      <= push_pw_i[PW-1:0];
        fresh_push_q[push_at] <= !fresh_pop_q[push_at];
      end
    end
    if (last_q) head_q[last_at_q] <= next;
    if (pop_i) begin
      pops_q[pop_at] <= pops_q[pop_at] + 1'b1;
      // the next head comes from the link, unless the list begins anew
      if (pop_fill != (PW+1)'(1)) fresh_pop_q[pop_at] <= fresh_push_q[pop_at];
    end
    last_q    <= pop_i && pop_fill != (PW+1)'(1) && !clear_i;
    last_at_q <= pop_at;

    activate_q    <= activate && !clear_i;
    activate_at_q <= push_at;
    if (clear_i) begin
      hold_v_q <= 1'b0;
      used_q   <= '0;
    end else begin
      if (push_i) used_q[push_at] <= 1'b1;
      if (pop_i) hold_v_q <= turn_again;
    end
    if (pop_i) hold_q <= pop_at;
  end
endmodule
