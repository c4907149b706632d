// SPDX-License-Identifier: MIT
// Stage S5, the end of the pipeline: writes a signal's status into its slot, counts what the slot was, collects
// what a read asked for.
// Promises: one slot a cycle; a read sees every slot before it.
module hvb_result #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned VECS = 256,
    parameter int unsigned VPS = 256
) (
    input  logic            clk_i,
    input  logic            init_i,
    input  logic [15:0]     init_addr_i,
    // S4: the slot, and what became of its signal
    input  hvb_pkg::op_t    op4_i,
    input  logic            accept4_i,
    input  logic [3:0]      code4_i,       // hvb_regs_pkg::CNT_*
    input  logic [11:0]     pw4_i,
    input  logic [15:0]     target4_i,
    input  logic [8:0]      part_state4_i,
    input  logic            vp_off_i,      // of the VP in op4_i.off
    // S5: the same slot; read data of the tables that were addressed in S4
    input  hvb_pkg::op_t    op5_i,
    input  logic [63:0]     ctrl_i,
    input  logic [63:0]     msix_i,
    input  logic [63:0]     trace_i,
    input  logic [63:0]     log_i,
    input  logic            send_i,        // a message is sent: counted for its vector
    input  logic [10:0]     send_vector_i,
    output hvb_pkg::reply_t reply_o,
    output logic [63:0]     data_o
);
  localparam int unsigned PART_W = $clog2(PARTS), VEC_W = $clog2(VECS);
  logic accept_q, vp_off_q, there;
  logic [3:0]  code_q;
  logic [4:0]  status;
  logic [8:0]  part_state_q;
  logic [11:0] pw_q;
  logic [15:0] target_q;
  logic [28:0] slot_proof;
  logic [31:0] count_rdata, msg_rdata;
  logic [63:0] slot_status;

  always_comb
    case (code_q)
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
      .signal_i(op5_i.signal), .status_i(status), .pending_i(accept_q), .pw_i(pw_q), .target_i(target_q),
      .status_o(slot_status), .proof_o(slot_proof));
  hvb_count #(.DEPTH(PARTS * 16)) u_count (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i), .inc_i(op5_i.signal || op5_i.event_),
      .at_i({op5_i.part[PART_W-1:0], op5_i.signal ? code_q : op5_i.code}), .re_i(op4_i.np),
      .raddr_i(op4_i.off[3+:PART_W+4]), .rdata_o(count_rdata));
  hvb_count #(.DEPTH(VECS)) u_messages (
      .clk_i, .clear_i(init_i), .clear_addr_i(init_addr_i), .inc_i(send_i), .at_i(send_vector_i[VEC_W-1:0]),
      .re_i(op4_i.np), .raddr_i(op4_i.off[3+:VEC_W]), .rdata_o(msg_rdata));

  always_comb begin
    data_o  = 'x;
    reply_o = op5_i.reply;
    there   = 1'b1;
    if (op5_i.np) begin
      data_o = ctrl_i;
      if (op5_i.reply != hvb_pkg::REPLY_DATA) data_o = {16'd0, op5_i.data[47:0]};
      else if (op5_i.space == hvb_pkg::SPACE_DOORBELL) begin
        data_o = '0;
        if (op5_i.off[15:12] == '0 && {op5_i.off[7:3], 3'd0} == hvb_regs_pkg::S_STATUS) data_o = slot_status;
        if (op5_i.off[15:12] == '0 && op5_i.off[7:0] == hvb_regs_pkg::S_DELIVERED) begin
          reply_o = hvb_pkg::REPLY_GEN;
          data_o = {35'd0, slot_proof};
        end
      end else if (op5_i.space == hvb_pkg::SPACE_MSIX) data_o = msix_i;
      else
        case (op5_i.off[15:12])
          4'h0: ;
          hvb_regs_pkg::W_PART[15:12]: begin
            there = 32'(op5_i.off[11:3]) < PARTS;
            data_o = {55'd0, part_state_q};
          end
          hvb_regs_pkg::W_VP[15:12], hvb_regs_pkg::W_VP[15:12] + 4'd1: begin
            there = 32'(op5_i.off[12:3]) < VPS;
            data_o = {63'd0, vp_off_q};
          end
          4'h4, 4'h5, 4'h6, 4'h7: begin
            there = 32'(op5_i.off[13:3]) < PARTS * 16;
            data_o = {32'd0, count_rdata};
          end
          4'h8, 4'h9, 4'ha, 4'hb: begin
            there = 32'(op5_i.off[13:3]) < VECS;
            data_o = {32'd0, msg_rdata};
          end
          hvb_regs_pkg::W_TRACE[15:12], hvb_regs_pkg::W_TRACE[15:12] + 4'd1: data_o = trace_i;
          hvb_regs_pkg::W_LOG[15:12]: begin
            there = !op5_i.off[11];
            data_o = log_i;
          end
          default: there = 1'b0;
        endcase
      if (!there) data_o = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    accept_q     <= accept4_i;
    code_q       <= code4_i;
    pw_q         <= pw4_i;
    target_q     <= target4_i;
    part_state_q <= part_state4_i;
    vp_off_q     <= vp_off_i;
  end
endmodule
