// SPDX-License-Identifier: MIT
// The card without its configuration space: wires the blocks along the pipeline (docs/design.md 2). Promises, at
// its streams (one register between counts one cycle): doorbell to AtomicOp 5 cycles for an idle word, named or any VP;
// completion to message 2 cycles (4 where the host reads or writes BAR4 just then; see hvb_msix for what else waits);
// in `owned` mode doorbell to flag write 6 cycles, its message on the next beat; no jitter unloaded; one request taken
// a cycle; completions always taken.
module hvb_core #(
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
    parameter bit CFG_SPACE = 1'b1,
    parameter bit TRACE = 1'b1,
    parameter bit OWNED = 1'b1
) (
    input  logic              clk_i,
    input  logic              rst_i,         // two cycles at least
`ifdef HVB_CHECK_OFF
    input  logic [15:0]       check_off_i,
`endif
    // what configuration space says
    input  logic [15:0]       id_i,
    input  logic              mem_en_i,
    input  logic              bme_i,
    input  logic [63:0]       bar0_i,
    input  logic [63:0]       bar2_i,
    input  logic [63:0]       bar4_i,
    input  logic [2:0]        bar_low_i,
    input  logic              msix_en_i,
    input  logic              msix_mask_i,
    input  logic              atomic_en_i,
    input  logic              flr_i,
    input  logic              timeout_off_i, // no completion time-out
    input  logic              ext_tag_i,     // tags past 31 may be used
    output logic              pending_o,     // AtomicOps were in flight a cycle ago, or came back then
    output logic              ur_p_o,        // an unsupported request came a cycle ago: posted, non-posted
    output logic              ur_np_o,
    output logic [9:0]        cfg_dw_o,
    output logic              cfg_we_o,
    output logic [3:0]        cfg_be_o,
    output logic [31:0]       cfg_wdata_o,
    output logic [15:0]       cfg_id_o,
    input  logic [31:0]       cfg_rdata_i,
    // requests in
    input  logic              rx_req_valid_i,
    output logic              rx_req_ready_o,
    input  logic              rx_req_err_i,
    input  logic [2:0]        rx_req_bar_i,
    input  hvb_pkg::req_hdr_t rx_req_hdr_i,
    input  logic [127:0]      rx_req_data_i,
    output logic              rx_np_ret_o,
    // completions in
    input  logic              rx_cpl_valid_i,
    input  logic              rx_cpl_err_i,
    input  hvb_pkg::cpl_hdr_t rx_cpl_hdr_i,
    input  logic [127:0]      rx_cpl_data_i,
    // out: posted, non-posted, completions
    output logic              tx_p_valid_o,
    input  logic              tx_p_ready_i,
    output hvb_pkg::req_hdr_t tx_p_hdr_o,
    output logic [127:0]      tx_p_data_o,
    output logic              tx_np_valid_o,
    input  logic              tx_np_ready_i,
    output hvb_pkg::req_hdr_t tx_np_hdr_o,
    output logic [127:0]      tx_np_data_o,
    output logic              tx_cpl_valid_o,
    input  logic              tx_cpl_ready_i,
    output hvb_pkg::cpl_hdr_t tx_cpl_hdr_o,
    output logic [127:0]      tx_cpl_data_o,
    input  logic [63:0]       time_i,        // cycles since power-on
    output logic              idle_o,
    output logic              wait_o
);
  localparam int unsigned MAX_A = ROWS > WORDS ? ROWS : WORDS;
  localparam int unsigned MAX_B = PARTS * 32 > VECS ? PARTS * 32 : VECS;
  localparam int unsigned MAX_C = MAX_A > MAX_B ? MAX_A : MAX_B;
  localparam int unsigned STEPS = MAX_C > VPS ? MAX_C : VPS;
  localparam int unsigned FLR_CYCLES = 40000 * CLOCK_MHZ;  // 40 ms
  localparam int unsigned PART_W = $clog2(PARTS);
  if ((1 << PART_W) != PARTS) begin : g_bad_parts
    $fatal(1, "hvb_core: PARTS must be a power of two");
  end

  // ---- reset and time
  logic init, abandon, freeze_reset, run, quiet, soft_rst;
  logic [15:0] init_addr;
  logic [31:0] timeout;
  assign soft_rst = rst_i || abandon;
  hvb_init #(.STEPS(STEPS), .LIMIT(FLR_CYCLES)) u_init (
      .clk_i, .rst_i, .flr_i, .quiet_i(quiet), .timeout_i(timeout), .init_o(init),
      .addr_o(init_addr), .abandon_o(abandon), .freeze_o(freeze_reset), .run_o(run));

  // ---- the pipeline
  hvb_pkg::op_t op0, op1_q, op2_q, op3_q, op4_q, op5_q;
  hvb_pkg::asked_t asked0;
  logic bad, miss_bar, ctrl_bad, live0, live_q, kick_commit;
  logic [63:0] kick_entry;
  logic [hvb_regs_pkg::KEY_BITS-1:0] key0;
  logic [4:0] live_pipe_q;
  hvb_front #(.PARTS(PARTS), .PAGE_SHIFT(PAGE_SHIFT), .CFG_SPACE(CFG_SPACE)) u_front (
      .clk_i, .rst_i, .init_i(init), .init_addr_i(init_addr), .run_i(run), .req_valid_i(rx_req_valid_i),
      .req_ready_o(rx_req_ready_o), .req_err_i(rx_req_err_i), .req_hdr_i(rx_req_hdr_i), .req_data_i(rx_req_data_i),
      .req_bar_i(rx_req_bar_i), .mem_en_i, .bar0_i, .bar2_i, .bar4_i, .bar_low_i, .kick_entry_i(kick_entry),
      .kick_commit_i(kick_commit), .op_o(op0), .key_o(key0), .asked_o(asked0), .bad_o(bad),
      .miss_o(miss_bar), .ctrl_bad_o(ctrl_bad));
  assign live0 = !rx_req_ready_o || rx_req_valid_i;
  assign live_q = live_pipe_q != '0;

  // ---- S0 to S2: connection
  logic [31:0] hash0, hash1, hash2;
  logic [63:0] conn_entry;
  logic conn_commit, hit2;
  logic [2:0] way2;
  logic [35:0] near_word1;
  hvb_pkg::conn_t conn2;
  hvb_lookup #(.ROWS(ROWS)) u_lookup (
      .clk_i, .init_i(init), .init_addr_i(init_addr), .look_i(rx_req_valid_i || !rx_req_ready_o), .key_i(key0),
      .at_i(op1_q.data), .was_at_i(op2_q.data), .seed0_i(hash0), .seed1_i(hash1), .seed2_i(hash2), .entry_i(conn_entry),
      .commit_i(conn_commit), .near_word_o(near_word1), .conn_o(conn2), .way_o(way2), .hit_o(hit2));

  // ---- S2, S3: checks
  logic part_we, elem_we, group_we, check_pass3;
  logic [63:0] list_entry, group_entry;
  logic [3:0] code3;
  logic [11:0] pw3, base3, put3;
  logic [5:0] step3, bit3, rpart3;
  logic [8:0] part_state4;
  hvb_check #(.PARTS(PARTS), .GROUPS(GROUPS), .ELEMS(ELEMS), .WORDS(WORDS)) u_check (
