// SPDX-License-Identifier: MIT
// Stage S0: takes request TLPs, one a cycle, joins 32-bit doorbell pairs, and puts in a kick's place what is bound
// to its slot.
// Promises: ready is 1 but for the one cycle in which a completed pair, a kick or an ack goes into the pipeline, or in
// which what a slot's kick shall be is stored; it depends on nothing else, so posted requests are never held by
// memory, completions or outputs. A pair counts as one SIGNAL when its second half (at +4) arrives; each slot has its
// own half-store, so callers do not mix. A kick is the SIGNAL that its slot has when it arrives, and leaves the slot's
// half alone. An ack goes round once for the gap behind it: so no partition can take more than every other cycle of
// the owned words (hvb_owned).
module hvb_front #(
    parameter int unsigned PARTS = 64,
    parameter int unsigned PAGE_SHIFT = 12,
    parameter bit CFG_SPACE = 1'b1
) (
    input  logic              clk_i,
    input  logic              rst_i,
    input  logic              init_i,        // tables are being cleared
    input  logic [15:0]       init_addr_i,
    input  logic              run_i,         // 0: memory writes are dropped
    input  logic              req_valid_i,
    output logic              req_ready_o,
    input  logic              req_err_i,
    input  hvb_pkg::req_hdr_t req_hdr_i,
    input  logic [127:0]      req_data_i,
    input  logic [2:0]        req_bar_i,
    input  logic              mem_en_i,
    input  logic [63:0]       bar0_i,
    input  logic [63:0]       bar2_i,
    input  logic [63:0]       bar4_i,
    input  logic [2:0]        bar_low_i,     // BAR4, BAR2, BAR0 is below 4 GiB
    input  logic [63:0]       kick_entry_i,  // staged kick
    input  logic              kick_commit_i, // store it for the slot that the write of the cycle before names
    output hvb_pkg::op_t      op_o,          // this cycle's slot; all kinds 0: empty
    output logic [hvb_regs_pkg::KEY_BITS-1:0] key_o,  // where op_o.signal: its partition and connection, sooner
    output hvb_pkg::asked_t   asked_o,       // what to answer, where op_o.np
    output logic              bad_o,
    output logic              miss_o,
    output logic              ctrl_bad_o
);
  localparam int unsigned SLOT_W = $clog2(PARTS) + 4;

  hvb_pkg::op_t  seen, joined, wait_q;
  logic take, join_q, bad, miss, ctrl_bad, ctrl_write, store;
  logic [15:0] off;
  logic [35:0] round;
  logic [11:0] kick_flag, flag;
  logic [SLOT_W-1:0] seen_at, wait_at;

  hvb_decode #(.PARTS(PARTS), .PAGE_SHIFT(PAGE_SHIFT), .CFG_SPACE(CFG_SPACE)) u_decode (
      .valid_i(req_valid_i), .hdr_i(req_hdr_i), .data_i(req_data_i), .err_i(req_err_i), .bar_i(req_bar_i), .mem_en_i,
      .bar0_i, .bar2_i, .bar4_i, .bar_low_i, .op_o(seen), .reg_o(off), .ctrl_write_o(ctrl_write), .asked_o, .bad_o(bad),
      .miss_o(miss), .ctrl_bad_o(ctrl_bad));

  assign req_ready_o = !join_q;
  assign take        = req_valid_i && !join_q;
  assign bad_o       = take && bad;
  assign miss_o      = take && miss;
  assign ctrl_bad_o  = take && ctrl_bad;
  assign store       = ctrl_write && run_i && off == hvb_regs_pkg::R_KICK_COMMIT;
  assign seen_at     = {seen.part[$clog2(PARTS)-1:0], seen.slot};
  assign wait_at     = {wait_q.part[$clog2(PARTS)-1:0], wait_q.slot};

  // A kick in 36 bits: connection 23:0; the flag, or what else there is to say of the rest, inverted. A flag past every
  // port's last one is as good as any other of those; so is a connection id with reserved bits set.
  localparam logic [11:0] FLAG_TOO_BIG = 12'h800, NO_CONNECTION = 12'hffe, UNBOUND = 12'hfff;
  always_comb
    if (!kick_commit_i) kick_flag = 'x;
    else if (!kick_entry_i[hvb_regs_pkg::KICK_ENTRY_BOUND_LSB]) kick_flag = UNBOUND;
    else if (kick_entry_i[31:24] != '0) kick_flag = NO_CONNECTION;
    else if (kick_entry_i[47:43] != '0) kick_flag = FLAG_TOO_BIG;
    else kick_flag = {1'b0, kick_entry_i[42:32]};
  // What goes round with a slot: its first half (bit 32: it waits), and in the upper half of the memory its kick, so
  // that the pipeline has one place to look. A bit of the offset tells them apart sooner than the slot's kind would.
  localparam int unsigned KICK_BIT = $clog2(hvb_regs_pkg::S_KICK);
  logic [SLOT_W:0] put_at;
  assign put_at = init_i ? init_addr_i[SLOT_W:0] : !join_q ? {1'b0, seen_at} :
                  wait_q.write ? {1'b1, wait_q.data[SLOT_W-1:0]} : {1'b0, wait_at};
  hvb_ram #(.WIDTH(36), .DEPTH(2 << SLOT_W), .FWD(1'b0)) u_round (
      .clk_i, .we_i(init_i || (join_q && wait_q.half_hi) || (take && seen.half_lo) || kick_commit_i),
      .waddr_i(put_at),
      .wdata_i(kick_commit_i ? {~kick_flag, kick_entry_i[23:0]} : init_i || join_q ? 36'd0 : {4'd1, seen.data[31:0]}),
      .re_i(req_valid_i), .raddr_i({off[KICK_BIT], seen_at}), .rdata_o(round));
  assign flag = ~round[35:24];

  always_comb begin
    joined = wait_q;
    joined.signal  = wait_q.kick ? flag != UNBOUND : round[32] && !wait_q.ack && !wait_q.write;
    joined.event_  = !joined.signal && !wait_q.ack && !wait_q.write;
    joined.code    = wait_q.kick || wait_q.ack ? 4'(hvb_regs_pkg::CNT_BAD_OFFSET) : 4'(hvb_regs_pkg::CNT_HALF);
    if (!wait_q.ack) joined.data[31:24] = round[31:24];
    if (wait_q.kick) joined.data[63:24] = {20'd0, flag, 7'd0, flag == NO_CONNECTION};
  end

  always_comb begin
    op_o = join_q ? joined : seen;
    key_o = join_q ? {wait_q.part, round[23:0]} : {seen.part, seen.data[23:0]};
    if (!join_q || !wait_q.ack) op_o.data[23:0] = key_o[23:0];
    op_o.ack     = join_q && wait_q.ack && run_i;
    op_o.half_lo = 1'b0;
    op_o.half_hi = 1'b0;
    op_o.kick    = 1'b0;
    op_o.write   = take && seen.write && run_i;
    op_o.np      = take && seen.np;
    if (!run_i) begin
      op_o.signal = 1'b0;
      op_o.event_ = 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    join_q <= take && (seen.half_hi || seen.kick || seen.ack || store) && !rst_i;
    wait_q <= seen;
  end

`ifdef FORMAL
  // One slot of a doorbell page stands for all.
  (* anyconst *) logic [SLOT_W-1:0] f_s;
  (* hierconn *) logic [SLOT_W:0] \u_round.f_at ;  // the address that its memory shows
  (* hierconn *) logic [35:0] \u_round.f_now ;
  localparam int unsigned F_DB_W = PAGE_SHIFT + $clog2(PARTS);
  logic f_past = 1'b0, f_waits_q, f_known_q, f_commit;
  logic [31:0] f_half_q;
  logic [SLOT_W-1:0] f_slot_q;
  logic [63:0] f_addr;
  assign f_commit = op_o.write && op_o.space == hvb_pkg::SPACE_CTRL && op_o.off == hvb_regs_pkg::R_KICK_COMMIT;
  assign f_addr = req_hdr_i.fmt[0] ? {req_hdr_i.dw2, req_hdr_i.dw3} : {32'd0, req_hdr_i.dw2};
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    f_slot_q <= op_o.data[SLOT_W-1:0];
    if (!f_past) assume (rst_i);
    if (f_past) assume (!init_i || !run_i);
    assume ((bar_low_i & ~{bar4_i[63:32] == '0, bar2_i[63:32] == '0, bar0_i[63:32] == '0}) == '0);  // hvb_cfg
    // hvb_ctrl: a kick is stored in the cycle behind the register write that names its slot; hvb_init: when clearing
    // begins, no slot is on its way
    assume (!kick_commit_i || (f_past && !init_i && $past(f_commit && !rst_i)));
    // a store of the slot's low half, as the second half must find it; known once the slot was cleared
    if (!f_past) f_known_q <= 1'b0;
    else if (init_i && init_addr_i[SLOT_W:0] == {1'b0, f_s}) {f_known_q, f_waits_q} <= 2'b10;
    else if (init_i && ((join_q && wait_q.half_hi && wait_at == f_s) || (take && seen.half_lo && seen_at == f_s)))
      f_known_q <= 1'b0;
    else if (join_q && wait_q.half_hi && wait_at == f_s) f_waits_q <= 1'b0;
    else if (take && seen.half_lo && seen_at == f_s) begin
      f_waits_q <= 1'b1;
      f_half_q  <= seen.data[31:0];
    end
    if (f_past) begin
      // the receive stream waits for nothing: it stops for one cycle behind a pair, a kick or an ack, or what a kick
      // shall be, and for no other reason
      assert (req_ready_o || ($past(req_ready_o && req_valid_i) &&
                              $past(seen.half_hi || seen.kick || seen.ack || f_commit)));
      // what is no doorbell, register access or non-posted request does nothing; each is one thing only
      assert (op_o.signal + op_o.write + op_o.ack <= 1 && !(op_o.np && (op_o.signal || op_o.write || op_o.ack)));
      if (!run_i) assert (!op_o.signal && !op_o.write && !op_o.ack && !op_o.event_);
      // never two acks in a row
      if (op_o.ack) assert (!$past(op_o.ack));
      // the page is the identity: a signal is the partition's whose page was written, whatever the TLP says
      if (take && op_o.signal) assert (op_o.space == hvb_pkg::SPACE_DOORBELL);
      if (take && CFG_SPACE && (op_o.signal || seen.half_lo || seen.half_hi || seen.kick || seen.ack))
        assert (mem_en_i && f_addr[63:F_DB_W] == bar2_i[63:F_DB_W] &&
                op_o.part == 6'(f_addr[F_DB_W-1:PAGE_SHIFT]) && op_o.slot == f_addr[11:8] && !req_err_i &&
                !req_hdr_i.ep);
      if (op_o.signal) assert (key_o == {op_o.part, op_o.data[23:0]});
      // nothing written to a doorbell page is a register write, not even where another BAR lies over it
      if (take && CFG_SPACE && op_o.write && (req_hdr_i.fmt[0] || bar_low_i[1]))
        assert (f_addr[63:F_DB_W] != bar2_i[63:F_DB_W]);
      if (take && run_i) assert (ctrl_write == (op_o.write && op_o.space == hvb_pkg::SPACE_CTRL));
      if (op_o.write) assert (off == op_o.off);
      if (op_o.write) assert (op_o.space == hvb_pkg::SPACE_CTRL || op_o.space == hvb_pkg::SPACE_MSIX);
      // a posted request is never answered, a request that wants an answer always is
      if (take && req_hdr_i.typ == hvb_pkg::TYP_MEM && !req_hdr_i.fmt[2] && !req_err_i)
        assert (op_o.np == !req_hdr_i.fmt[1]);
      // halves and kicks share a memory, and never a place in it; a kick is stored for the slot that was named
      if (kick_commit_i) assert (join_q && put_at == {1'b1, f_slot_q});
      if (take && seen.half_lo && !init_i) assert (put_at == {1'b0, seen_at});
      if (take && (seen.kick || seen.half_hi)) assert (off[KICK_BIT] == seen.kick);
      if (join_q && wait_q.write) assert (!op_o.signal && !op_o.event_);  // that makes an empty slot
      // two halves make one signal, with the low half that came last before it, in the same slot
      assume (\u_round.f_at == {1'b0, f_s});
      if (f_known_q) assert (\u_round.f_now [32] == f_waits_q);
      if (f_known_q && f_waits_q) assert (\u_round.f_now [31:0] == f_half_q);
      if (op_o.ack) assert (op_o.data == wait_q.data && op_o.part == wait_q.part && !op_o.signal && !op_o.event_);
      if (join_q && !wait_q.kick && !wait_q.ack && !wait_q.write && wait_at == f_s && f_known_q && !$past(init_i)) begin
        assert (joined.signal == f_waits_q && joined.event_ == !f_waits_q);
        if (op_o.signal) assert (op_o.data == {wait_q.data[63:32], f_half_q} && op_o.part == wait_q.part);
      end
    end
    cover (f_past && join_q && joined.signal && !wait_q.kick && f_known_q && f_waits_q && wait_at == f_s && run_i);
    cover (f_past && join_q && !joined.signal && wait_q.half_hi && f_known_q && wait_at == f_s && run_i);
    cover (f_past && join_q && wait_q.kick && f_known_q && !$past(init_i) && wait_at == f_s && op_o.signal);
    cover (f_past && op_o.ack && req_valid_i);
    cover (f_past && take && op_o.signal && $past(f_past && !req_ready_o));
  end
`endif
endmodule
