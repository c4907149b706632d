// SPDX-License-Identifier: MIT
// Stage S5, the end of the pipeline: writes a signal's status into its slot, what an ack cleared beside it, counts
// what the slot was, collects what a read asked for.
// Promises: one slot a cycle; a read sees every slot before it.
module hvb_result #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned VECS = 256,
    parameter int unsigned VPS = 256,
    parameter bit OWNED = 1'b1
) (
    input  logic            clk_i,
    input  logic            init_i,
    input  logic [15:0]     init_addr_i,
    // S3: the slot
    input  hvb_pkg::op_t    op3_i,
    // S4: the slot, and why its signal is refused if it is
    input  hvb_pkg::op_t    op4_i,
    input  logic [3:0]      code4_i,       // hvb_regs_pkg::CNT_*, of what is no success
    input  logic [11:0]     pw4_i,
    input  logic [15:0]     target4_i,
    input  logic [8:0]      part_state4_i,
    input  logic            vp_off_i,      // of the VP in op4_i.off
    // S5: the same slot
    input  hvb_pkg::op_t    op5_i,
    input  logic            accept5_i,     // its signal or ack was accepted
    input  logic            start5_i,      // ... and its word was idle
    input  logic [31:0]     acked5_i,      // flags that an ack found set
    input  logic [63:0]     ctrl_i,        // a register of BAR0, or table_o of a cycle ago
    // S4: what was addressed in S3
    input  logic [63:0]     msix_i,        // zeroes where it is not asked
    input  logic [63:0]     trace_i,
    input  logic [63:0]     log_i,
    output logic [63:0]     table_o,       // that of them which the slot asks for, or its vector's counter; or zeroes
    input  logic            send_i,        // a message is sent: counted for its vector
    input  logic [10:0]     send_vector_i,
    output hvb_pkg::reply_t reply_o,
    output logic [63:0]     data_o
);
  localparam int unsigned PART_W = $clog2(PARTS), VEC_W = $clog2(VECS);
  logic vp_off_q;
  logic [3:0]  code_q, code;
  logic [4:0]  status;
  logic [8:0]  part_state_q;
  logic [11:0] pw_q;
  logic [15:0] target_q;
  logic [28:0] slot_proof;
  logic [31:0] count_rdata, msg_rdata;
  logic [63:0] slot_status;
  logic [60:0] acked;

  assign code = !accept5_i ? code_q : start5_i ? 4'(hvb_regs_pkg::CNT_ACCEPTED) : 4'(hvb_regs_pkg::CNT_COALESCED);
  always_comb
    case (code)
      4'(hvb_regs_pkg::CNT_ACCEPTED), 4'(hvb_regs_pkg::CNT_COALESCED): status = 5'(hvb_regs_pkg::STATUS_SUCCESS);
      4'(hvb_regs_pkg::CNT_ACCESS_DENIED): status = 5'(hvb_regs_pkg::STATUS_ACCESS_DENIED);
      4'(hvb_regs_pkg::CNT_INVALID_HYPERCALL_INPUT): status = 5'(hvb_regs_pkg::STATUS_INVALID_HYPERCALL_INPUT);
      4'(hvb_regs_pkg::CNT_INVALID_CONNECTION_ID): status = 5'(hvb_regs_pkg::STATUS_INVALID_CONNECTION_ID);
      4'(hvb_regs_pkg::CNT_INVALID_PORT_ID): status = 5'(hvb_regs_pkg::STATUS_INVALID_PORT_ID);
      4'(hvb_regs_pkg::CNT_INVALID_PARAMETER): status = 5'(hvb_regs_pkg::STATUS_INVALID_PARAMETER);
      4'(hvb_regs_pkg::CNT_INVALID_VP_INDEX): status = 5'(hvb_regs_pkg::STATUS_INVALID_VP_INDEX);
      default: status = 5'(hvb_regs_pkg::STATUS_INVALID_SYNIC_STATE);
    endcase

  hvb_slots #(.PARTS(PARTS)) u_slots (
      .clk_i, .init_i, .init_addr_i, .re_i(op4_i.signal || op4_i.np), .part_i(op4_i.part), .slot_i(op4_i.slot),
      .signal_i(op5_i.signal), .status_i(status), .pending_i(accept5_i), .pw_i(pw_q), .target_i(target_q),
      .status_o(slot_status), .proof_o(slot_proof));
  // an ack leaves STATUS and DELIVERED of its slot alone: {accepted, word, generation} and flags are its own
  if (OWNED) begin : g_acks
    logic [PART_W+3:0] at4, at5;
    assign at4 = {op4_i.part[PART_W-1:0], op4_i.slot};
    assign at5 = {op5_i.part[PART_W-1:0], op5_i.slot};
    hvb_ram #(.WIDTH(61), .DEPTH(PARTS * 16)) u_acks (
        .clk_i, .we_i(init_i || op5_i.ack), .waddr_i(init_i ? (PART_W+4)'(init_addr_i) : at5),
        .wdata_i(init_i ? '0 : {accept5_i ? acked5_i : 32'd0, accept5_i, pw_q, target_q}), .re_i(op4_i.np),
        .raddr_i(at4), .rdata_o(acked));
  end else begin : g_no_acks
    assign acked = '0;
  end
  hvb_count #(.DEPTH(PARTS * 16)) u_count (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i),
      .inc_i(op5_i.signal || op5_i.event_ || (op5_i.ack && !accept5_i)),
      .at_i({op5_i.part[PART_W-1:0], op5_i.signal ? code : op5_i.code}), .re_i(op4_i.np),
      .raddr_i(op4_i.off[3+:PART_W+4]), .rdata_o(count_rdata));
  hvb_count #(.DEPTH(VECS)) u_messages (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i), .inc_i(send_i), .at_i(send_vector_i[VEC_W-1:0]),
      .re_i(op3_i.np), .raddr_i(op3_i.off[3+:VEC_W]), .rdata_o(msg_rdata));

  // ---- what a read collects: chosen a stage before, so that S4 and S5 have only to let one through; none of them is
  // zeroes. Tables that no slot writes are read in S3; what they say goes the way of the registers of BAR0.
  typedef enum logic [1:0] {TRACE, LOG, MSG} table_t;
  logic [2:0] table_d, table_q;
  always_comb begin
    table_d = '0;
    if (op3_i.space == hvb_pkg::SPACE_CTRL)
      case (op3_i.off[15:12])
        4'h8, 4'h9, 4'ha, 4'hb: table_d[MSG] = 32'(op3_i.off[13:3]) < VECS;
        hvb_regs_pkg::W_TRACE[15:12], hvb_regs_pkg::W_TRACE[15:12] + 4'd1: table_d[TRACE] = 1'b1;
        hvb_regs_pkg::W_LOG[15:12]: table_d[LOG] = !op3_i.off[11];
        default: ;
      endcase
  end
  assign table_o = msix_i | ({64{table_q[TRACE]}} & trace_i) | ({64{table_q[LOG]}} & log_i) |
                   {32'd0, {32{table_q[MSG]}} & msg_rdata};

  typedef enum logic [2:0] {CTRL, COUNT, PART, VP, STATUS, PROOF, ACKED, RAW} from_t;
  logic [7:0] from_d, from_q;
  always_comb begin
    from_d = '0;
    if (op4_i.reply != hvb_pkg::REPLY_DATA) from_d[RAW] = 1'b1;
    else if (op4_i.space == hvb_pkg::SPACE_DOORBELL) begin
      from_d[STATUS] = op4_i.off[15:12] == '0 && {op4_i.off[7:3], 3'd0} == hvb_regs_pkg::S_STATUS;
      from_d[PROOF]  = op4_i.off[15:12] == '0 && op4_i.off[7:0] == hvb_regs_pkg::S_DELIVERED;
      from_d[ACKED]  = op4_i.off[15:12] == '0 && op4_i.off[7:0] == hvb_regs_pkg::S_ACKED;
    end else if (op4_i.space == hvb_pkg::SPACE_MSIX) from_d[CTRL] = 1'b1;
    else
      case (op4_i.off[15:12])
        hvb_regs_pkg::W_PART[15:12]: from_d[PART] = 32'(op4_i.off[11:3]) < PARTS;
        hvb_regs_pkg::W_VP[15:12], hvb_regs_pkg::W_VP[15:12] + 4'd1: from_d[VP] = 32'(op4_i.off[12:3]) < VPS;
        4'h4, 4'h5, 4'h6, 4'h7: from_d[COUNT] = 32'(op4_i.off[13:3]) < PARTS * 16;
        default: from_d[CTRL] = 1'b1;
      endcase
  end
  assign reply_o = from_q[PROOF] || from_q[ACKED] ? hvb_pkg::REPLY_GEN : op5_i.reply;
  assign data_o  = ({64{from_q[CTRL]}} & ctrl_i) | {32'd0, {32{from_q[COUNT]}} & count_rdata} |
                   {55'd0, {9{from_q[PART]}} & part_state_q} | {63'd0, from_q[VP] && vp_off_q} |
                   ({64{from_q[STATUS]}} & slot_status) |
                   {35'd0, {29{from_q[PROOF]}} & slot_proof} |
                   ({64{from_q[ACKED]}} & {acked[60:29], 3'd0, acked[28:0]}) |
                   {16'd0, {48{from_q[RAW]}} & op5_i.data[47:0]};

  always_ff @(posedge clk_i) begin
    code_q       <= code4_i;
    pw_q         <= pw4_i;
    target_q     <= target4_i;
    part_state_q <= part_state4_i;
    vp_off_q     <= vp_off_i;
    from_q       <= from_d;
    table_q      <= table_d;
  end

`ifdef FORMAL
  logic f_past = 1'b0;
  hvb_pkg::op_t f_op_q;
  hvb_pkg::op_t f_op3_q;
  logic [63:0] f_want, f_table;
  always_comb begin
    f_want = ctrl_i;
    case (f_op_q.off[15:12])
      hvb_regs_pkg::W_PART[15:12]: f_want = 32'(f_op_q.off[11:3]) < PARTS ? {55'd0, part_state_q} : 64'd0;
      hvb_regs_pkg::W_VP[15:12], hvb_regs_pkg::W_VP[15:12] + 4'd1:
      f_want = 32'(f_op_q.off[12:3]) < VPS ? {63'd0, vp_off_q} : 64'd0;
      4'h4, 4'h5, 4'h6, 4'h7: f_want = 32'(f_op_q.off[13:3]) < PARTS * 16 ? {32'd0, count_rdata} : 64'd0;
      default: ;
    endcase
    f_table = '0;
    if (f_op3_q.space == hvb_pkg::SPACE_MSIX) f_table = msix_i;
    else if (f_op3_q.space == hvb_pkg::SPACE_CTRL)
      case (f_op3_q.off[15:12])
        4'h8, 4'h9, 4'ha, 4'hb: if (32'(f_op3_q.off[13:3]) < VECS) f_table = {32'd0, msg_rdata};
        hvb_regs_pkg::W_TRACE[15:12], hvb_regs_pkg::W_TRACE[15:12] + 4'd1: f_table = trace_i;
        hvb_regs_pkg::W_LOG[15:12]: if (!f_op3_q.off[11]) f_table = log_i;
        default: ;
      endcase
  end
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    f_op_q  <= op4_i;
    f_op3_q <= op3_i;
    // the pipeline's part: what is in S5 was in S4 a cycle before
    if (f_past) assume (op5_i == f_op_q && op4_i == f_op3_q);
    assume (f_op3_q.space == hvb_pkg::SPACE_MSIX || msix_i == '0);  // hvb_msix
    assume (code4_i != 4'(hvb_regs_pkg::CNT_ACCEPTED) && code4_i != 4'(hvb_regs_pkg::CNT_COALESCED));
    if (f_past) begin
      // a signal succeeds where it was accepted and nowhere else; each refusal has its own status
      assert ((status == 5'(hvb_regs_pkg::STATUS_SUCCESS)) == accept5_i);
      if (code == 4'(hvb_regs_pkg::CNT_ACCESS_DENIED)) assert (status == 5'(hvb_regs_pkg::STATUS_ACCESS_DENIED));
      if (code == 4'(hvb_regs_pkg::CNT_INVALID_SYNIC_STATE))
        assert (status == 5'(hvb_regs_pkg::STATUS_INVALID_SYNIC_STATE));
      assert (code == (accept5_i ? start5_i ? 4'(hvb_regs_pkg::CNT_ACCEPTED) : 4'(hvb_regs_pkg::CNT_COALESCED) :
                       $past(code4_i)) && pw_q == $past(pw4_i));
      if (f_op_q.reply == hvb_pkg::REPLY_DATA && f_op_q.space == hvb_pkg::SPACE_DOORBELL) begin
        // a guest reads its slot's status or proof, or zeroes: nothing of the host's
        assert (data_o == '0 || (f_op_q.off[15:12] == '0 &&
                ((f_op_q.off[7:3] == hvb_regs_pkg::S_STATUS[7:3] && data_o == slot_status) ||
                 (f_op_q.off[7:0] == hvb_regs_pkg::S_DELIVERED && data_o == {35'd0, slot_proof}) ||
                 (f_op_q.off[7:0] == hvb_regs_pkg::S_ACKED && data_o == {acked[60:29], 3'd0, acked[28:0]}))));
        assert ((reply_o == hvb_pkg::REPLY_GEN) ==
                (f_op_q.off[15:12] == '0 && (f_op_q.off[7:0] == hvb_regs_pkg::S_DELIVERED ||
                                             f_op_q.off[7:0] == hvb_regs_pkg::S_ACKED)));
      end else assert (reply_o == f_op_q.reply);
      // the host reads what stands at the address, zeroes where nothing does
      if (f_op_q.reply == hvb_pkg::REPLY_DATA && f_op_q.space == hvb_pkg::SPACE_MSIX) assert (data_o == ctrl_i);
      assert (table_o == f_table);
      if (f_op_q.reply == hvb_pkg::REPLY_DATA && f_op_q.space == hvb_pkg::SPACE_CTRL) assert (data_o == f_want);
      if (f_op_q.reply != hvb_pkg::REPLY_DATA) assert (data_o == {16'd0, f_op_q.data[47:0]});
    end
    cover (f_past && reply_o == hvb_pkg::REPLY_GEN && data_o != '0);
    cover (f_past && f_op_q.reply == hvb_pkg::REPLY_DATA && f_op_q.space == hvb_pkg::SPACE_CTRL && f_want != '0);
  end
`endif
endmodule
