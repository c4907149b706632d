// SPDX-License-Identifier: MIT
// Completions out, from the card's stream to the completer completion stream of an UltraScale(+) PCIe block (PG156,
// PG213). Promises: a completion's first beat is at the block one cycle behind its handshake with the card, and
// beats follow without a pause: zeroes behind the 128 bits of payload that the card gives.
// Ordering: a completion may not pass a posted write, and the block would let it, for the two come on streams of
// their own. So one waits until the block has said of every posted TLP that was at the card's output when the
// completion got there, or had left it, that no completion can pass it any more (hvb_us_rq's sequence numbers). It
// does not wait for posted TLPs that come later.
// A refusal (UR) carries the request, from which the block fills its error log; the card answers in order, so what
// hvb_us_cq says of those it will refuse is a queue. Relies on: DWORD-aligned mode, no straddle; at most 32 DWs.
module hvb_us_cc #(
    parameter int unsigned W = 256  // bits of the block's stream: 128 or 256
) (
    input  logic              clk_i,
    input  logic              rst_i,
    // card
    input  logic              cpl_valid_i,
    output logic              cpl_ready_o,
    input  hvb_pkg::cpl_hdr_t cpl_hdr_i,
    input  logic [127:0]      cpl_data_i,
    // posted TLPs: one is at the card's output; so many left it and may be passed; so many fewer from the next cycle on
    input  logic              p_valid_i,
    input  logic [5:0]        ahead_i,
    input  logic [1:0]        passed_i,
    // hvb_us_cq
    input  logic              refuse_i,
    input  logic [135:0]      refuse_what_i,
    // block
    output logic              cc_tvalid_o,
    input  logic              cc_tready_i,
    output logic              cc_tlast_o,
    output logic [W-1:0]      cc_tdata_o,
    output logic [W/32-1:0]   cc_tkeep_o,
    output logic [32:0]       cc_tuser_o
);
  localparam int unsigned LANES = W / 32;
  localparam logic [6:0] REFUSAL_DWS = 7'd8;
  if (W != 128 && W != 256) begin : g_bad_w
    $fatal(1, "hvb_us_cc: W must be 128 or 256");
  end

  typedef struct packed {
    logic        ecrc;
    logic [2:0]  attr;
    logic [2:0]  tc;
    logic        id_enable;
    logic [15:0] completer;
    logic [7:0]  tag;
    logic [15:0] requester;
    logic        rsvd2;
    logic        poisoned;
    logic [2:0]  status;
    logic [10:0] len;
    logic [1:0]  rsvd1;
    logic        locked;
    logic [12:0] bytes;
    logic [5:0]  rsvd0;
    logic [1:0]  at;
    logic        rsvd;
    logic [6:0]  low_addr;
  } desc_t;

  // ---- behind posted TLPs: how many this completion waits for, counted when it is first seen
  logic seen_q;
  logic [6:0] wait_q, waits;
  assign waits = seen_q ? wait_q : {1'b0, ahead_i} + 7'(p_valid_i);

  // ---- the packet: descriptor, then payload or, for a refusal, the request
  logic take, refusal, none_refused;
  logic [5:0] refused_count;
  logic [135:0] refused;
  logic [159:0] body;
  logic [6:0] dws;
  desc_t desc;
  hvb_fifo #(.WIDTH(136), .DEPTH(32)) u_refused (
      .clk_i, .clear_i(rst_i), .push_i(refuse_i), .data_i(refuse_what_i), .pop_i(take && refusal && !none_refused),
      .head_o(refused), .empty_o(none_refused), .count_o(refused_count));
  assign refusal = cpl_hdr_i.status != hvb_pkg::CPL_SC;
  assign body    = refusal ? {refused[135:8], 24'd0, refused[7:0]} : {32'd0, cpl_data_i};
  assign dws     = refusal ? REFUSAL_DWS : 7'd3 + (cpl_hdr_i.fmt[1] ? {1'b0, cpl_hdr_i.len[5:0]} : 7'd0);

  // the block puts in bus and device of the completer; function 0
  always_comb begin
    desc = '0;
    desc.low_addr  = cpl_hdr_i.low_addr;
    desc.bytes     = {cpl_hdr_i.bytes == '0, cpl_hdr_i.bytes};
    desc.len       = cpl_hdr_i.fmt[1] ? {1'b0, cpl_hdr_i.len} : 11'd0;
    desc.status    = cpl_hdr_i.status;
    desc.poisoned  = cpl_hdr_i.ep;
    desc.requester = cpl_hdr_i.requester;
    desc.tag       = cpl_hdr_i.tag;
    desc.tc        = cpl_hdr_i.tc;
    desc.attr      = {cpl_hdr_i.attr2, cpl_hdr_i.attr};
  end

  // ---- beats: DWs that are left, the one at the output not counted
  logic [6:0] left_q, fill;
  assign fill        = take ? dws : left_q;
  assign cpl_ready_o = (!cc_tvalid_o || (cc_tready_i && cc_tlast_o)) && waits == '0;
  assign take        = cpl_valid_i && cpl_ready_o;
  assign cc_tuser_o  = '0;

  always_ff @(posedge clk_i) begin
    seen_q <= cpl_valid_i && !take && !rst_i;
    wait_q <= waits < 7'(passed_i) ? 7'd0 : waits - 7'(passed_i);
    if (take || cc_tready_i) begin
      cc_tlast_o <= 32'(fill) <= LANES;
      left_q     <= 32'(fill) <= LANES ? 7'd0 : fill - 7'(LANES);
      for (int unsigned i = 0; i < LANES; i++) cc_tkeep_o[i] <= i < 32'(fill);
    end
    cc_tvalid_o <= (take || (cc_tvalid_o && !(cc_tready_i && cc_tlast_o))) && !rst_i;
  end

  if (W == 256) begin : g_wide
    always_ff @(posedge clk_i)
      if (take || cc_tready_i) cc_tdata_o <= take ? {body, desc} : '0;
  end else begin : g_narrow
    logic [127:0] rest_q;
    always_ff @(posedge clk_i)
      if (take || cc_tready_i) begin
        cc_tdata_o <= take ? {body[31:0], desc} : rest_q;
        rest_q     <= take ? body[159:32] : '0;
      end
  end

`ifdef FORMAL
  // Posted TLPs that came to the card's output, and that can no longer be passed, are counted; f_mark_q: how many had
  // come when the completion did. The packet: how many DWs were in the beats before, and how many there must be.
  logic f_past = 1'b0, f_stall_q, f_take_q, f_in_q, f_offer_q, f_seen_q, f_p_taken, f_p_waits_q;
  (* anyseq *) logic f_p_ready;
  logic [7:0] f_offered_q, f_passed_q, f_mark_q, f_offered, f_mark, f_behind;
  logic f_clear, f_clear_q;  // all that it must not pass cannot be passed: once so, it stays so
  logic [6:0] f_at_q, f_dws_q, f_now;
  logic [W+LANES:0] f_out_q;
  logic [127:0] f_data_q;
  logic f_refusal_q;
  logic [135:0] f_refused_q;  // of the queue, when the refusal was taken
  desc_t f_desc_q;
  assign f_p_taken = p_valid_i && f_p_ready;
  assign f_offered = f_offered_q + 8'(p_valid_i && !f_p_waits_q);
  assign f_mark    = f_seen_q ? f_mark_q : f_offered;
  assign f_behind  = f_mark - f_passed_q;
  assign f_clear   = (f_seen_q && f_clear_q) || f_behind == '0 || f_behind[7];
  always_comb begin
    f_now = '0;
    for (int i = 0; i < LANES; i++) f_now = f_now + 7'(cc_tkeep_o[i]);
  end
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the card's part: what waits stays; no more than 32 DWs. hvb_us_rq's: what was taken and may be passed is counted
    f_p_waits_q <= p_valid_i && !f_p_ready && !rst_i;
    f_offer_q   <= cpl_valid_i && !cpl_ready_o && !rst_i;
    if (f_past && f_p_waits_q) assume (p_valid_i);
    if (f_past && f_offer_q) assume (cpl_valid_i);
    if (cpl_valid_i) assume (!cpl_hdr_i.fmt[1] || (cpl_hdr_i.len >= 10'd1 && cpl_hdr_i.len <= 10'd32));
    f_offered_q <= rst_i ? '0 : f_offered;
    f_passed_q  <= rst_i ? '0 : f_passed_q + 8'(passed_i);
    if (f_past) assume (8'(ahead_i) == f_offered_q - f_passed_q - 8'(f_p_waits_q) && 6'(passed_i) <= ahead_i &&
                        ahead_i <= 6'd60);
    f_seen_q <= cpl_valid_i && !cpl_ready_o && !rst_i;
    f_mark_q <= f_mark;
    f_clear_q <= f_clear;

    f_take_q  <= take && !rst_i;
    f_stall_q <= cc_tvalid_o && !cc_tready_i && !rst_i;
    f_out_q   <= {cc_tlast_o, cc_tdata_o, cc_tkeep_o};
    f_in_q    <= rst_i ? 1'b0 : cc_tvalid_o && cc_tready_i ? !cc_tlast_o : f_in_q;
    if (take) {f_dws_q, f_at_q, f_data_q, f_refusal_q, f_desc_q} <= {dws, 7'd0, cpl_data_i, refusal, desc};
    if (take) f_refused_q <= refused;
    else if (cc_tvalid_o && cc_tready_i) f_at_q <= f_at_q + f_now;
    if (f_past) begin
      // it goes when all that it may not pass cannot be passed, and then waits for its output alone
      if (take) assert (f_clear);
      if (cpl_valid_i && f_clear && (!cc_tvalid_o || (cc_tready_i && cc_tlast_o)))
        assert (cpl_ready_o);
      assert (seen_q == f_seen_q);
      if (seen_q) assert (8'(wait_q) == (f_clear ? 8'd0 : f_behind));
      // what waits does not change; a packet has no pause, and begins in the cycle behind the handshake
      if (f_stall_q) assert (cc_tvalid_o && {cc_tlast_o, cc_tdata_o, cc_tkeep_o} == f_out_q);
      assert (cc_tvalid_o == (f_take_q || f_stall_q || f_in_q));
      // as long as it must be: descriptor, payload, zeroes
      if (cc_tvalid_o) begin
        assert (f_dws_q <= 7'd35 && f_at_q < 7'd35 && f_at_q + f_now <= f_dws_q && f_now != '0);
        assert (cc_tlast_o == (f_at_q + f_now == f_dws_q));
        assert (left_q == f_dws_q - f_at_q - f_now);
        if (f_at_q == '0) assert (cc_tdata_o[95:0] == f_desc_q && f_desc_q.status == cc_tdata_o[45:43]);
        if (!cc_tlast_o) assert (32'(f_now) == LANES);
        // a refusal: its request's byte enables, then that as it came
        if (f_refusal_q) assert (f_dws_q == 7'd8);
        if (f_refusal_q && f_at_q == '0) assert (cc_tdata_o[127:96] == {24'd0, f_refused_q[7:0]});
        if (!f_refusal_q && f_at_q > 7'd4) assert (cc_tdata_o == '0);
        if (!f_refusal_q && f_at_q == '0) assert (cc_tdata_o[127:96] == f_data_q[31:0]);
        assert (f_at_q == '0 || f_in_q);
      end
    end
    cover (f_past && take && f_seen_q && f_offered_q - f_mark_q == 8'd2);
    cover (f_past && cc_tvalid_o && cc_tready_i && cc_tlast_o && f_dws_q == 7'd35);
  end
  if (W == 128) begin : g_formal
    always_ff @(posedge clk_i)
      if (f_past && cc_tvalid_o && !f_refusal_q) begin
        if (f_at_q == 7'd4) assert (cc_tdata_o[95:0] == f_data_q[127:32] && cc_tdata_o[127:96] == '0);
        if (f_at_q == '0) assert (g_narrow.rest_q == {32'd0, f_data_q[127:32]});
        else assert (g_narrow.rest_q == '0);
      end else if (f_past && cc_tvalid_o) begin
        if (f_at_q == '0) assert (g_narrow.rest_q == f_refused_q[135:8]);
        else assert (f_at_q == 7'd4 && cc_tdata_o == f_refused_q[135:8]);
      end
  end else begin : g_formal
    always_ff @(posedge clk_i)
      if (f_past && cc_tvalid_o && !f_refusal_q && f_at_q == '0)
        assert (cc_tdata_o[W-1:96] == {32'd0, f_data_q});
      else if (f_past && cc_tvalid_o && f_refusal_q)
        assert (f_at_q == '0 && cc_tdata_o[W-1:128] == f_refused_q[135:8]);
  end
`endif
endmodule
