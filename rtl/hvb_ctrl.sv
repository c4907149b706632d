// SPDX-License-Identifier: MIT
// The registers of BAR0. Each write takes effect in its own pipeline slot, at the stage where what it changes is read,
// or a stage behind that where who is next is told or held: S1 for kicks and the connection table, S2 for rings,
// groups, partitions and plain registers, S3 for pending words, S4 for VPs, drains and the direct signal. So it comes
// after every doorbell before it and before every doorbell behind it (but hash seeds, by which the one right behind is
// not yet looked up: they change while the table is empty). A write to nothing, or of a number out of range, has no
// effect and is counted, each one by itself. Reads: address in S4, data in S5.
module hvb_ctrl #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned ROWS = 2048,
    parameter int unsigned CONNS = 4096,
    parameter int unsigned WORDS = 2048,
    parameter int unsigned TAGS = 32,
    parameter int unsigned VECS = 256,
    parameter int unsigned VPS = 256,
    parameter int unsigned GROUPS = 256,
    parameter int unsigned ELEMS = 2048,
    parameter int unsigned PAGE_SHIFT = 12,
    parameter int unsigned CLOCK_MHZ = 125,
    parameter bit OWNED = 1'b1
) (
    input  logic           clk_i,
    input  logic           rst_i,
    input  logic           init_i,
    input  logic [15:0]    init_addr_i,
    input  hvb_pkg::op_t   op1_i,
    input  hvb_pkg::op_t   op2_i,
    input  hvb_pkg::op_t   op3_i,
    input  hvb_pkg::op_t   op4_i,
    // S0
    output logic [31:0]    hash0_o,
    output logic [31:0]    hash1_o,
    output logic [31:0]    hash2_o,
    output logic [63:0]    kick_entry_o,
    output logic           kick_commit_o,
    // S1
    output logic [63:0]    conn_entry_o,
    output logic           conn_commit_o,
    // S2
    output logic           part_we_o,
    output logic           elem_we_o,
    output logic           group_we_o,
    output logic [63:0]    list_entry_o,
    output logic [63:0]    group_entry_o,
    output logic           direct2_o,     // the slot in S2 is a direct signal
    output logic           quiesce_o,
    output logic           owned_o,       // mode
    output logic [31:0]    timeout_o,
    output logic [63:0]    trace_ctrl_o,
    // S3
    output logic           word_we_o,
    output hvb_pkg::word_t word_o,
    output logic           direct3_o,     // the slot in S3 is a direct signal
    // S4
    output logic           vp_ctrl_o,
    output logic           drain_o,
    // reads
    input  logic [63:0]    cycles_i,
    input  logic [63:0]    state_i,
    input  logic [63:0]    drain_state_i,
    input  logic [63:0]    direct_state_i,
    input  logic [31:0]    trace_count_i,
    input  logic [31:0]    log_count_i,
    // what the N_* registers count
    input  logic           atomic_i,
    input  logic           hit_i,
    input  logic           miss_i,
    input  logic           fault_i,
    input  logic           timeout_i,
    input  logic           unexpected_i,
    input  logic           message_i,
    input  logic           pended_i,
    input  logic           dropped_i,
    input  logic           rx_bad_i,
    input  logic           rx_miss_i,
    input  logic           ctrl_bad_i,     // S0
    input  logic           msix_bad_i,     // S3
    input  logic           np_overflow_i,
    input  logic           quota_i,
    input  logic           write_i,
    input  logic [63:0]    table_i,        // S4: what a table elsewhere says, where it is asked; else zeroes
    output logic [63:0]    rdata_o
);
  logic [31:0] hash0_q, hash1_q, hash2_q, timeout_q;
  logic [63:0] kick_q, conn_q, addr_q, attr_q, list_q, group_q, trace_q, rdata_q, rdata_d;
  logic carry_q, ctrl4_q, tally4_q, back4_q;
  logic quiesce_q, owned_q, w1, w2, w3, bad2, bad3;

  function automatic logic [63:0] merge(input logic [63:0] old, input logic [63:0] data, input logic [1:0] dw);
    merge = {dw[1] ? data[63:32] : old[63:32], dw[0] ? data[31:0] : old[31:0]};
  endfunction

  // n < limit; a power of two needs no chain
  function automatic logic below(input logic [31:0] n, input logic [31:0] limit);
    below = (limit & (limit - 1)) == '0 ? (n & ~(limit - 1)) == '0 : n < limit;
  endfunction

  assign w1 = op1_i.write && op1_i.space == hvb_pkg::SPACE_CTRL;
  assign w2 = op2_i.write && op2_i.space == hvb_pkg::SPACE_CTRL;
  assign w3 = op3_i.write && op3_i.space == hvb_pkg::SPACE_CTRL && op3_i.dw[0];

  // ---- S0
  assign {hash0_o, hash1_o, hash2_o} = {hash0_q, hash1_q, hash2_q};

  // ---- S1
  assign kick_entry_o  = kick_q;
  assign kick_commit_o = w1 && op1_i.off == hvb_regs_pkg::R_KICK_COMMIT && op1_i.dw[0] &&
                         below(op1_i.data[31:0], PARTS * 16);
  assign conn_entry_o  = conn_q;
  assign conn_commit_o = w1 && op1_i.off == hvb_regs_pkg::R_CONN_COMMIT && op1_i.dw[0] &&
                         below(32'(op1_i.data[hvb_regs_pkg::CONN_COMMIT_ROW_LSB+:16]), ROWS) &&
                             op1_i.data[hvb_regs_pkg::CONN_COMMIT_WAY_LSB+:2] != 2'd3;

  // ---- S2
  assign part_we_o  = w2 && op2_i.dw[0] && op2_i.off[15:10] == hvb_regs_pkg::W_PART[15:10] &&
      below(32'(op2_i.off[9:3]), PARTS) && !op2_i.off[2];
  assign elem_we_o  = w2 && op2_i.dw[0] && op2_i.off == hvb_regs_pkg::R_LIST_COMMIT && below(op2_i.data[31:0], ELEMS);
  assign group_we_o = w2 && op2_i.dw[0] && op2_i.off == hvb_regs_pkg::R_GROUP_COMMIT && below(op2_i.data[31:0], GROUPS);
  assign direct2_o  = w2 && op2_i.dw[0] && op2_i.off == hvb_regs_pkg::R_DIRECT;
  assign list_entry_o  = list_q;
  assign group_entry_o = group_q;
  assign quiesce_o     = quiesce_q;
  assign owned_o       = owned_q;
  assign timeout_o     = timeout_q;
  assign trace_ctrl_o  = trace_q;

  always_comb begin
    bad2 = 1'b0;
    if (w2)
      case ({op2_i.off[15:3], 3'd0})
        hvb_regs_pkg::R_KICK_ENTRY, hvb_regs_pkg::R_CONN_ENTRY, hvb_regs_pkg::R_WORD_ADDR, hvb_regs_pkg::R_WORD_ATTR,
        hvb_regs_pkg::R_LIST_ENTRY, hvb_regs_pkg::R_GROUP_ENTRY, hvb_regs_pkg::R_TRACE_CTRL: bad2 = 1'b0;
        hvb_regs_pkg::R_CONTROL, hvb_regs_pkg::R_TIMEOUT, hvb_regs_pkg::R_HASH0, hvb_regs_pkg::R_HASH1,
        hvb_regs_pkg::R_HASH2, hvb_regs_pkg::R_WORD_COMMIT, hvb_regs_pkg::R_VP_CTRL, hvb_regs_pkg::R_DRAIN,
        hvb_regs_pkg::R_DIRECT: bad2 = !op2_i.dw[0];
        hvb_regs_pkg::R_KICK_COMMIT: bad2 = !op2_i.dw[0] || !below(op2_i.data[31:0], PARTS * 16);
        hvb_regs_pkg::R_CONN_COMMIT: bad2 = !op2_i.dw[0] ||
            !below(32'(op2_i.data[hvb_regs_pkg::CONN_COMMIT_ROW_LSB+:16]), ROWS) ||
                              op2_i.data[hvb_regs_pkg::CONN_COMMIT_WAY_LSB+:2] == 2'd3;
        hvb_regs_pkg::R_LIST_COMMIT: bad2 = !elem_we_o;
        hvb_regs_pkg::R_GROUP_COMMIT: bad2 = !group_we_o;
        default: bad2 = !part_we_o;
      endcase
  end

  // ---- S3, and for S4; that it is a word's commit is found out in S2: it is behind the word's number to the record
  logic word3_q, vp_ctrl3, drain3;
  assign word_we_o = word3_q && below(op3_i.data[31:0], WORDS);
  assign direct3_o = w3 && op3_i.off == hvb_regs_pkg::R_DIRECT;
  assign bad3      = (word3_q && !below(op3_i.data[31:0], WORDS)) ||
                     (w3 && op3_i.off == hvb_regs_pkg::R_VP_CTRL && !vp_ctrl3) ||
                     (w3 && op3_i.off == hvb_regs_pkg::R_DRAIN && !drain3);
  assign word_o.addr    = addr_q[63:3];
  assign word_o.high    = addr_q[63:32] != '0;
  assign word_o.state   = attr_q[hvb_regs_pkg::WORD_ATTR_STATE_LSB+:2];
  assign word_o.polling = attr_q[hvb_regs_pkg::WORD_ATTR_POLLING_LSB];
  assign word_o.rpart   = attr_q[hvb_regs_pkg::WORD_ATTR_RPART_LSB+:6];
  assign word_o.vector  = attr_q[hvb_regs_pkg::WORD_ATTR_VECTOR_LSB+:11];
  assign word_o.vp      = attr_q[hvb_regs_pkg::WORD_ATTR_VP_LSB+:10];
  assign word_o.own     = attr_q[hvb_regs_pkg::WORD_ATTR_OWN_LSB+:12];
  assign vp_ctrl3  = below(32'(op3_i.data[hvb_regs_pkg::VP_CTRL_VP_LSB+:12]), VPS);
  assign drain3    = below(32'(op3_i.data[hvb_regs_pkg::DRAIN_LAST_LSB+:12]), VPS) &&
                     op3_i.data[hvb_regs_pkg::DRAIN_FIRST_LSB+:12] <= op3_i.data[hvb_regs_pkg::DRAIN_LAST_LSB+:12];

  always_ff @(posedge clk_i) begin
    vp_ctrl_o <= w3 && op3_i.off == hvb_regs_pkg::R_VP_CTRL && vp_ctrl3;
    drain_o   <= w3 && op3_i.off == hvb_regs_pkg::R_DRAIN && drain3;
    word3_q <= w2 && op2_i.dw[0] && op2_i.off == hvb_regs_pkg::R_WORD_COMMIT;
    if (w1 && {op1_i.off[15:3], 3'd0} == hvb_regs_pkg::R_KICK_ENTRY) kick_q <= merge(kick_q, op1_i.data, op1_i.dw);
    // seeds change while the table is empty, so the doorbell right behind may be looked up by the old ones
    if (w1 && op1_i.off == hvb_regs_pkg::R_HASH0 && op1_i.dw[0]) hash0_q <= op1_i.data[31:0];
    if (w1 && op1_i.off == hvb_regs_pkg::R_HASH1 && op1_i.dw[0]) hash1_q <= op1_i.data[31:0];
    if (w1 && op1_i.off == hvb_regs_pkg::R_HASH2 && op1_i.dw[0]) hash2_q <= op1_i.data[31:0];
    if (w1 && {op1_i.off[15:3], 3'd0} == hvb_regs_pkg::R_CONN_ENTRY) conn_q <= merge(conn_q, op1_i.data, op1_i.dw);
    if (w2)
      case ({op2_i.off[15:3], 3'd0})
        hvb_regs_pkg::R_CONTROL:
          if (op2_i.dw[0]) {owned_q, quiesce_q} <= {OWNED && op2_i.data[hvb_regs_pkg::CONTROL_OWNED_LSB],
                                                    op2_i.data[hvb_regs_pkg::CONTROL_QUIESCE_LSB]};
        hvb_regs_pkg::R_TIMEOUT: if (op2_i.dw[0]) timeout_q <= op2_i.data[31:0];
        hvb_regs_pkg::R_WORD_ADDR: addr_q <= merge(addr_q, op2_i.data, op2_i.dw);
        hvb_regs_pkg::R_WORD_ATTR: attr_q <= merge(attr_q, op2_i.data, op2_i.dw);
        hvb_regs_pkg::R_LIST_ENTRY: list_q <= merge(list_q, op2_i.data, op2_i.dw);
        hvb_regs_pkg::R_GROUP_ENTRY: group_q <= merge(group_q, op2_i.data, op2_i.dw);
        hvb_regs_pkg::R_TRACE_CTRL: trace_q <= merge(trace_q, op2_i.data, op2_i.dw);
        default: ;
      endcase
    if (rst_i) begin
      quiesce_q <= 1'b0;
      owned_q   <= 1'b0;
      timeout_q <= hvb_regs_pkg::R_TIMEOUT_RESET;
      trace_q   <= '0;
      hash0_q   <= '0;
      hash1_q   <= '0;
      hash2_q   <= '0;
      {kick_q, conn_q, addr_q, attr_q, list_q, group_q} <= '0;
    end
    if (op4_i.np) begin
      rdata_q <= rdata_d | table_i;
      carry_q <= tally_carry && tally4_q;
    end
  end

  // ---- what happened, in the order of the N_* registers
  logic [31:0] tally;
  logic tally_carry;
  // What a slot of S0 was is counted a cycle later, or, of a write without effect, in S4, behind who finds out last: no
  // read behind it is there yet, and no two slots are counted in one cycle.
  logic [2:0] early_q;
  logic quota_q;  // known late
  logic bad1_q, bad2_q, bad3_q, bad4_q;
  always_ff @(posedge clk_i) begin
    early_q <= {np_overflow_i, rx_miss_i, rx_bad_i};
    quota_q <= quota_i && !rst_i;
    {bad1_q, bad2_q, bad3_q, bad4_q} <= {ctrl_bad_i, bad1_q, bad2_q || bad2, bad3_q || bad3 || msix_bad_i} &
                                        {4{!rst_i}};
  end
  hvb_tally u_tally (
      .clk_i, .clear_i(rst_i), .event_i({1'b0, write_i, quota_q, early_q[2], bad4_q, early_q[1:0], dropped_i,
      pended_i, message_i, unexpected_i, timeout_i, fault_i, miss_i, hit_i, atomic_i}),
      .raddr_i(op4_i.off[6:3]), .rdata_o(tally), .carry_o(tally_carry));

  // ---- reads; a counter's carry is added in S5. What is written to a plain register is kept once more, in a small
  // memory, to be read back; while that is cleared, they read as reset leaves them.
  logic [31:0] back_lo [32];
  logic [31:0] back_hi [32];
  logic [4:0]  back_at;
  logic [63:0] back;
  logic back_we, is_timeout, is_short;
  assign back_at    = init_i ? init_addr_i[4:0] : op4_i.off[7:3];
  assign is_timeout = back_at == hvb_regs_pkg::R_TIMEOUT[7:3];
  assign is_short   = is_timeout || back_at == hvb_regs_pkg::R_HASH0[7:3] || back_at == hvb_regs_pkg::R_HASH1[7:3] ||
                      back_at == hvb_regs_pkg::R_HASH2[7:3];
  assign back_we    = op4_i.write && op4_i.space == hvb_pkg::SPACE_CTRL && op4_i.off[15:8] == '0;
  always_ff @(posedge clk_i) begin
    if (init_i || (back_we && op4_i.dw[0]))
      back_lo[back_at] <= !init_i ? op4_i.data[31:0] : is_timeout ? hvb_regs_pkg::R_TIMEOUT_RESET : 32'd0;
    if (init_i || (back_we && op4_i.dw[1] && !is_short)) back_hi[back_at] <= init_i ? 32'd0 : op4_i.data[63:32];
  end
  assign back = !init_i ? {back_hi[op4_i.off[7:3]], back_lo[op4_i.off[7:3]]} :
                op4_i.off[7:3] == hvb_regs_pkg::R_TIMEOUT[7:3] ? 64'(hvb_regs_pkg::R_TIMEOUT_RESET) : 64'd0;

  assign rdata_o = {rdata_q[63:32], rdata_q[31:5] + 27'(carry_q), rdata_q[4:0]};
  always_comb begin
    rdata_d = '0;
    if (tally4_q) rdata_d = {32'd0, tally};
    else if (back4_q) rdata_d = back;
    else if (ctrl4_q)
      case ({op4_i.off[15:3], 3'd0})
        hvb_regs_pkg::R_MAGIC: rdata_d = {hvb_regs_pkg::VERSION, hvb_regs_pkg::MAGIC};
        hvb_regs_pkg::R_PARAMS0: rdata_d = {16'(TAGS), 16'(WORDS), 16'(ROWS), 16'(PARTS)};
        hvb_regs_pkg::R_PARAMS1: rdata_d = {16'(CLOCK_MHZ), 16'(GROUPS), 16'(VPS), 16'(VECS)};
        hvb_regs_pkg::R_PARAMS2: rdata_d = {32'(CONNS), 16'(ELEMS), 7'd0, OWNED, 8'(PAGE_SHIFT)};
        hvb_regs_pkg::R_CYCLES: rdata_d = cycles_i;
        hvb_regs_pkg::R_CONTROL: rdata_d = {62'd0, owned_q, quiesce_q};
        hvb_regs_pkg::R_STATE: rdata_d = state_i;
        hvb_regs_pkg::R_DRAIN: rdata_d = drain_state_i;
        hvb_regs_pkg::R_DIRECT: rdata_d = direct_state_i;
        hvb_regs_pkg::R_TRACE_COUNT: rdata_d = {32'd0, trace_count_i};
        hvb_regs_pkg::R_LOG_COUNT: rdata_d = {32'd0, log_count_i};
        default: ;
      endcase
  end
  // which kind of register is read is found out in S3
  always_ff @(posedge clk_i) begin
    ctrl4_q  <= op3_i.space == hvb_pkg::SPACE_CTRL;
    tally4_q <= op3_i.space == hvb_pkg::SPACE_CTRL && op3_i.off[15:7] == hvb_regs_pkg::R_N_ATOMIC[15:7];
    back4_q  <= 1'b0;
    if (op3_i.space == hvb_pkg::SPACE_CTRL)
      case ({op3_i.off[15:3], 3'd0})
        hvb_regs_pkg::R_TIMEOUT, hvb_regs_pkg::R_HASH0, hvb_regs_pkg::R_HASH1, hvb_regs_pkg::R_HASH2,
        hvb_regs_pkg::R_KICK_ENTRY, hvb_regs_pkg::R_CONN_ENTRY, hvb_regs_pkg::R_WORD_ADDR, hvb_regs_pkg::R_WORD_ATTR,
        hvb_regs_pkg::R_LIST_ENTRY, hvb_regs_pkg::R_GROUP_ENTRY, hvb_regs_pkg::R_TRACE_CTRL: back4_q <= 1'b1;
        default: ;
      endcase
  end

`ifdef FORMAL
  // Slots as the pipeline brings them; of each write, how often something has become of it.
  (* anyseq *) hvb_pkg::op_t f_op0;
  hvb_pkg::op_t f_op1_q, f_op2_q, f_op3_q, f_op4_q;
  logic [2:0] f_n2_q = '0, f_n3_q = '0, f_n4_q = '0, f_n;
  logic [63:0] f_addr_q, f_addr1_q, f_addr2_q, f_attr_q, f_attr1_q, f_attr2_q;  // staged: as of S0, S1, S2
  (* anyconst *) logic [4:0] f_at;  // a plain register
  logic f_past = 1'b0, f_known_q = 1'b0, f_read_q = 1'b0, f_w0, f_w1, f_w2;
  logic [63:0] f_plain_q, f_want_q;
  function automatic logic f_plain(input logic [12:0] at, input logic low);
    case ({at, 3'd0})
      hvb_regs_pkg::R_KICK_ENTRY, hvb_regs_pkg::R_CONN_ENTRY, hvb_regs_pkg::R_WORD_ADDR, hvb_regs_pkg::R_WORD_ATTR,
      hvb_regs_pkg::R_LIST_ENTRY, hvb_regs_pkg::R_GROUP_ENTRY, hvb_regs_pkg::R_TRACE_CTRL: f_plain = 1'b1;
      hvb_regs_pkg::R_TIMEOUT, hvb_regs_pkg::R_HASH0, hvb_regs_pkg::R_HASH1, hvb_regs_pkg::R_HASH2: f_plain = low;
      default: f_plain = 1'b0;
    endcase
  endfunction
  function automatic logic [63:0] f_staged(input logic [63:0] old, input logic we, input logic [15:0] off,
                                           input logic [63:0] data, input logic [1:0] dw, input logic [15:0] at);
    f_staged = we && off[15:3] == at[15:3] ? merge(old, data, dw) : old;
  endfunction
  assign f_w0 = f_op0.write && f_op0.space == hvb_pkg::SPACE_CTRL;
  assign f_w1 = f_op1_q.write && f_op1_q.space == hvb_pkg::SPACE_CTRL;
  assign f_w2 = f_op2_q.write && f_op2_q.space == hvb_pkg::SPACE_CTRL;
  assign f_n = f_n4_q + 3'(vp_ctrl_o) + 3'(drain_o);
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    // the user's part: a slot goes through all stages, none is there at a reset; hvb_decode: halves and places agree
    {f_op1_q, f_op2_q, f_op3_q, f_op4_q} <= {f_op0, f_op1_q, f_op2_q, f_op3_q};
    if (!f_past) assume (rst_i);
    assume (!(rst_i || init_i) || !(f_op0.write || f_op1_q.write || op2_i.write || op3_i.write || op4_i.write));
    assume (op1_i.write ? op1_i == f_op1_q : !f_op1_q.write);
    assume (op2_i.write ? op2_i == f_op2_q : !f_op2_q.write);
    assume (op3_i.write ? op3_i == f_op3_q : !f_op3_q.write);
    assume (op4_i.write ? op4_i == f_op4_q : !f_op4_q.write);
    assume (f_op0.off[1:0] == '0 && f_op0.dw != '0 && (!f_op0.off[2] || f_op0.dw == 2'b10));
    assume (!(ctrl_bad_i && f_op0.write) && !(msix_bad_i && op3_i.write && op3_i.space == hvb_pkg::SPACE_CTRL));
    // hvb_result: no table elsewhere is asked where a register is
    assume (!ctrl4_q || op4_i.off[15:12] != '0 || table_i == '0);
    if (!f_past) assume (!f_op1_q.write && !f_op2_q.write && !f_op3_q.write && !f_op4_q.write && !word3_q &&
                         !vp_ctrl_o && !drain_o);
    f_n2_q <= 3'(kick_commit_o) + 3'(conn_commit_o);
    f_n3_q <= f_n2_q + 3'(part_we_o) + 3'(elem_we_o) + 3'(group_we_o);
    f_n4_q <= f_n3_q + 3'(word_we_o) + 3'(direct3_o);
    f_addr_q <= rst_i ? '0 : f_staged(f_addr_q, f_w0, f_op0.off, f_op0.data, f_op0.dw, hvb_regs_pkg::R_WORD_ADDR);
    f_attr_q <= rst_i ? '0 : f_staged(f_attr_q, f_w0, f_op0.off, f_op0.data, f_op0.dw, hvb_regs_pkg::R_WORD_ATTR);
    {f_addr1_q, f_addr2_q, f_attr1_q, f_attr2_q} <= rst_i ? '0 : {f_addr_q, f_addr1_q, f_attr_q, f_attr1_q};
    if (init_i && init_addr_i[4:0] == f_at) begin
      f_known_q <= 1'b1;
      f_plain_q <= f_at == hvb_regs_pkg::R_TIMEOUT[7:3] ? 64'(hvb_regs_pkg::R_TIMEOUT_RESET) : 64'd0;
    end else if (op4_i.write && op4_i.space == hvb_pkg::SPACE_CTRL && op4_i.off[15:3] == 13'(f_at))
      f_plain_q <= merge(f_plain_q, op4_i.data, op4_i.dw & {f_plain(13'(f_at), 1'b0), 1'b1});
    if (f_past) assume (!op4_i.np || op4_i == $past(op3_i));
    f_read_q <= op4_i.np && ctrl4_q && op4_i.off[15:3] == 13'(f_at) && f_plain(13'(f_at), 1'b1) && f_known_q && !init_i;
    f_want_q <= f_plain_q;
    if (f_past) begin
      // each write has one effect, or is counted as having none; nothing else has any
      if (f_op4_q.write && f_op4_q.space == hvb_pkg::SPACE_CTRL)
        assert (f_n + 3'(bad4_q) + 3'(f_plain(f_op4_q.off[15:3], f_op4_q.dw[0])) +
                3'(f_op4_q.off[15:3] == hvb_regs_pkg::R_CONTROL[15:3] && f_op4_q.dw[0]) == 3'd1);
      else assert (f_n == '0);
      // nothing out of range is named
      if (conn_commit_o) assert (32'(op1_i.data[hvb_regs_pkg::CONN_COMMIT_ROW_LSB+:16]) < ROWS);
      if (kick_commit_o) assert (op1_i.data[31:0] < PARTS * 16);
      if (elem_we_o) assert (op2_i.data[31:0] < ELEMS);
      if (group_we_o) assert (op2_i.data[31:0] < GROUPS);
      if (part_we_o) assert (32'(op2_i.off[9:3]) < PARTS);
      if (word_we_o) assert (op3_i.data[31:0] < WORDS);
      if (vp_ctrl_o) assert (32'(op4_i.data[hvb_regs_pkg::VP_CTRL_VP_LSB+:12]) < VPS);
      if (drain_o) assert (32'(op4_i.data[hvb_regs_pkg::DRAIN_LAST_LSB+:12]) < VPS);
      // a record is what was staged by the writes before its commit, and by none behind it
      if (word_we_o)
        assert (word_o.addr == f_addr2_q[63:3] && word_o.high == (f_addr2_q[63:32] != '0) &&
                word_o.state == f_attr2_q[hvb_regs_pkg::WORD_ATTR_STATE_LSB+:2] &&
                word_o.vp == f_attr2_q[hvb_regs_pkg::WORD_ATTR_VP_LSB+:10] &&
                word_o.vector == f_attr2_q[hvb_regs_pkg::WORD_ATTR_VECTOR_LSB+:11]);
      assert (addr_q == f_addr2_q && attr_q == f_attr2_q);
      assert (f_addr1_q == f_staged(f_addr2_q, f_w2, f_op2_q.off, f_op2_q.data, f_op2_q.dw, hvb_regs_pkg::R_WORD_ADDR));
      assert (f_addr_q == f_staged(f_addr1_q, f_w1, f_op1_q.off, f_op1_q.data, f_op1_q.dw, hvb_regs_pkg::R_WORD_ADDR));
      assert (f_attr1_q == f_staged(f_attr2_q, f_w2, f_op2_q.off, f_op2_q.data, f_op2_q.dw, hvb_regs_pkg::R_WORD_ATTR));
      assert (f_attr_q == f_staged(f_attr1_q, f_w1, f_op1_q.off, f_op1_q.data, f_op1_q.dw, hvb_regs_pkg::R_WORD_ATTR));
      // where no register is, what a table elsewhere says comes through as it is
      if ($past(f_past && op4_i.np && (!ctrl4_q || op4_i.off[15:12] != '0))) assert (rdata_o == $past(table_i));
      // a plain register reads as it was written
      if (f_read_q) assert (rdata_o == f_want_q);
      if (f_known_q && f_plain(13'(f_at), 1'b1)) assert ({back_hi[f_at], back_lo[f_at]} == f_plain_q);
      // how: what becomes of a write on its way
      if (!f_op2_q.write) assert (f_n2_q == '0);
      if (!f_op3_q.write) assert (f_n3_q == '0);
      if (!f_op4_q.write) assert (f_n4_q == '0);
    end
    cover (f_past && word_we_o && f_addr_q != f_addr2_q);
    cover (f_past && f_read_q && rdata_o[63:32] != '0);
    cover (f_past && bad4_q && $past(bad3));
  end
`endif
endmodule
