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

  // written by push: tail, first word of a list that was empty, mark; by pop: head, mark
  logic [PW-1:0] tail_q [PARTS];
  logic [PW-1:0] first_q [PARTS];
  logic          fresh_push_q [PARTS];
  logic [PW-1:0] head_q [PARTS];
  logic          fresh_pop_q [PARTS];
  logic [PARTS-1:0] any_q;  // lists with words, or of which the last pop took the last one (ended_q)

  logic [AW-1:0] push_at, pop_at, last_at_q;
  logic          push_any, pop_last, last_q, ended_q, turn_again, activate, from_link, fresh;
  logic [PW-1:0] next, head;
  assign push_at = push_part_i[AW-1:0];

  // ---- turns: a queue of partitions, and the one just served
  logic [AW-1:0] turn_head, hold_q;
  logic [AW:0] turn_count;
  logic turn_empty, hold_v_q, turn_push, turn_pop, activate_q;
  logic [AW-1:0] turn_d, activate_at_q;
  logic [PW-1:0] activate_pw_q;
  assign pop_at    = turn_head;  // where none is in the queue, the one just served
  assign valid_o   = turn_empty ? hold_v_q : !hold_v_q || !activate_q;
  assign turn_pop  = pop_i && !turn_empty;
  assign turn_push = activate_q || (hold_v_q && turn_pop);
  assign turn_d    = activate_q ? activate_at_q : hold_q;
  hvb_fifo #(.WIDTH(AW), .DEPTH(1 << AW), .EARLY(1'b1)) u_turns (
      .clk_i, .clear_i, .push_i(turn_push), .data_i(turn_d), .pop_i(turn_pop), .head_o(turn_head), .empty_o(turn_empty),
      .count_o(turn_count));

  // ---- pop: the head is what the link of the last pop said, else where push or pop left it
  assign part_o   = 6'(pop_at);
  assign pw_o     = 12'(head);
  assign from_link = last_q && last_at_q == pop_at;
  assign fresh     = fresh_push_q[pop_at] ^ fresh_pop_q[pop_at];
  assign head      = from_link ? next : fresh ? first_q[pop_at] : head_q[pop_at];
  // a word is in its list once, so the head is the last one where it is the tail: compared with each that may be it
  assign pop_last  = from_link ? next == tail_q[pop_at] : fresh ? first_q[pop_at] == tail_q[pop_at] :
                                                                  head_q[pop_at] == tail_q[pop_at];
  assign turn_again = !pop_last || (push_i && push_at == pop_at);

  // ---- push
  assign push_any = any_q[push_at] && !(ended_q && last_at_q == push_at);
  assign activate = push_i && !push_any;

  // the link behind a word that is popped in this very cycle, its list's last one, is forwarded
  logic link_q;
  logic [PW-1:0] link_pw_q, linked;
  assign next = link_q ? link_pw_q : linked;
  hvb_ram #(.WIDTH(PW), .DEPTH(WORDS), .FWD(1'b0)) u_next (
      .clk_i, .we_i(push_i && push_any), .waddr_i(tail_q[push_at]), .wdata_i(push_pw_i[PW-1:0]),
      .re_i(pop_i), .raddr_i(pw_o[PW-1:0]), .rdata_o(linked));

  always_ff @(posedge clk_i) begin
    if (push_i) tail_q[push_at] <= push_pw_i[PW-1:0];
    // whether it is a list's first word is known late: written in the next cycle, behind which it may be popped
    if (activate_q) begin
      first_q[activate_at_q]      <= activate_pw_q;
      fresh_push_q[activate_at_q] <= !fresh_pop_q[activate_at_q];
    end
    if (last_q) head_q[last_at_q] <= next;
    if (pop_i) {link_q, link_pw_q} <= {pop_last && push_i && push_at == pop_at, push_pw_i[PW-1:0]};
    // the next head comes from the link, unless the list begins anew
    if (pop_i) fresh_pop_q[pop_at] <= fresh_push_q[pop_at];
    last_q    <= pop_i && turn_again && !clear_i;
    ended_q   <= pop_i && !turn_again && !clear_i;
    last_at_q <= pop_at;

    activate_q    <= activate && !clear_i;
    activate_at_q <= push_at;
    activate_pw_q <= push_pw_i[PW-1:0];
    if (clear_i) begin
      hold_v_q <= 1'b0;
      any_q    <= '0;
    end else begin
      if (ended_q) any_q[last_at_q] <= 1'b0;
      if (push_i) any_q[push_at] <= 1'b1;
      if (pop_i) hold_v_q <= turn_again;
    end
    if (pop_i) hold_q <= pop_at;
  end

