// SPDX-License-Identifier: MIT
// MSI-X: table, masks, pending bit array, messages (PCIe 6.1.4).
// Promises: a message is decided by the table entry of the very cycle in which it is due, one cycle after its
// completion arrived, one a cycle, where nothing waits. What may not be sent (function or vector masked, MSI-X or bus
// mastering off) sets its pending bit, and is sent once after that is over, for every vector. What finds the output
// busy, or the table in other hands, waits in a queue that cannot overflow (its places count as tags), and with it all
// that come behind it; the queue gives one a cycle, whatever completes meanwhile, but for cycles in which the table is
// taken, or the output busy (of those that pend then, one in two): so the first is two cycles late, or by these more.
// The table has one user in a cycle: the host, who reads or writes, before the queue, that before completions, these
// before the scan for pending bits, which has one cycle in four all the same. Relies on: SIEF word and message order,
// which the caller keeps.
module hvb_msix #(
    parameter int unsigned VECS = 256,  // 2 to 2048
    parameter int unsigned TAGS = 32
) (
    input  logic              clk_i,
    input  logic              clear_i,       // while clear_addr_i walks: all vectors masked, nothing pends
    input  logic [15:0]       clear_addr_i,
    input  logic              enable_i,      // MSI-X on, not masked, bus mastering on
    input  logic [15:0]       id_i,
    // host: table writes (S3), or reads (address in S3, data in S4)
    input  logic              we_i,
    input  logic [15:0]       addr_i,
    input  logic [63:0]       wdata_i,
    input  logic [1:0]        wdw_i,
    output logic              wbad_o,        // nothing is there to write
    input  logic              re_i,
    output logic [63:0]       rdata_o,       // zeroes where nothing was read
    // messages: vector in C0, due in C1
    input  logic              c0_near_i,     // a completion may arrive: its vector's entry is read
    input  logic [10:0]       c0_vector_i,
    input  logic              due_i,
    // output
    output logic              p_valid_o,
    input  logic              p_ready_i,
    output hvb_pkg::req_hdr_t p_hdr_o,
    output logic [127:0]      p_data_o,
    output logic              send_o,        // a message enters the output register
    output logic [10:0]       send_vector_o,
    output logic              pend_o,        // a pending bit is set
    output logic [8:0]        waiting_o,
    output logic              popped_o,      // a cycle ago one of those that wait was sent, or its pending bit set
    output logic              idle_o
);
  localparam int unsigned VW = $clog2(VECS), PW = VW > 6 ? VW - 6 : 1;
  if (VECS < 2 || VECS > 2048) begin : g_bad_vecs
    $fatal(1, "hvb_msix: VECS must be 2 to 2048");
  end

  // ---- table: four DWs a vector
  logic in_table, we;
  logic [3:0] dw_we;
  logic [VW-1:0] wvec, rvec;
  logic [31:0] dw0, dw1, dw2;
  logic mask, high, queued, scan_turn, scan_read, near_read, host;
  logic [VW-1:0] other;
  assign in_table = addr_i < 16'(hvb_regs_pkg::PBA_OFFSET) && addr_i[15:4] < 12'(VECS);
  assign we       = we_i && in_table;
  assign wbad_o   = we_i && !in_table;
  assign dw_we    = addr_i[3] ? {wdw_i & {2{we}}, 2'b00} : {2'b00, wdw_i & {2{we}}};
  assign wvec     = clear_i ? VW'(clear_addr_i) : addr_i[4+:VW];
  assign host      = re_i || we_i;
  assign near_read = c0_near_i && !host && !scan_turn && !queued;
  // a completion's vector is known last
  assign other     = re_i ? addr_i[4+:VW] : scan_turn || !queued ? scan_q : stay ? held_vec_q : q_head;
  assign rvec      = c0_near_i && !re_i && !scan_turn && !queued ? c0_vector_i[VW-1:0] : other;
  hvb_msix_table #(.VECS(VECS)) u_table (
      .clk_i, .clear_i, .we_i(dw_we), .wvec_i(wvec), .wdata_i, .re_i(re_i || c0_near_i || queued || scan_read),
      .rvec_i(rvec), .dw0_o(dw0), .dw1_o(dw1), .high_o(high), .dw2_o(dw2), .mask_o(mask));

  // ---- messages: at once, or through the queue. Of those that wait the first is held, so that the next one's entry is
  // read in the cycle in which it goes.
  logic [VW-1:0] vec1_q, q_head, held_vec_q;
  logic q_empty, q_push, q_take, q_goes, q_read_q, held, held_q, stay, free, may, near_q, goes, from_scan;
  logic [$clog2(TAGS)+1:0] q_count;
  hvb_fifo #(.WIDTH(VW), .DEPTH(2 * TAGS), .EARLY(1'b1)) u_queue (
      .clk_i, .clear_i, .push_i(q_push), .data_i(vec1_q), .pop_i(q_take), .head_o(q_head), .empty_o(q_empty),
          .count_o(q_count));
  assign free      = !p_valid_o || p_ready_i;
  assign may       = enable_i && !mask;
  // what there is to say now: of a completion, of the first of the queue (never both)
  assign near_q    = near_read_q && q_empty;
  assign goes      = (due_i && near_q) || q_read_q;
  assign q_push    = due_i && !(near_q && (!may || free));
  assign q_goes    = q_read_q && (!may || free);
  assign stay      = held_q && !(q_read_q && free);  // may stay, that is: whether it may be sent is known late
  assign queued    = !q_empty || stay;
  assign q_take    = !q_empty && !stay;
  assign held      = q_take || (held_q && !q_goes);
  assign waiting_o = 9'(q_count) + 9'(held_q);

  // ---- pending bits, 64 a row as the host reads them. A bit is set, or cleared by the scan, a cycle behind that:
  // never both, so there is one writer.
  logic [63:0] pba [1 << PW];
  logic [PW-1:0] pba_w, scan_w, host_w;
  logic [63:0] pba_row, scan_row, pba_bit;
  logic pend, pend_q, scan_sent_q, new_pend, new_pend_q;
  logic [VW-1:0] pba_vec, pend_vec_q, said_vec;
  assign pend     = goes && !may;
  assign pend_o   = pend;
  assign pba_vec  = pend_vec_q;
  assign pba_w    = PW'(16'(pba_vec) >> 6);
  assign scan_w   = PW'(16'(scan_q) >> 6);
  assign host_w   = addr_i[3+:PW];
  assign pba_row  = pba[pba_w];
  assign scan_row = pba[scan_w];
  assign pba_bit  = 64'd1 << 6'(pba_vec);
  assign new_pend = pend_q && !pba_row[6'(pba_vec)];

  // ---- scan: looks once at every vector after anything that may let a pending one go
  logic [VW:0] scan_left_q;
  logic [1:0] turn_q;
  logic [VW-1:0] scan_q, scan_at_q;
  logic scan_bit, scan_hit_q, scan_missed_q, scans_q;  // scans_q: some are left
  logic [VW:0] pends_q;
  logic was_enabled_q;
  assign scan_turn = scans_q && !scan_hit_q && turn_q == '1;
  assign scan_read = scans_q && !scan_hit_q && !host && (turn_q == '1 || (!c0_near_i && !queued));
  assign scan_bit  = scan_row[6'(scan_q)];
  assign from_scan = scan_hit_q && may && free;
  assign send_o        = (goes || scan_hit_q) && may && free;
  assign send_vector_o = scan_hit_q ? 11'(scan_at_q) : 11'(said_vec);
  assign said_vec      = q_read_q ? held_vec_q : vec1_q;
  assign idle_o        = !p_valid_o && q_empty && !held_q && !scans_q && !due_i && !scan_hit_q && !pend_q &&
                         !new_pend_q && !scan_sent_q && !scan_missed_q;

  // memory write of one DW (PCIe 6.1.4.5 message address and data)
  hvb_pkg::req_hdr_t hdr;
  logic near_read_q, load;
  // a free output takes what may go, p_valid_o says whether it does: that is known late
  assign load = free && (near_read_q || q_read_q || scan_hit_q);
  always_comb
    if (load) begin
      hdr = '0;
      hdr.fmt      = {2'b01, high};
      hdr.typ      = hvb_pkg::TYP_MEM;
      hdr.len      = 10'd1;
      hdr.id       = id_i;
      hdr.first_be = 4'hf;
      hdr.dw2      = high ? dw1 : {dw0[31:2], 2'b00};
      hdr.dw3      = {32{high}} & {dw0[31:2], 2'b00};
    end else hdr = 'x;

  // host reads: the second DW pair of an entry is its data and vector control
  logic read_pba_q, read_hi_q, read_lo_q;
  logic [63:0] pba_q;
  assign rdata_o = ({64{read_pba_q}} & pba_q) | ({64{read_hi_q}} & {31'd0, mask, dw2}) |
                   ({64{read_lo_q}} & {dw1, dw0[31:2], 2'b00});

  always_ff @(posedge clk_i) begin
    vec1_q      <= c0_vector_i[VW-1:0];
    near_read_q <= near_read;
    if (q_take) held_vec_q <= q_head;
    held_q      <= held && !clear_i;
    q_read_q    <= held && !host && !scan_turn && !clear_i;
    if (load) begin
      p_hdr_o  <= hdr;
      p_data_o <= {96'd0, dw2};
    end
    p_valid_o <= (send_o || (p_valid_o && !p_ready_i)) && !clear_i;

    if (clear_i) pba[PW'(clear_addr_i)] <= '0;
    else if (pend_q || scan_sent_q) pba[pba_w] <= pend_q ? pba_row | pba_bit : pba_row & ~pba_bit;

    pend_q        <= pend && !clear_i;
    popped_o      <= q_goes && !clear_i;
    new_pend_q    <= new_pend && !clear_i;
    scan_sent_q   <= from_scan && !clear_i;
    pend_vec_q    <= scan_hit_q ? scan_at_q : said_vec;
    was_enabled_q <= enable_i;
    scan_at_q  <= scan_q;
    scan_hit_q <= scan_read && scan_bit && !clear_i;
    // what might have gone, and did not, is looked for in another round; known late
    scan_missed_q <= scan_hit_q && !from_scan && may && !clear_i;
    if (clear_i) begin
      pends_q     <= '0;
      {scans_q, scan_left_q} <= '0;
      scan_q      <= '0;
      turn_q      <= '0;
    end else begin
      turn_q <= !scans_q || scan_read ? '0 : turn_q + 2'(turn_q != '1);
      pends_q <= pends_q + (VW+1)'(new_pend_q) - (VW+1)'(scan_sent_q);
      if (pends_q == '0 && !new_pend_q) {scans_q, scan_left_q} <= '0;
      else if (new_pend_q || dw_we[3] || (enable_i && !was_enabled_q) || scan_missed_q)
        {scans_q, scan_left_q} <= {1'b1, (VW+1)'(VECS)};
      else if (scan_read) {scans_q, scan_left_q} <= {scan_left_q != (VW+1)'(1), scan_left_q - 1'b1};
      if (scan_read) scan_q <= 32'(scan_q) == VECS - 1 ? '0 : scan_q + 1'b1;
    end

    read_pba_q <= re_i && addr_i[15:8] == 8'(hvb_regs_pkg::PBA_OFFSET >> 8) && 32'(addr_i[7:3]) < (VECS + 63) / 64;
    if (re_i) pba_q <= pba[host_w];
    read_hi_q <= re_i && in_table && addr_i[3];
    read_lo_q <= re_i && in_table && !addr_i[3];
  end

`ifdef FORMAL
  // One vector stands for all. f_*_q: its entry as last written; how many of its messages wait in the queue.
  (* anyconst *) logic [VW-1:0] f_v;
  (* hierconn *) logic [VW*2*TAGS-1:0] \u_queue.f_mem ;
  logic f_past = 1'b0, f_c0_q, f_masked_q, f_pends, f_sends, f_goes, f_sets, f_stall_q, f_host_q, f_hi_q;
  logic [31:0] f_dw0_q, f_dw1_q, f_dw2_q;
  logic [VW+2:0] f_free_q;
  logic [15:0] f_clear_q;
  logic f_cleared_q;
  logic [$clog2(TAGS)+1:0] f_queued_q;
  logic [255:0] f_out_q;
  logic [2:0] f_known_q;
  logic f_next_q;                     // the next of the queue had the table in the last cycle, or had to have it
  logic [3:0] f_late_q;               // cycles in which the scan could have looked, and has not
  assign f_pends = (pba[PW'(32'(f_v) / 64)][6'(f_v)] && !(scan_sent_q && pend_vec_q == f_v)) ||
                   (pend_q && pend_vec_q == f_v);
  assign f_sends = send_o && send_vector_o == 11'(f_v);
  assign f_goes  = f_sends && !from_scan;
  assign f_sets  = pend && said_vec == f_v;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    f_clear_q <= !f_past || !clear_i ? 16'd0 : f_clear_q + 16'd1;
    f_cleared_q <= clear_i && f_past ? 1'b1 : f_past && f_cleared_q;
    // the user's part: a walk over all vectors first; due comes one cycle behind its completion; tags bound the queue
    assume (clear_i ? (f_past ? clear_addr_i == f_clear_q && f_clear_q < 16'hfff0 : clear_addr_i == '0)
                    : f_past && f_cleared_q && (f_clear_q == '0 || 32'(f_clear_q) >= VECS));
    f_c0_q <= c0_near_i && !clear_i;
    if (f_past) assume (!due_i || (f_c0_q && 32'(waiting_o) < TAGS + 2));
    if (f_past) assume (!clear_i || !we_i);
    if (f_past) assume (!(re_i && we_i));
    if (!f_past) f_known_q <= '0;
    else if (wvec == f_v) f_known_q <= f_known_q | dw_we[2:0];
    if (dw_we[0] && wvec == f_v) f_dw0_q <= wdata_i[31:0];
    if (dw_we[1] && wvec == f_v) f_dw1_q <= wdata_i[63:32];
    if (dw_we[2] && wvec == f_v) f_dw2_q <= wdata_i[31:0];
    if ((clear_i || dw_we[3]) && wvec == f_v) f_masked_q <= clear_i || wdata_i[32];
    f_queued_q <= clear_i ? '0 : f_queued_q + ($clog2(TAGS)+2)'(q_push && vec1_q == f_v) -
                                 ($clog2(TAGS)+2)'(q_goes && held_vec_q == f_v);
    f_host_q  <= re_i && addr_i[15:4] == 12'(f_v) && f_known_q == '1 && f_past && !clear_i;
    f_hi_q    <= addr_i[3];
    f_stall_q <= p_valid_o && !p_ready_i && !clear_i;
    f_out_q   <= {p_hdr_o, p_data_o};
    f_next_q  <= f_past && !clear_i && 32'(waiting_o) > 32'(q_goes) && (free || !q_goes) && !host && !scan_read;
    f_late_q  <= clear_i || !f_past || scan_left_q == '0 || scan_read ? 4'd0 : f_late_q + 4'(!host);
    // cycles in which nothing stands in the way of a pending message of f_v
    f_free_q <= clear_i || !f_pends || !enable_i || f_masked_q || f_sends ? '0 :
                f_free_q + (VW+3)'(!host && p_ready_i && !c0_near_i && waiting_o == '0);
    if (f_past && !clear_i) begin
      // nothing goes out while MSI-X, the function or the vector is masked, by the entry of that very cycle
      if (f_sends) assert (enable_i && !f_masked_q);
      if (f_sets) assert (!enable_i || f_masked_q);
      // every message that is due is sent, pends, or waits in the queue: one of the three
      if (due_i && vec1_q == f_v) assert ((!q_push && f_goes) + (!q_push && f_sets) + q_push == 1);
      assert ((due_i && !q_push) + q_goes + from_scan <= 1);
      assert (scans_q == (scan_left_q != '0));
      if (q_goes && held_vec_q == f_v) assert (f_goes + f_sets == 1 && f_queued_q != '0);
      // and nothing else is ever sent: a message out of the scan had its bit set, which is so sent once
      if (f_goes) assert (q_goes ? held_vec_q == f_v : due_i && vec1_q == f_v);
      if (f_sends && !f_goes) assert (f_pends);
      // those that wait are one less for each that went, a cycle ago
      if (!$past(clear_i)) assert (waiting_o == $past(waiting_o) + 9'($past(q_push)) - 9'(popped_o));
      // what pends goes as soon as it may: the scan finds it within two rounds
      assert (32'(f_free_q) <= 2 * VECS + 2);
      // the host reads the entry as it is, whoever wants another one
      if (f_host_q) assert (rdata_o == (f_hi_q ? {31'd0, f_masked_q, f_dw2_q} : {f_dw1_q, f_dw0_q[31:2], 2'b00}));
      if (!$past(re_i)) assert (rdata_o == '0);
      // whatever comes, the scan looks at one vector in four cycles, but where the host has it
      assert (f_late_q <= 4'd3);
      // how: while it may go, the scan has yet to come by, or is there
      if (f_pends && !f_masked_q && enable_i && was_enabled_q && !new_pend && !new_pend_q)
        assert (scan_left_q > (VW+1)'(VW'(f_v - scan_q)) || (scan_hit_q && scan_at_q == f_v) || scan_missed_q);
      // what waits goes, one a cycle in which the output is free, whatever completes: but behind one in which the host
      // or the scan has the table, or in which a message went into its pending bit while the output was busy
      if (f_next_q && free) assert (q_goes);
      // at rest nothing waits, and nothing is under way
      if (idle_o) assert (waiting_o == '0 && !p_valid_o && !send_o && !pend);
      // what waits at the output does not change
      if (f_stall_q) assert (p_valid_o && {p_hdr_o, p_data_o} == f_out_q);
    end
    if (f_past && f_said_q && !$past(clear_i)) begin
      // the message is the entry's: address and data
      assert (p_valid_o && p_data_o == {96'd0, f_msg2_q});
      assert (p_hdr_o.fmt[0] ? {p_hdr_o.dw2, p_hdr_o.dw3} == {f_msg1_q, f_msg0_q[31:2], 2'b00}
                             : f_msg1_q == '0 && p_hdr_o.dw2 == {f_msg0_q[31:2], 2'b00});
    end
    cover (f_past && f_sends && from_scan && !clear_i);
    cover (f_past && q_goes && f_sends && !clear_i);
    cover (f_past && f_sets && f_sends == 1'b0 && q_goes && !clear_i);
    cover (f_past && q_goes && f_sends && c0_near_i && $past(q_goes && c0_near_i) && f_next_q && !clear_i);
    cover (f_past && f_said_q && p_hdr_o.fmt[0] && !clear_i && !$past(clear_i));
    cover (f_past && f_stall_q && !q_empty && !clear_i);
    cover (f_past && f_host_q && q_push && !clear_i);
    cover (f_past && from_scan && q_push && !clear_i);
  end
  logic f_said_q = 1'b0, f_bit_q, f_gone_q = 1'b0, f_came_q = 1'b0;
  logic [31:0] f_msg0_q, f_msg1_q, f_msg2_q;
  always_ff @(posedge clk_i) begin
    f_said_q <= f_sends && !clear_i && f_past && f_known_q == '1;
    f_gone_q <= f_sends && from_scan && !clear_i;
    f_came_q <= f_sets && !clear_i;
    f_bit_q  <= f_pends;
    {f_msg2_q, f_msg1_q, f_msg0_q} <= {f_dw2_q, f_dw1_q, f_dw0_q};
    if (f_past && !clear_i && !$past(clear_i))
      // the pending bit: set by a message that may not go, cleared by its sending, else unchanged
      assert (f_pends == (f_came_q || (f_bit_q && !f_gone_q)));
  end
`endif
endmodule
