// SPDX-License-Identifier: MIT
// Stages S2 and S3: the checks of a SignalEvent up to its VP, in the order of docs/design.md 4, and the choice of
// VP. Holds the partition table and the HV_ANY_VP rings. What a group serves next is read in S1.
// Promises: one signal a cycle, two ranks, the same for a named VP and for HV_ANY_VP. The ring moves only for a
// signal that passed; successive signals of a group get successive elements, whatever their distance; writing the
// group sets the next one.
module hvb_check #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned GROUPS = 256,  // 2 to 4096
    parameter int unsigned ELEMS = 2048,  // ring elements, 2 to 4096
    parameter int unsigned WORDS = 2048   // pending words, 2 to 4096
) (
    input  logic           clk_i,
    input  logic           rst_i,
    input  logic           init_i,        // while init_addr_i walks: no partition is there
    input  logic [15:0]    init_addr_i,
`ifdef HVB_CHECK_OFF
    input  logic [15:0]    check_off_i,
`endif
    input  logic           near_i,        // S1: a signal
    input  logic [35:0]    near_word_i,   // S1: 12 bits a way: conn_i.word of the next cycle, if way_i says so then
    input  hvb_pkg::op_t   op_i,          // slot in S2
    input  hvb_pkg::conn_t conn_i,
    input  logic [2:0]     way_i,         // of a signal: which of near_word_i was conn_i.word; any of them will do
    input  logic           hit_i,
    input  logic           part_we_i,     // S2: op_i.data to partition part_i
    input  logic           elem_we_i,     // S2: list_entry_i to element op_i.data
    input  logic           group_we_i,    // S2: group_entry_i to group op_i.data
    input  logic           direct_i,      // S2: the card's own signal: op_i.data is flag and receiver
    input  logic [5:0]     part_i,        // partition to write
    input  logic [5:0]     part_rd_i,     // partition to read
    input  logic [63:0]    list_entry_i,
    input  logic [63:0]    group_entry_i,
    output logic [8:0]     part_state_o,  // of part_rd_i: privilege, state
    output logic           pass_o,        // S3: accepted so far (comb from S3's registers)
    output logic [3:0]     code_o,        // S3: the counter of the refusal
    output logic [11:0]    pw_o,          // S3: pending word; of a direct signal the last one, of a write op_i.data's
    output logic [11:0]    base_o,        // S3: pw_o, as late, less step_o
    output logic [5:0]     step_o,
    output logic [11:0]    put_o,         // S3: pw_o of a write and while init_i, sooner
    output logic [5:0]     bit_o,         // S3: flag in it
    output logic [5:0]     rpart_o        // S3: receiving partition
);
  localparam int unsigned GW = $clog2(GROUPS), EW = $clog2(ELEMS), PW = $clog2(WORDS);
  if (PARTS < 2 || PARTS > 64) begin : g_bad_parts
    $fatal(1, "hvb_check: PARTS must be 2 to 64");
  end
  if (GROUPS > 4096 || ELEMS > 4096 || WORDS > 4096) begin : g_bad_groups
    $fatal(1, "hvb_check: GROUPS, ELEMS and WORDS must not pass 4096");
  end

`ifdef HVB_CHECK_OFF
  logic [15:0] on;
  assign on = ~check_off_i;
`else
  localparam logic [15:0] on = 16'hffff;  // not '1: Yosys 0.23 takes that for 1