`ifdef FORMAL
  // A plain model beside it: the words of each list in order, all of them.
  (* hierconn *) logic [PW*WORDS-1:0] \u_next.f_mem ;
  (* hierconn *) logic [AW*(1<<AW)-1:0] \u_turns.f_mem ;
  (* hierconn *) logic [AW-1:0] \u_turns.r_q ;
  (* anyconst *) logic [PW-1:0] f_n;  // one word is followed
  logic f_past = 1'b0;
  logic [PARTS-1:0] f_any;            // lists with words
  logic [WORDS-1:0] f_in_q;           // words in a list
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (clear_i);
    // the user's part: a word is in at most one list, once
    if (f_past) begin
      assume (!push_i || (!f_in_q[push_pw_i[PW-1:0]] && 32'(push_pw_i) < WORDS && 32'(push_part_i) < PARTS));
      assume (!pop_i || valid_o);
      assume (!clear_i || (!push_i && !pop_i));
    end
    if (clear_i) f_in_q <= '0;
    else begin
      if (push_i) f_in_q[push_pw_i[PW-1:0]] <= 1'b1;
      if (pop_i) f_in_q[head] <= 1'b0;
    end
    if (f_past) begin
      // a word is offered two cycles after its push at the latest
      assert (valid_o || activate_q || f_any == '0);
      assert (32'(turn_count) <= PARTS);
      // how
      assert (turn_empty == (turn_count == '0));
      assert (!turn_empty || !hold_v_q || turn_head == hold_q);
      assert (turn_empty || turn_head == \u_turns.f_mem [\u_turns.r_q *AW+:AW]);
    end
  end
  for (genvar p = 0; p < PARTS; p++) begin : g_list
    logic [PW*WORDS-1:0] f_list_q, f_rest;
    logic [PW:0] f_fill_q, f_left;
    logic [AW:0] f_wait_q;              // turns of others while this one had a word
    logic [15:0] f_before_q, f_pops_q;  // of the word followed: words before it when it came, pops since
    logic [AW+1:0] f_places, f_rank;    // how often it is among the turns, how many are before it
    assign f_any[p] = f_fill_q != '0;
    assign f_left   = f_fill_q - (PW+1)'(pop_i && pop_at == AW'(p));
    assign f_rest   = pop_i && pop_at == AW'(p) ? f_list_q >> PW : f_list_q;
    always_comb begin
      f_places = (AW+2)'(hold_v_q && hold_q == AW'(p)) + (AW+2)'(activate_q && activate_at_q == AW'(p));
      // who was just served is behind who comes new, unless it is the only one there
      f_rank   = (AW+2)'(turn_count) +
                 (AW+2)'(hold_v_q && (hold_q == AW'(p) ? activate_q && !turn_empty : turn_empty));
      for (int i = 0; i < PARTS; i++)
        if ((AW+1)'(i) < turn_count &&
            \u_turns.f_mem [((AW'(i) + \u_turns.r_q ) & AW'(PARTS-1))*AW+:AW] == AW'(p)) begin
          f_places = f_places + 1'b1;
          f_rank   = (AW+2)'(i);
        end
    end
    always_ff @(posedge clk_i) begin
      f_list_q <= f_rest;
      for (int i = 0; i < WORDS; i++)
        if (push_i && push_at == AW'(p) && f_left == (PW+1)'(i)) f_list_q[i*PW+:PW] <= push_pw_i[PW-1:0];
      f_fill_q <= clear_i ? '0 : f_left + (PW+1)'(push_i && push_at == AW'(p));
      if (clear_i || f_fill_q == '0 || (pop_i && pop_at == AW'(p))) f_wait_q <= '0;
      else if (pop_i) f_wait_q <= f_wait_q + 1'b1;
      if (push_i && push_pw_i == 12'(f_n)) {f_before_q, f_pops_q} <= {16'(f_left), 16'd0};
      else if (pop_i) f_pops_q <= f_pops_q + 16'd1;
      if (f_past) begin
        if (valid_o && pop_at == AW'(p)) begin
          assert (f_fill_q != '0);              // only a partition with words has a turn
          assert (head == f_list_q[PW-1:0]);    // first in, first out: nothing lost, doubled, or another's
        end
        // round robin: between two turns of a partition that has words, each other one has at most one
        assert (32'(f_wait_q) + 32'(f_rank) < PARTS || f_fill_q == '0);
        // so a word with n before it is popped by the (n + 1) * PARTSth pop behind its push
        if (pop_i && pop_at == AW'(p) && head == f_n) assert (32'(f_pops_q) < (32'(f_before_q) + 1) * PARTS);
        // how: a list's words that went, by whole rounds, and the round that is under way
        for (int i = 0; i < WORDS; i++)
          if ((PW+1)'(i) < f_fill_q && f_list_q[i*PW+:PW] == f_n)
            assert (32'(f_before_q) < WORDS && 32'(f_before_q) >= i &&
                    32'(f_pops_q) <= (32'(f_before_q) - i) * PARTS + 32'(f_wait_q));
        if ((hold_v_q && hold_q == AW'(p)) || (activate_q && activate_at_q == AW'(p))) assert (f_wait_q == '0);
        // how: a partition with words has one place in the turns, one without has none
        assert (f_places == (AW+2)'(f_fill_q != '0));
        // how: mark, head, tail and links say what the model says
        assert ((any_q[p] && !(ended_q && last_at_q == AW'(p))) == (f_fill_q != '0));
        assert (f_fill_q <= (PW+1)'(WORDS));
        if (last_q && last_at_q == AW'(p)) assert (f_fill_q != '0 && fresh_push_q[p] == fresh_pop_q[p]);
        if (f_fill_q != '0)
          assert ((activate_q && activate_at_q == AW'(p) ? activate_pw_q :
                   last_q && last_at_q == AW'(p) ? next : fresh_push_q[p] ^ fresh_pop_q[p] ? first_q[p] : head_q[p]) ==
                  f_list_q[PW-1:0]);
        for (int i = 0; i < WORDS; i++) begin
          if (f_fill_q == (PW+1)'(i + 1)) assert (tail_q[p] == f_list_q[i*PW+:PW]);
          if ((PW+1)'(i) < f_fill_q) assert (f_in_q[f_list_q[i*PW+:PW]]);
          if (i != 0 && (PW+1)'(i) < f_fill_q)
            assert (\u_next.f_mem [f_list_q[(i-1)*PW+:PW]*PW+:PW] == f_list_q[i*PW+:PW]);
        end
        for (int i = 0; i < WORDS; i++)
          for (int j = 0; j < i; j++)
            if ((PW+1)'(i) < f_fill_q) assert (f_list_q[i*PW+:PW] != f_list_q[j*PW+:PW]);
      end
      cover (f_past && f_wait_q == (AW+1)'(PARTS - 1) && pop_i && pop_at == AW'(p));
      cover (f_past && pop_i && push_i && push_at == pop_at && pop_at == AW'(p) && f_fill_q == (PW+1)'(1));
    end
  end
  // how: no word is in two lists
  for (genvar p = 1; p < PARTS; p++) begin : g_pair
    for (genvar q = 0; q < p; q++) begin : g_other
      always_ff @(posedge clk_i)
        for (int i = 0; i < WORDS; i++)
          for (int j = 0; j < WORDS; j++)
            if (f_past && (PW+1)'(i) < g_list[p].f_fill_q && (PW+1)'(j) < g_list[q].f_fill_q)
              assert (g_list[p].f_list_q[i*PW+:PW] != g_list[q].f_list_q[j*PW+:PW]);
    end
  end
`endif
endmodule
