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
  logic [60:0] addr;
  logic [63:0] data;
  assign post = set_q && addr_q != '0;
  assign ok_o = !near_i && !clear_i && count + CW'(set_q) < CW'(DEPTH);
  hvb_fifo #(.WIDTH(125), .DEPTH(DEPTH)) u_writes (
      .clk_i, .clear_i, .push_i(post), .data_i({addr_q, now}), .pop_i(pop), .head_o({addr, data}), .empty_o(empty),
      .count_o(count));
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
      p_hdr_o.id       = id_i;
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
endmodule