`endif

  // partition table: privilege, whether active, state; a copy for each who reads
  localparam int unsigned PAW = $clog2(PARTS);
  logic [3:0] part_mem [PARTS];
  logic [3:0] sender, receiver, asked;
  logic [PAW-1:0] part_at;
  assign part_at = init_i ? PAW'(init_addr_i) : part_i[PAW-1:0];
  always_ff @(posedge clk_i)
    if (init_i || part_we_i)
      part_mem[part_at] <= init_i ? '0 : {op_i.data[hvb_regs_pkg::PART_SIGNAL_EVENTS_LSB],
                                         op_i.data[1:0] == 2'(hvb_regs_pkg::PSTATE_ACTIVE), op_i.data[1:0]};
  assign sender       = part_mem[op_i.part[PAW-1:0]];
  assign receiver     = part_mem[conn_i.rpart[PAW-1:0]];
  assign asked        = part_mem[part_rd_i[PAW-1:0]];
  assign part_state_o = init_i ? 9'd0 : {asked[3], 6'd0, asked[1:0]};

  // S2: connection, port, flag
  logic pass2;
  logic [3:0] code2;
  logic [11:0] x2;
  always_comb begin
    pass2 = 1'b0;
    code2 = 'x;  // of no use but of a signal
    if (!op_i.signal) pass2 = 1'b0;
    else if (on[0] && !sender[3]) code2 = 4'(hvb_regs_pkg::CNT_ACCESS_DENIED);
    else if (on[1] && op_i.data[63:48] != '0) code2 = 4'(hvb_regs_pkg::CNT_INVALID_HYPERCALL_INPUT);
    else if (on[2] && op_i.data[31:24] != '0 || !hit_i) code2 = 4'(hvb_regs_pkg::CNT_INVALID_CONNECTION_ID);
    else if (on[3] && conn_i.verdict == 2'(hvb_regs_pkg::VERDICT_DEAD)) code2 = 4'(hvb_regs_pkg::CNT_INVALID_PORT_ID);
    else if (on[4] && !receiver[2]) code2 = 4'(hvb_regs_pkg::CNT_INVALID_PORT_ID);
    else if (on[5] && op_i.data[47:32] >= {4'd0, conn_i.count}) code2 = 4'(hvb_regs_pkg::CNT_INVALID_PARAMETER);
    else pass2 = 1'b1;
  end
  assign x2 = op_i.data[43:32] + {6'd0, conn_i.base};

  // S2 to S3: the ring. Each group's element to be served is read for all ways of the lookup before it is known which
  // it will be: three copies.
  logic [1:0]    gstate_q [GROUPS];
  logic [GW-1:0] group2, group3;
  logic [EW-1:0] elem2, next0, next1, next2, next;
  logic [PW+EW-1:0] elem3;
  logic pass3, any3, advance3;
  logic [3:0] code3;
  logic [1:0] gstate3;
  logic [PW-1:0] word3, pw;
  logic [5:0] step3, bit3;
  logic [5:0] rpart3;
  logic          held_q, wrote_q;
  logic [GW-1:0] held_at_q, wrote_at_q;
  logic [EW-1:0] held_d_q, wrote_d_q;

  assign group2   = conn_i.word[GW-1:0];
  assign advance3 = pass3 && any3 && gstate3 == 2'(hvb_regs_pkg::WSTATE_ON);
  always_comb
    if (op_i.signal) begin
      next  = ({EW{way_i[0]}} & next0) | ({EW{way_i[1]}} & next1) | ({EW{way_i[2]}} & next2);
      elem2 = advance3 && group2 == group3 ? elem3[PW+:EW] : held_q && group2 == held_at_q ? held_d_q :
              wrote_q && group2 == wrote_at_q ? wrote_d_q : next;
    end else {next, elem2} = 'x;

  hvb_ram #(.WIDTH(PW + EW), .DEPTH(ELEMS), .FWD(1'b0)) u_ring (
      .clk_i, .we_i(elem_we_i), .waddr_i(op_i.data[EW-1:0]),
      .wdata_i({list_entry_i[hvb_regs_pkg::LIST_ENTRY_NEXT_LSB+:EW],
          list_entry_i[hvb_regs_pkg::LIST_ENTRY_WORD_LSB+:PW]}),
      .re_i(op_i.signal), .raddr_i(elem2), .rdata_o(elem3));

  // A group write takes the write port from the advance of the signal just before it, which is then held.
  logic          next_we;
  logic [GW-1:0] next_at;
  logic [EW-1:0] next_d;
  always_comb begin
    next_we = group_we_i || advance3 || held_q;
    next_at = group_we_i ? op_i.data[GW-1:0] : advance3 ? group3 : held_at_q;
    next_d  = group_we_i ? group_entry_i[hvb_regs_pkg::GROUP_ENTRY_HEAD_LSB+:EW] : advance3 ? elem3[PW+:EW] : held_d_q;
  end

  hvb_ram #(.WIDTH(EW), .DEPTH(GROUPS), .FWD(1'b0)) u_next0 (.clk_i, .we_i(next_we), .waddr_i(next_at),
      .wdata_i(next_d), .re_i(near_i), .raddr_i(near_word_i[12*0+:GW]), .rdata_o(next0));
  hvb_ram #(.WIDTH(EW), .DEPTH(GROUPS), .FWD(1'b0)) u_next1 (.clk_i, .we_i(next_we), .waddr_i(next_at),
      .wdata_i(next_d), .re_i(near_i), .raddr_i(near_word_i[12*1+:GW]), .rdata_o(next1));
  hvb_ram #(.WIDTH(EW), .DEPTH(GROUPS), .FWD(1'b0)) u_next2 (.clk_i, .we_i(next_we), .waddr_i(next_at),
      .wdata_i(next_d), .re_i(near_i), .raddr_i(near_word_i[12*2+:GW]), .rdata_o(next2));

  always_ff @(posedge clk_i) begin
    wrote_q <= next_we;
    if (next_we) {wrote_at_q, wrote_d_q} <= {next_at, next_d};
    if (group_we_i) gstate_q[op_i.data[GW-1:0]] <= group_entry_i[hvb_regs_pkg::GROUP_ENTRY_STATE_LSB+:2];
    if (group_we_i && !rst_i) begin
      if (advance3) begin
        held_at_q <= group3;
        held_d_q  <= elem3[PW+:EW];
      end
      held_q <= (advance3 ? group3 : held_at_q) != op_i.data[GW-1:0] && (advance3 || held_q);
    end else held_q <= held_q && advance3 && !rst_i;
    pass3   <= pass2 && !rst_i;
    code3   <= code2;
    any3    <= conn_i.any && op_i.signal;
    gstate3 <= gstate_q[group2];
    group3  <= group2;
    word3   <= init_i ? init_addr_i[PW-1:0] : op_i.signal ? conn_i.word[PW-1:0] + PW'(x2[11:6]) :
               direct_i ? PW'(WORDS - 1) : op_i.data[PW-1:0];  // of 2^PW words
    step3   <= conn_i.any && op_i.signal ? x2[11:6] : 6'd0;
    bit3    <= op_i.signal ? x2[5:0] : op_i.data[hvb_regs_pkg::DIRECT_FLAG_LSB+:6];
    rpart3  <= op_i.signal ? conn_i.rpart : op_i.data[hvb_regs_pkg::DIRECT_RPART_LSB+:6];
  end

  always_comb begin
    pass_o = pass3;
    code_o = code3;
    if (on[9] && pass3 && any3 && gstate3 != 2'(hvb_regs_pkg::WSTATE_ON)) begin
      pass_o = 1'b0;
      code_o = gstate3 == 2'(hvb_regs_pkg::WSTATE_NOVP) ? 4'(hvb_regs_pkg::CNT_INVALID_VP_INDEX) :
          4'(hvb_regs_pkg::CNT_INVALID_SYNIC_STATE);
    end
  end
  assign pw      = any3 ? elem3[PW-1:0] + PW'(step3) : word3;
  assign base_o  = any3 ? 12'(elem3[PW-1:0]) : 12'(word3);
  assign step_o  = step3;
  assign pw_o    = 12'(pw);
  assign put_o   = 12'(word3);
  assign bit_o   = bit3;
  assign rpart_o = rpart3;

`ifdef FORMAL
  // A sending partition, a receiving one and a group stand for all; f_*_q: what the host last wrote there.
  (* anyconst *) logic [$clog2(PARTS)-1:0] f_s, f_r;
  (* anyconst *) logic [GW-1:0] f_g;
  (* hierconn *) logic [(PW+EW)*ELEMS-1:0] \u_ring.f_mem ;
  logic [35:0] f_near_q;
  logic f_was_q;
  logic f_past = 1'b0, f_priv_q, f_active_q, f_known_q, f_ours_q;
  logic [EW-1:0] f_next_q;
  hvb_pkg::op_t f_op_q;
  hvb_pkg::conn_t f_conn_q;
  logic f_hit_q, f_priv3_q, f_active3_q, f_elem_q;
  logic f_init_q, f_cleared_q, f_direct_q;
  logic [15:0] f_walk_q, f_at_q;
  logic [11:0] f_x;
  assign f_x = f_op_q.data[43:32] + {6'd0, f_conn_q.base};
  logic [PW-1:0] f_sum, f_pw, f_pw_any;  // the word that is meant: of a named VP, of any
  assign f_sum    = base_o[PW-1:0] + PW'(step_o);
  assign f_pw     = f_conn_q.word[PW-1:0] + PW'(f_x[11:6]);
  assign f_pw_any = \u_ring.f_mem [(PW+EW)*f_next_q+:PW] + PW'(f_x[11:6]);
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    else assume (!rst_i);
    if (f_past) assert (pw == f_sum);
    // the user's part: a slot is one thing only; a ring's elements are written before it is used; a hit has a verdict
    assume (part_we_i + elem_we_i + group_we_i + direct_i + op_i.signal + init_i <= 3'd1);
    // and before all a walk over all partitions; there may be others
    f_walk_q    <= !f_past || !init_i ? 16'd0 : f_walk_q + 16'd1;
    f_cleared_q <= f_past && (init_i || f_cleared_q);
    if (f_past)
      assume (init_i ? init_addr_i == f_walk_q : f_cleared_q && (f_walk_q == '0 || 32'(f_walk_q) >= PARTS));
    assume (32'(op_i.part) < PARTS && 32'(part_i) < PARTS && 32'(conn_i.rpart) < PARTS);
    // hvb_lookup: where a connection is found, its word was there a cycle before
    f_near_q <= near_word_i;
    f_was_q  <= near_i;
    assume (hit_i == (way_i != '0) && (!op_i.signal || f_was_q));
    for (int w = 0; w < 3; w++)
      if (f_past && op_i.signal && way_i[w]) assume (f_near_q[12*w+:12] == conn_i.word);
    assume (!hit_i || conn_i.verdict != 2'(hvb_regs_pkg::VERDICT_EMPTY));
    if (rst_i) f_known_q <= '0;
    if (init_i) {f_priv_q, f_active_q} <= '0;
    else if (part_we_i) begin
      if (part_i[$clog2(PARTS)-1:0] == f_s) f_priv_q <= op_i.data[hvb_regs_pkg::PART_SIGNAL_EVENTS_LSB];
      if (part_i[$clog2(PARTS)-1:0] == f_r) f_active_q <= op_i.data[1:0] == 2'(hvb_regs_pkg::PSTATE_ACTIVE);
    end
    {f_op_q, f_conn_q, f_hit_q, f_priv3_q, f_active3_q} <= {op_i, conn_i, hit_i, f_priv_q, f_active_q};
    {f_init_q, f_at_q, f_direct_q} <= {init_i, init_addr_i, direct_i};
    f_ours_q <= conn_i.any && conn_i.word[GW-1:0] == f_g;
    if (f_past && pass_o) begin
      // nothing passes without every check, made for the very partition whose page was written
      assert (f_op_q.signal && f_hit_q && f_conn_q.verdict != 2'(hvb_regs_pkg::VERDICT_DEAD));
      if (f_op_q.part[$clog2(PARTS)-1:0] == f_s) assert (f_priv3_q);
      if (f_conn_q.rpart[$clog2(PARTS)-1:0] == f_r) assert (f_active3_q);
      assert (f_op_q.data[63:48] == '0 && f_op_q.data[31:24] == '0 && f_op_q.data[47:32] < {4'd0, f_conn_q.count});
      assert (bit_o == f_x[5:0] && rpart_o == f_conn_q.rpart);
      if (!f_conn_q.any) assert (pw_o == 12'(f_pw));
    end
    if (f_past && !$past(rst_i)) begin
      // a slot that is no signal names its word itself, whatever lies on the connection's wires: the walk, the card's
      // own signal, the write of a record
      if (f_init_q) assert (pw_o == 12'(f_at_q[PW-1:0]) && put_o == pw_o && !pass_o);
      else if (f_direct_q)
        assert (pw_o == 12'(WORDS - 1) && bit_o == f_op_q.data[hvb_regs_pkg::DIRECT_FLAG_LSB+:6] &&
                rpart_o == f_op_q.data[hvb_regs_pkg::DIRECT_RPART_LSB+:6] && !pass_o);
      else if (!f_op_q.signal) assert (pw_o == 12'(f_op_q.data[PW-1:0]) && put_o == pw_o && !pass_o);
    end
    // the host reads what it wrote, and nothing while that is cleared
    if (f_past && part_rd_i[PAW-1:0] == f_s) assert (part_state_o[8] == (f_priv_q && !init_i));
    // what has every right passes: no signal is refused for nothing (a group must be on)
    if (f_past && f_op_q.signal && f_hit_q && f_conn_q.verdict == 2'(hvb_regs_pkg::VERDICT_OK) && !f_conn_q.any &&
        f_op_q.part[$clog2(PARTS)-1:0] == f_s && f_priv3_q && f_conn_q.rpart[$clog2(PARTS)-1:0] == f_r && f_active3_q &&
        f_op_q.data[63:48] == '0 && f_op_q.data[31:24] == '0 && f_op_q.data[47:32] < {4'd0, f_conn_q.count} &&
        !$past(rst_i))
      assert (pass_o);
    // HV_ANY_VP: successive signals that pass get successive elements of the ring, beginning where the host says
    if (group_we_i && op_i.data[GW-1:0] == f_g && !rst_i) begin
      f_known_q <= 1'b1;
      f_next_q  <= group_entry_i[hvb_regs_pkg::GROUP_ENTRY_HEAD_LSB+:EW];
    end else if (pass_o && f_ours_q) f_next_q <= \u_ring.f_mem [(PW+EW)*f_next_q+PW+:EW];
    f_elem_q <= elem_we_i;
    if (f_past && pass_o && f_ours_q && f_known_q)
      assert (pw_o == 12'(f_pw_any));
    cover (f_past && pass_o && f_ours_q && f_known_q && f_next_q == '1 && group_we_i);
    cover (f_past && pass_o && !f_conn_q.any);
  end
`endif
endmodule
