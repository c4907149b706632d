// SPDX-License-Identifier: MIT
// Delivery in `owned` mode: the SIEF words are kept here, and written to memory whenever they change (docs/design.md,
// "Owned words"). Stands where host memory stands for AtomicOps: what hvb_issue sends sets flags and is answered in
// the next cycle with the word as it was; an ack clears flags and says which it found set. And joins the flag writes
// with the messages behind them.
// Promises: issue to flight write out 2 cycles; a message never passes the flag write before it, and goes on the beat
// behind it; one operation a cycle, an ack always at once, so issue waits for at most every other cycle; writes of a
// word go out in the order of its values. Messages wait for at most the writes that are before them, writes for none
// but theirs before them. What waits at the output does not change.
module hvb_owned #(
    parameter int unsigned WORDS = 2048,  // a power of two
    parameter int unsigned DEPTH = 4      // flag writes that may wait, a power of two
) (
    input  logic              clk_i,
    input  logic              clear_i,      // while clear_addr_i walks: all words are zero, nothing waits
    input  logic [15:0]       clear_addr_i,
    input  logic [15:0]       id_i,
    // issue; its answer one cycle later
    output logic              ok_o,         // may issue
    input  logic              issue_i,
    input  logic [11:0]       own_i,
    input  logic [63:0]       bits_i,
    input  logic [60:0]       addr_i,       // 0: nowhere, nothing is written
    input  logic [7:0]        tag_i,
    output logic              cpl_valid_o,
    output hvb_pkg::cpl_hdr_t cpl_hdr_o,
    output logic [63:0]       cpl_data_o,
    // ack, in S4; what it found one cycle later
    input  logic              near_i,       // one is there, good or not
    input  logic              ack_i,        // a good one
    input  logic [11:0]       ack_own_i,
    input  logic              ack_half_i,
    input  logic [31:0]       ack_flags_i,
    output logic [31:0]       acked_o,
    // messages in
    input  logic              m_valid_i,
    output logic              m_ready_o,
    input  logic              m_new_i,      // valid from the next cycle on
    input  hvb_pkg::req_hdr_t m_hdr_i,
    input  logic [127:0]      m_data_i,
    // posted out
    output logic              p_valid_o,
    input  logic              p_ready_i,
    output hvb_pkg::req_hdr_t p_hdr_o,
    output logic [127:0]      p_data_o,
    output logic              sent_o,       // a flag write leaves
    output logic              idle_o
);
  localparam int unsigned AW = $clog2(WORDS), CW = $clog2(DEPTH) + 1;

  // ---- one read-modify-write a cycle: address, then data
  logic set_q, ack_q, half_q, post;
  logic [AW-1:0] at, at_q;
  logic [63:0] bits_q, old, now;
  logic [60:0] addr_q;
  logic [31:0] flags_q;
  logic [7:0]  tag_q;
  assign at  = near_i ? ack_own_i[AW-1:0] : own_i[AW-1:0];
  assign now = set_q ? old | bits_q : old & ~(half_q ? {flags_q, 32'd0} : {32'd0, flags_q});
  hvb_ram #(.WIDTH(64), .DEPTH(WORDS)) u_words (
      .clk_i, .we_i(clear_i || set_q || ack_q), .waddr_i(clear_i ? AW'(clear_addr_i) : at_q),
      .wdata_i(clear_i ? '0 : now), .re_i(issue_i || ack_i), .raddr_i(at), .rdata_o(old));
  assign acked_o     = (half_q ? old[63:32] : old[31:0]) & flags_q;
  assign cpl_valid_o = set_q;
  assign cpl_data_o  = old;
  always_comb begin
    cpl_hdr_o = '0;
    cpl_hdr_o.fmt       = 3'b010;
    cpl_hdr_o.typ       = hvb_pkg::TYP_CPL;
    cpl_hdr_o.len       = 10'd2;
    cpl_hdr_o.bytes     = 12'd8;
    cpl_hdr_o.requester = id_i;
    cpl_hdr_o.tag       = tag_q;
  end

  // ---- flag writes: 64 bits to the SIEF word (PCIe 2.2.7)
  logic empty, pop, high;
  logic [CW-1:0] count;
  logic [15:0] id;
  logic [60:0] addr;
  logic [63:0] data;
  assign post = set_q && addr_q != '0;
  assign ok_o = !near_i && !clear_i && count + CW'(set_q) < CW'(DEPTH);
  hvb_fifo #(.WIDTH(141), .DEPTH(DEPTH)) u_writes (
      .clk_i, .clear_i, .push_i(post), .data_i({id_i, addr_q, now}), .pop_i(pop), .head_o({id, addr, data}),
      .empty_o(empty), .count_o(count));
  assign high = addr[60:29] != '0;

  // ---- the output: a message waits for the writes that were there when it came
  logic new_q, message;
  logic [CW-1:0] ahead, ahead_q;
  assign ahead     = new_q ? count : ahead_q;
  assign message   = m_valid_i && ahead == '0;
  assign p_valid_o = message || !empty;
  assign pop       = !message && !empty && p_ready_i;
  assign m_ready_o = message && p_ready_i;
  assign sent_o    = pop;
  assign idle_o    = empty && !set_q && !ack_q;
  always_comb begin
    p_hdr_o  = m_hdr_i;
    p_data_o = m_data_i;
    if (!message) begin
      p_hdr_o = '0;
      p_hdr_o.fmt      = {2'b01, high};
      p_hdr_o.typ      = hvb_pkg::TYP_MEM;
      p_hdr_o.len      = 10'd2;
      p_hdr_o.id       = id;
      p_hdr_o.first_be = 4'hf;
      p_hdr_o.last_be  = 4'hf;
      p_hdr_o.dw2      = high ? addr[60:29] : {addr[28:0], 3'd0};
      p_hdr_o.dw3      = high ? {addr[28:0], 3'd0} : 32'd0;
      p_data_o         = {64'd0, data};
    end
  end

  always_ff @(posedge clk_i) begin
    set_q <= issue_i && !clear_i;
    ack_q <= ack_i && !clear_i;
    if (issue_i || ack_i) begin
      at_q    <= at;
      bits_q  <= bits_i;
      addr_q  <= addr_i;
      tag_q   <= tag_i;
      half_q  <= ack_half_i;
      flags_q <= ack_flags_i;
    end
    new_q   <= m_new_i && !clear_i;
    ahead_q <= clear_i ? '0 : ahead - CW'(pop && ahead != '0);
  end

`ifdef FORMAL
  // One word, one of its flags, and one flag write, chosen freely, stand for all.
  (* anyconst *) logic [AW-1:0] f_w;
  (* anyconst *) logic [5:0] f_b;
  (* hierconn *) logic [64*WORDS-1:0] \u_words.f_mem ;
  (* anyseq *) logic f_choose;
  logic f_past = 1'b0, f_known_q, f_flag_q, f_acks, f_stall_q, f_mine_q, f_clear_q;
  logic [255:0] f_out_q;
  logic [CW-1:0] f_behind_q, f_place_q;  // writes before the followed one, itself included; before the message
  logic [CW:0] f_wait_q;
  assign f_acks = ack_q && at_q == f_w && half_q == f_b[5] && flags_q[f_b[4:0]];
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (clear_i);
    // the user's part: it issues where it may; an ack is near before it is good; a message stays until it is taken
    assume (!issue_i || (ok_o && 32'(own_i) < WORDS));
    assume (!ack_i || (near_i && 32'(ack_own_i) < WORDS));
    assume (clear_i || !(m_new_i && m_valid_i && !m_ready_o));
    f_clear_q <= clear_i;
    if (f_past && !$past(clear_i)) assume (m_valid_i == ($past(m_new_i) || $past(m_valid_i && !m_ready_o)));
    if (f_past && $past(clear_i)) assume (!m_valid_i);
    if (f_past && $past(m_valid_i && !m_ready_o)) assume ($stable(m_hdr_i) && $stable(m_data_i));
    // the flag, as issues and acks leave it
    if (!f_past) f_known_q <= 1'b0;
    else if (clear_i && AW'(clear_addr_i) == f_w) {f_known_q, f_flag_q} <= 2'b10;
    else if (clear_i) f_known_q <= f_known_q && !set_q && !ack_q;
    else if (set_q && at_q == f_w && bits_q[f_b]) f_flag_q <= 1'b1;
    else if (f_acks) f_flag_q <= 1'b0;
    f_mine_q <= (issue_i || ack_i) && at == f_w && !clear_i;
    // a flag write from push to pop; the writes before a message when that comes
    if (clear_i) f_behind_q <= '0;
    else if (f_behind_q != '0) f_behind_q <= f_behind_q - CW'(pop);
    else if (post && f_choose) f_behind_q <= count + 1'b1 - CW'(pop);
    f_place_q <= clear_i ? '0 : (new_q ? count : f_place_q) - CW'(pop && (new_q ? count : f_place_q) != '0);
    f_wait_q  <= clear_i || !m_valid_i || m_ready_o ? '0 : f_wait_q + (CW+1)'(p_ready_i);
    f_stall_q <= p_valid_o && !p_ready_i && !clear_i;
    f_out_q   <= {p_hdr_o, p_data_o};
    if (f_past && f_known_q) assert (\u_words.f_mem [64*f_w+f_b] == f_flag_q);
    if (f_past && !clear_i && !f_clear_q) begin
      // an answer is the word before; an ack says of a flag that it was set, where it was and is to be cleared
      if (f_known_q && f_mine_q && set_q) assert (cpl_data_o[f_b] == f_flag_q);
      if (f_known_q && f_mine_q && ack_q && half_q == f_b[5])
        assert (acked_o[f_b[4:0]] == (f_flag_q && flags_q[f_b[4:0]]));
      // what is written is the word with the flags that were to be set
      if (f_known_q && f_mine_q && post) assert (now[f_b] == (f_flag_q || bits_q[f_b]));
      assert (!(set_q && ack_q));
      // every issue is answered, in the next cycle, and written, unless it is nowhere
      assert (cpl_valid_o == $past(issue_i) && post == ($past(issue_i) && addr_q != '0));
      assert (count <= CW'(DEPTH) && f_behind_q <= count);
      assert (!post || count != CW'(DEPTH) || pop);
      // a message goes when the writes before it are gone, and not earlier; it waits for no others
      assert (ahead <= count && ahead == (new_q ? count : f_place_q));
      assert (!(message && ahead != '0));
      assert (32'(f_wait_q) <= DEPTH);
      assert (32'(ahead) + 32'(f_wait_q) <= DEPTH || !m_valid_i);
      // what waits at the output does not change
      if (f_stall_q) assert (p_valid_o && {p_hdr_o, p_data_o} == f_out_q);
      // an ack is near for one cycle in two, so issue is not held for ever by them
      assert (ok_o || near_i || count + CW'(set_q) >= CW'(DEPTH));
    end
    cover (f_past && !clear_i && f_known_q && f_mine_q && ack_q && acked_o[f_b[4:0]] && half_q == f_b[5]);
    cover (f_past && !clear_i && message && p_ready_i && $past(pop) && !empty);
    cover (f_past && !clear_i && count == CW'(DEPTH));
  end
`endif
endmodule