`ifdef HVB_CHECK_OFF
      .check_off_i,
`endif
      .clk_i, .rst_i(soft_rst), .init_i(init), .init_addr_i(init_addr), .near_i(op1_q.signal),
      .near_word_i(near_word1), .op_i(op2_q), .conn_i(conn2), .way_i(way2), .hit_i(hit2), .part_we_i(part_we),
      .elem_we_i(elem_we),
      .group_we_i(group_we), .direct_i(direct2), .part_i(op2_q.off[8:3]), .part_rd_i(op4_q.off[8:3]),
      .list_entry_i(list_entry), .group_entry_i(group_entry), .part_state_o(part_state4),
      .pass_o(check_pass3), .code_o(code3), .pw_o(pw3), .base_o(base3), .step_o(step3),
      .put_o(put3), .bit_o(bit3), .rpart_o(rpart3));

  // ---- S3, S4: word; the card's own direct signal takes the last one
  logic direct2, direct3, ack3, pass3, word_we, owned;
  hvb_pkg::word_t word_d, word4;
  assign ack3  = op3_q.ack && owned && 32'(op3_q.data[11:0]) < WORDS;
  assign pass3 = check_pass3 || direct3 || ack3;

  logic check_pass4_q, direct4_q, can_bypass, accept4, wait4, bypass4, accept5, start5;
  logic [3:0] code4_q, refuse4, code4;
  logic [5:0] rpart4_q;
  logic [63:0] bit4;
  logic [5:0] flag4_q;
  logic [11:0] pw4;
  logic [15:0] target4, gen4;
  logic vp_off, vp_epoch, hand_off, take_off, read_off, any_off, pre_re, pre_void;
  logic [11:0] take_pw, take_next, pre_at, done_at, gen_at;
  logic [9:0] pre_vp, off_vp;
  logic [5:0] pre_rpart;
  logic take_hand, take_stays, take_read, take_weak, take_back, take_issue, take_drop, take_epoch, done_epoch;
  logic done, done_miss, done_back, done_dirty, done_late, end_now;
  hvb_pkg::word_t take_word;
  logic [63:0] take_bits, take_guess, done_guess, done_left;
  logic [15:0] take_gen, gen_rd;
  logic [2:0] state4, take_state, pre_off;
  logic c0_near, take_void, take_stale, gen_re;
  hvb_pkg::flight_t flight_new, flight;
  hvb_words #(.WORDS(WORDS), .VPS(VPS), .VECS(VECS), .OWNED(OWNED)) u_words (
`ifdef HVB_CHECK_OFF
      .check_off_i,
`endif
      .clk_i, .rst_i(soft_rst), .init_i(init), .pass3_i(pass3), .pw3_i(pw3), .word_we_i(word_we), .put3_i(put3),
      .base3_i(base3), .step3_i(step3), .word_i(word_d), .ack4_i(OWNED && op4_q.ack), .part4_i(op4_q.part),
      .flag4_i(flag4_q), .can_bypass_i(can_bypass), .accept_o(accept4), .wait_o(wait4), .bypass_o(bypass4),
      .accept5_o(accept5), .start5_o(start5), .refuse_o(refuse4), .pw_o(pw4), .word_o(word4), .target_o(target4),
      .gen_o(gen4), .state_o(state4), .off_vp_o(off_vp), .vp_off_i(vp_off), .vp_epoch_i(vp_epoch), .pre_re_i(pre_re),
      .pre_at_i(pre_at), .pre_vp_o(pre_vp), .pre_rpart_o(pre_rpart), .pre_void_o(pre_void), .take_hand_i(take_hand),
      .take_pw_i(take_pw), .take_stays_i(take_stays), .take_next_i(take_next), .take_read_i(take_read),
      .take_weak_i(take_weak), .take_back_i(take_back), .take_issue_i(take_issue), .take_drop_i(take_drop),
      .take_word_o(take_word), .take_bits_o(take_bits), .take_guess_o(take_guess), .take_epoch_o(take_epoch),
      .take_gen_o(take_gen), .take_state_o(take_state), .take_void_o(take_void), .take_stale_o(take_stale),
      .done_near_i(c0_near), .done_at_i(done_at), .done_i(done), .done_miss_i(done_miss), .done_guess_i(done_guess),
      .done_left_i(done_left), .done_gen_i(flight.gen), .done_epoch_i(done_miss ? done_epoch : end_now),
      .done_back_o(done_back), .done_dirty_o(done_dirty), .done_late_o(done_late), .done_state_i(flight.state),
      .gen_re_i(gen_re), .gen_at_i(gen_at), .gen_rd_o(gen_rd));
  assign bit4  = OWNED && op4_q.ack ? 64'd0 : 64'd1 << flag4_q;  // of an ack none
  assign code4 = check_pass4_q ? refuse4 : code4_q;  // where it is not accepted

  // ---- AtomicOps out
  logic quiesce, freeze_q, tag_ok, issue, issued, np_sent, quota, none_waits, words_still;
  logic [7:0] tag;
  logic [11:0] np_pw, issue_own;
  logic [9:0] drop_vp;
  assign np_sent = tx_np_valid_o && tx_np_ready_i;
  hvb_issue #(.PARTS(PARTS), .WORDS(WORDS), .TAGS(TAGS)) u_issue (
      .clk_i, .clear_i(init), .clear_addr_i(init_addr), .freeze_i(freeze_q), .owned_i(owned), .owned_ok_i(owned_ok),
      .id_i, .off_o(hand_off), .off_i(take_off), .pre_off_i(pre_off), .any_off_i(any_off), .pass3_i(pass3),
      .rpart3_i(rpart3), .rpart4_i(rpart4_q), .can_bypass_o(can_bypass), .wait_i(wait4), .bypass_i(bypass4),
      .part_i(direct4_q ? rpart4_q : op4_q.part), .pw_i(pw4), .bit_i(bit4), .word_i(word4), .gen_i(gen4),
      .state_i(state4), .pre_re_o(pre_re), .pre_at_o(pre_at), .pre_rpart_i(pre_rpart), .pre_void_i(pre_void),
      .take_hand_o(take_hand), .take_pw_o(take_pw), .take_stays_o(take_stays), .take_next_o(take_next),
      .take_read_o(take_read), .take_weak_o(take_weak), .take_back_o(take_back), .take_issue_o(take_issue),
      .take_drop_o(take_drop), .take_word_i(take_word), .take_bits_i(take_bits), .take_guess_i(take_guess),
      .take_gen_i(take_gen), .take_state_i(take_state), .take_void_i(take_void), .take_stale_i(take_stale),
      .done_i(done), .done_back_i(done_back), .done_late_i(done_late), .done_part_i(flight.spart),
      .done_pw_i(flight.pw), .done_rpart_i(flight.rpart), .tag_ok_i(tag_ok), .tag_i(tag), .issue_o(issue),
      .issued_o(issued), .flight_o(flight_new), .own_o(issue_own), .np_valid_o(tx_np_valid_o),
      .np_ready_i(tx_np_ready_i), .np_hdr_o(tx_np_hdr_o), .np_data_o(tx_np_data_o), .np_pw_o(np_pw),
      .drop_vp_o(drop_vp), .quota_o(quota), .empty_o(none_waits), .still_o(words_still));

  // ---- completions in; in `owned` mode the card's own
  logic owned_ok, own_valid, m_valid, m_ready, write_sent, owned_idle;
  hvb_pkg::cpl_hdr_t own_hdr;
  hvb_pkg::req_hdr_t m_hdr;
  logic [63:0] own_data;
  logic [127:0] m_data;
  logic [31:0] acked5;
  logic fault, hit, newly, unexpected, calm;
  logic [1:0] fault_kind;
  logic [7:0] tag1;
  logic [10:0] c0_vector;
  logic [8:0] inflight, quarantined, waiting;
  hvb_flight #(.TAGS(TAGS)) u_flight (
      .clk_i, .rst_i, .abandon_i(abandon), .now_i(time_i[31:0]), .timeout_i(timeout), .timeout_off_i, .owned_i(owned),
      .ext_tag_i, .id_i, .tag_ok_o(tag_ok), .tag_o(tag), .issued_i(issued), .flight_i(flight_new),
      .epoch_i(take_hand ? take_epoch : vp_epoch), .sent_i(np_sent), .sent_tag_i(tx_np_hdr_o.tag), .waiting_i(waiting),
      .cpl_valid_i(owned ? own_valid : rx_cpl_valid_i), .cpl_err_i(!owned && rx_cpl_err_i),
      .cpl_hdr_i(owned ? own_hdr : rx_cpl_hdr_i), .cpl_data_i(owned ? own_data : rx_cpl_data_i[63:0]),
      .c0_near_o(c0_near), .c0_pw_o(done_at), .c0_vector_o(c0_vector), .done_o(done), .flight_o(flight),
      .epoch_o(done_epoch), .miss_o(done_miss), .fault_o(fault), .kind_o(fault_kind), .hit_o(hit), .newly_o(newly),
      .guess_o(done_guess), .left_o(done_left), .tag1_o(tag1), .unexpected_o(unexpected), .inflight_o(inflight),
      .quarantined_o(quarantined), .calm_o(calm));

  // ---- messages
  logic due, send, send_q, pend, pend_q, popped, msix_bad, msix_idle, msix_re_q, msix_we_q, p_sent;
  logic [10:0] send_vector, out_vector_q;
  logic [63:0] msix_rdata;
  assign due    = done && newly && !flight.polling;
  assign p_sent = m_valid && m_ready;
  hvb_msix #(.VECS(VECS), .TAGS(TAGS)) u_msix (
      .clk_i, .clear_i(init), .clear_addr_i(init_addr), .enable_i(msix_en_i && !msix_mask_i && bme_i), .id_i,
      .we_i(msix_we_q), .addr_i(op3_q.off), .wdata_i(op3_q.data), .wdw_i(op3_q.dw), .wbad_o(msix_bad),
      .re_i(msix_re_q), .rdata_o(msix_rdata), .c0_near_i(c0_near), .c0_vector_i(c0_vector), .due_i(due),
      .p_valid_o(m_valid), .p_ready_i(m_ready), .p_hdr_o(m_hdr), .p_data_o(m_data), .send_o(send),
      .send_vector_o(send_vector), .pend_o(pend), .waiting_o(waiting), .popped_o(popped), .idle_o(msix_idle));

  // ---- owned words; flag writes and messages out
  if (OWNED) begin : g_owned
    logic ack4;
    assign ack4 = op4_q.ack && owned && accept4;
    hvb_owned #(.WORDS(WORDS)) u_owned (
        .clk_i, .clear_i(init), .clear_addr_i(init_addr), .id_i, .ok_o(owned_ok), .issue_i(issue && owned),
        .own_i(issue_own), .bits_i(flight_new.bits), .addr_i(flight_new.addr), .tag_i(tag), .cpl_valid_o(own_valid),
        .cpl_hdr_o(own_hdr), .cpl_data_o(own_data), .near_i(op4_q.ack), .ack_i(ack4), .ack_own_i(word4.own),
        .ack_half_i(op4_q.data[hvb_regs_pkg::ACK_HALF_LSB]), .ack_flags_i(op4_q.data[hvb_regs_pkg::ACK_FLAGS_LSB+:32]),
        .acked_o(acked5), .m_valid_i(m_valid), .m_ready_o(m_ready), .m_new_i(send), .m_hdr_i(m_hdr), .m_data_i(m_data),
        .p_valid_o(tx_p_valid_o), .p_ready_i(tx_p_ready_i), .p_hdr_o(tx_p_hdr_o), .p_data_o(tx_p_data_o),
        .sent_o(write_sent), .idle_o(owned_idle));
  end else begin : g_atomic
    assign {tx_p_valid_o, tx_p_hdr_o, tx_p_data_o, m_ready} = {m_valid, m_hdr, m_data, tx_p_ready_i};
    assign {owned_ok, own_valid, own_hdr, own_data, acked5, write_sent, owned_idle} = {1'b0, 1'b0, 128'd0, 64'd0, 32'd0,
                                                                                       1'b0, 1'b1};
  end

  // ---- VPs: off, drained
  logic vp_ctrl, drain, drain_busy;
  logic [9:0] drain_at;
  hvb_drain #(.VPS(VPS)) u_drain (
      .clk_i, .init_i(init), .init_addr_i(init_addr), .start_i(start5), .end_i((done && !done_miss) || take_drop),
      .end_vp_i(done ? flight.vp : drop_vp), .end_epoch_i(done ? done_epoch : take_epoch), .again_i(done && done_dirty),
      .late_i(done_late), .end_now_o(end_now), .ctrl_i(vp_ctrl), .ctrl_vp_i(op4_q.data[9:0]),
      .ctrl_off_i(op4_q.data[hvb_regs_pkg::VP_CTRL_OFF_LSB]), .fault_i(done && fault), .done_vp_i(flight.vp),
      .any_off_o(any_off), .pipe_vp_i(word4.vp), .off_vp_i(off_vp), .pipe_off_o(vp_off), .pipe_epoch_o(vp_epoch),
      .take_vp_i(take_word.vp), .take_off_i(hand_off), .take_off_o(take_off), .pre_vp_i(pre_vp), .pre_off_o(pre_off),
      .read_vp_i(op4_q.off[12:3]), .read_off_o(read_off), .drain_i(drain), .first_i(op5_q.data[9:0]),
      .last_i(op5_q.data[hvb_regs_pkg::DRAIN_LAST_LSB+:10]), .waiting_i(waiting), .popped_i(popped),
      .busy_o(drain_busy), .at_o(drain_at));

  // ---- the direct signal: its result
  logic direct_busy, direct_newly, direct_fault;
  hvb_direct #(.WORDS(WORDS)) u_direct (
      .clk_i, .rst_i(soft_rst), .start_i(direct4_q), .accept_i(accept5), .done_i(done && !done_miss),
      .done_pw_i(flight.pw), .newly_i(newly), .fault_i(fault), .drop_i(take_drop), .drop_pw_i(take_pw),
      .busy_o(direct_busy), .newly_o(direct_newly), .fault_o(direct_fault));

  // ---- observation: registers, counters, trace, log
  logic [63:0] ctrl_rdata, trace_rdata, log_rdata, table4, state, trace_ctrl;
  logic [31:0] trace_count, log_count;
  logic np_overflow, reply_full, trace_idle;
  assign state = {16'd0, 7'd0, quarantined, 7'd0, inflight, 12'd0, atomic_en_i && bme_i, none_waits,
                  inflight == '0 && waiting == '0 && !tx_p_valid_o, !run};
  hvb_ctrl #(.PARTS(PARTS), .ROWS(ROWS), .CONNS(CONNS), .WORDS(WORDS), .TAGS(TAGS), .VECS(VECS), .VPS(VPS),
      .GROUPS(GROUPS), .ELEMS(ELEMS), .PAGE_SHIFT(PAGE_SHIFT), .CLOCK_MHZ(CLOCK_MHZ), .OWNED(OWNED)) u_ctrl (
      .clk_i, .rst_i(soft_rst), .init_i(init), .init_addr_i(init_addr), .op1_i(op1_q), .op2_i(op2_q),
      .op3_i(op3_q), .op4_i(op4_q), .hash0_o(hash0), .hash1_o(hash1), .hash2_o(hash2),
      .conn_entry_o(conn_entry), .conn_commit_o(conn_commit), .kick_entry_o(kick_entry),
      .kick_commit_o(kick_commit), .part_we_o(part_we), .elem_we_o(elem_we),
      .group_we_o(group_we), .direct2_o(direct2), .list_entry_o(list_entry), .group_entry_o(group_entry),
      .quiesce_o(quiesce), .owned_o(owned), .timeout_o(timeout),
      .trace_ctrl_o(trace_ctrl), .word_we_o(word_we), .word_o(word_d), .direct3_o(direct3), .vp_ctrl_o(vp_ctrl),
      .drain_o(drain), .cycles_i(time_i), .state_i(state),
      .drain_state_i({6'd0, drain_at, 15'd0, drain_busy, 32'd0}),
      .direct_state_i({29'd0, direct_fault, direct_newly, direct_busy, 32'd0}), .trace_count_i(trace_count),
      .log_count_i(log_count),
      .atomic_i(np_sent), .hit_i(done && hit && !owned), .miss_i(done && !fault && !hit),
      .fault_i(done && fault && fault_kind != 2'(hvb_regs_pkg::LOG_TIMEOUT)),
      .timeout_i(done && fault && fault_kind == 2'(hvb_regs_pkg::LOG_TIMEOUT)), 
      .unexpected_i(unexpected || (owned && rx_cpl_valid_i)), .message_i(send_q), .pended_i(pend_q),
      .dropped_i(take_drop), .rx_bad_i(bad), .rx_miss_i(miss_bar), .ctrl_bad_i(ctrl_bad), .msix_bad_i(msix_bad),
      .np_overflow_i(np_overflow), .quota_i(quota), .write_i(write_sent), .table_i(table4), .rdata_o(ctrl_rdata));
  if (TRACE) begin : g_trace
    hvb_trace u_trace (
        .clk_i, .clear_i(soft_rst), .now_i(time_i[47:0]), .ctrl_i(trace_ctrl), .near_i(check_pass4_q),
        .start_i(start5), .part_i(op4_q.part), .pw_i(pw4), .owned_i(owned), .sent_i(owned ? own_valid : np_sent),
        .sent_pw_i(np_pw), .done_i(done), .done_pw_i(flight.pw), .miss_i(done_miss), .fault_i(fault), .message_i(due),
        .vector_i(flight.vector), .out_i(p_sent), .out_vector_i(out_vector_q), .pend_i(pend),
        .pend_vector_i(send_vector), .drop_i(take_drop), .drop_pw_i(take_pw), .re_i(op3_q.np),
        .raddr_i(op3_q.off[12:3]), .rdata_o(trace_rdata), .count_o(trace_count), .idle_o(trace_idle));
  end else begin : g_no_trace
    assign {trace_rdata, trace_count, trace_idle} = 97'd1;
  end
  hvb_log u_log (
      .clk_i, .clear_i(soft_rst), .now_i(time_i[47:0]), .fault_i(done && fault), .kind_i(fault_kind), .tag_i(tag1),
      .flight_i(flight), .re_i(op3_q.np), .raddr_i(op3_q.off[10:3]), .rdata_o(log_rdata), .count_o(log_count));

  // ---- S5: status, counters, read data
  logic [63:0] data5;
  hvb_pkg::reply_t reply5;
  hvb_result #(.PARTS(PARTS), .VECS(VECS), .VPS(VPS), .OWNED(OWNED)) u_result (
      .clk_i, .init_i(init), .init_addr_i(init_addr), .op3_i(op3_q), .op4_i(op4_q), .accept5_i(accept5),
      .start5_i(start5), .code4_i(code4), .pw4_i(pw4), .target4_i(target4), .acked5_i(acked5),
      .part_state4_i(part_state4),
      .vp_off_i(read_off), .op5_i(op5_q), .ctrl_i(ctrl_rdata),
      .msix_i(msix_rdata), .trace_i(trace_rdata), .log_i(log_rdata), .table_o(table4), .send_i(send_q),
      .send_vector_i(out_vector_q), .reply_o(reply5), .data_o(data5));

  // ---- answers
  logic reply_idle;
  assign np_overflow = op0.np && reply_full;
  hvb_reply u_reply (
      .clk_i, .rst_i, .id_i, .near_i(rx_req_valid_i), .asked_i(asked0), .full_o(reply_full), .ask_i(op1_q.np),
      .np_i(op5_q.np), .reply_i(reply5), .data_i(data5), .ret_o(rx_np_ret_o), .gen_re_o(gen_re), .gen_at_o(gen_at),
      .gen_i(gen_rd), .cfg_dw_o, .cfg_we_o, .cfg_be_o, .cfg_wdata_o, .cfg_id_o, .cfg_rdata_i,
      .cpl_valid_o(tx_cpl_valid_o), .cpl_ready_i(tx_cpl_ready_i), .cpl_hdr_o(tx_cpl_hdr_o),
      .cpl_data_o(tx_cpl_data_o), .idle_o(reply_idle));

  assign quiet  = inflight == '0 && waiting == '0 && !tx_p_valid_o && !live_q && !done;
  // idle_o: nothing moved for so long that no register anywhere has anything left to do (the last of a signal are the
  // counters and the slot, three cycles behind); wait_o: nothing but wait for completions, none of which will soon be
  // late
  localparam int unsigned TAIL = 4;
  logic still, rest;
  logic [TAIL-1:0] rest_q, wait_q;
  assign still = !live_q && words_still && quarantined == '0 && msix_idle && reply_idle && !drain_busy && run &&
                 trace_idle && owned_idle && !done && !rx_req_valid_i && !rx_cpl_valid_i;
  assign rest   = still && inflight == '0;
  assign idle_o = rest_q == '1;
  assign wait_o = wait_q == '1;

  always_ff @(posedge clk_i) begin
    pending_o <= inflight != '0;
    // a dead slot behind a dead one need not move
    if (live0 || live_pipe_q[0]) begin
      op1_q <= op0;
      op1_q.np <= op0.np && !reply_full;
    end
    if (live_pipe_q[1:0] != '0) op2_q <= op1_q;
    if (live_pipe_q[2:1] != '0) op3_q <= op2_q;
    if (live_pipe_q[3:2] != '0) op4_q <= op3_q;
    if (live_pipe_q[4:3] != '0) op5_q <= op4_q;
    ur_p_o        <= miss_bar && !op0.np && !rst_i;
    ur_np_o       <= (miss_bar || bad) && op0.np && !rst_i;
    rest_q        <= {rest_q[TAIL-2:0], rest};
    wait_q        <= {wait_q[TAIL-2:0], still && inflight != '0 && calm && !tx_np_valid_o};
    live_pipe_q   <= {live_pipe_q[3:0], live0};
    check_pass4_q <= check_pass3;
    direct4_q     <= direct3 && !soft_rst;
    code4_q       <= code3;
    flag4_q       <= bit3;
    rpart4_q      <= rpart3;
    msix_re_q     <= op2_q.np && op2_q.space == hvb_pkg::SPACE_MSIX && !rst_i;
    msix_we_q     <= op2_q.write && op2_q.space == hvb_pkg::SPACE_MSIX && !rst_i;
    freeze_q      <= quiesce || !(atomic_en_i || owned) || !bme_i || freeze_reset;
    {send_q, pend_q} <= {send, pend} & {2{!soft_rst}};  // counted a cycle later
    if (send) out_vector_q <= send_vector;
    if (rst_i) begin
      op1_q <= '0;
      op2_q <= '0;
      op3_q <= '0;
      op4_q <= '0;
      op5_q <= '0;
      live_pipe_q <= '0;
      rest_q <= '0;
      wait_q <= '0;
    end
  end

`ifdef FORMAL
  // Delivery, with the pipeline's front and all that only observes cut off: a signal that passed hvb_check (which is
  // proved by itself) comes at any time for any word. One word, one of its flags and one vector stand for all.
  localparam int unsigned F_STEPS = WORDS > TAGS ? WORDS : TAGS;
  (* anyconst *) logic [$clog2(WORDS)-1:0] f_w;
  (* anyconst *) logic [5:0] f_b;
  (* anyconst *) logic [$clog2(VECS)-1:0] f_v;
  (* anyconst *) logic [PART_W-1:0] f_r;  // a receiving partition
  (* anyconst *) logic [WORDS-1:0] f_vps;  // the VP of each word, one of two
  (* anyconst *) logic f_owned;
  logic [8:0] f_held_q;
  logic f_stall_q;
  logic [255:0] f_out_q;
  logic f_past = 1'b0, f_accept, f_issue, f_done;
  logic [7:0] f_time_q, f_due_q;
  logic f_wait_q, f_fly_q, f_busy_q;  // the flag waits for an AtomicOp; is in one; its word has one in flight
  logic [2:0] f_init_q;  // a cycle ago, two, three
  logic [15:0] f_addr_q;
  assign f_accept = accept4 && pw4 == 12'(f_w) && bit4[f_b];
  assign f_issue  = issue && flight_new.pw == 12'(f_w);
  assign f_done   = done && flight.pw == 12'(f_w);
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    f_time_q <= !f_past ? 8'd0 : f_time_q == '1 ? '1 : f_time_q + 8'd1;
    if (!f_past) assume (rst_i);
    else assume (!rst_i);
    // the reset's last cycle, and hvb_init: tables are cleared from then on (proved there)
    assume (init == (!f_past || f_time_q < 8'(F_STEPS)) && init_addr == (f_past ? 16'(f_time_q) : 16'd0) && !abandon);
    assume (freeze_reset == init);
    // hvb_ctrl, hvb_check: only what is there is named
    assume (32'(pw3) < WORDS && pw3 == base3 && step3 == '0 && 32'(rpart3) < PARTS && !direct3 &&
            !(check_pass3 && word_we));
    assume (!init || (!check_pass3 && !word_we && !op0.write && !op0.signal && !op0.event_ &&
                      !vp_ctrl && !drain));
    assume (!drain || !drain_busy);
    // the mode stays; an ack is no signal
    assume (owned == f_owned && !(op3_q.ack && (check_pass3 || word_we)) && !(init && op0.ack));
    assume (!word_we || (put3 == pw3 && 32'(word_d.vp) < VPS && 32'(word_d.rpart) < PARTS &&
                         32'(word_d.vector) < VECS && 32'(word_d.own) < WORDS &&
                         word_d.high == (word_d.addr[60:29] != '0)));
    // hvb_check: the walk comes to words late, by way of the pipeline, and no slot comes that early behind it
    {f_init_q, f_addr_q} <= {f_past ? f_init_q[1:0] : 2'd0, init, init_addr};
    if (f_past && f_init_q != '0) assume (!check_pass3 && !word_we);
    if (f_past && f_init_q[0]) assume (pw3 == f_addr_q[11:0] && put3 == pw3);
    // the library: a word is one VP's for as long as it lives
    if (word_we) assume (word_d.vp == 10'(f_vps[pw3[$clog2(WORDS)-1:0]]));
    // and a connection's entry and its words' records name one receiver (docs/design.md 3)
    if (f_past && check_pass4_q) assume (word4.rpart == rpart4_q);
    assume (32'(op4_q.part) < PARTS && timeout_off_i);
    // hvb_front: what wants an answer was taken, and is no write; hvb_reply: it counts a cycle later, once
    assume (!op0.np || (rx_req_valid_i && rx_req_ready_o && !op0.write));
    if (f_past) assert (msix_re_q == (op3_q.np && op3_q.space == hvb_pkg::SPACE_MSIX));
    if (f_past) assert (msix_we_q == (op3_q.write && op3_q.space == hvb_pkg::SPACE_MSIX));
    if (f_past) assert (!op1_q.np || $past(rx_req_valid_i && !reply_full && !rst_i));
    if (init) begin
      {f_wait_q, f_fly_q, f_busy_q} <= '0;
      f_due_q <= '0;
    end else begin
      if (f_accept) f_wait_q <= 1'b1;
      if (f_issue) begin
        f_wait_q <= 1'b0;
        f_fly_q  <= flight_new.bits[f_b];
        f_busy_q <= 1'b1;
        if (!bypass4 && f_accept) f_wait_q <= 1'b1;
      end
      if (f_done) begin
        f_busy_q <= 1'b0;
        f_fly_q  <= 1'b0;
        if (done_miss && done_left[f_b]) f_wait_q <= 1'b1;
      end
      if (take_drop && take_pw == 12'(f_w)) f_wait_q <= f_accept;
      f_due_q <= f_due_q + 8'(due && flight.vector == 11'(f_v)) - 8'(send && send_vector == 11'(f_v));
    end
    f_held_q  <= init ? '0 : f_held_q + 9'(issue && flight_new.rpart == 6'(f_r)) - 9'(done && flight.rpart == 6'(f_r));
    f_stall_q <= tx_np_valid_o && !tx_np_ready_i && !init;
    f_out_q   <= {tx_np_hdr_o, tx_np_data_o};
    if (f_past && !init) begin
      // what waits at the output does not change
      if (f_stall_q) assert (tx_np_valid_o && {tx_np_hdr_o, tx_np_data_o} == f_out_q);
      // a receiving partition holds a quarter of the tags at most
      assert (32'(f_held_q) <= TAGS / 4);
      // one AtomicOp in flight for a word
      if (f_issue) assert (!f_busy_q);
      if (f_done) assert (f_busy_q);
      // no flag is set that was not accepted since it was last delivered, and none that was is left out
      if (f_issue) assert (flight_new.bits[f_b] == (f_wait_q || (bypass4 && f_accept)));
      // a flag in flight is settled by its completion: in memory, or logged as a fault, or it waits again
      if (f_done && f_fly_q)
        assert (flight.bits[f_b] && (fault || done_guess[f_b] || (done_miss && done_left[f_b])));
      // a message only after the completion that took a flag of its vector from 0 to 1: never more than those
      if (due) assert (done && newly && !fault && !done_miss);
      if (send && send_vector == 11'(f_v)) assert (f_due_q != '0 || (due && flight.vector == 11'(f_v)));
    end
    cover (f_past && !init && f_done && f_fly_q && newly && f_wait_q);
    cover (f_past && !init && f_issue && !bypass4 && flight_new.guess != '0 && flight_new.bits[f_b]);
    cover (f_past && !init && send && send_vector == 11'(f_v));
  end
`endif
endmodule
