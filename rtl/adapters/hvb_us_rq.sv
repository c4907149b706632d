// SPDX-License-Identifier: MIT
// Posted and non-posted requests out, from the card's two streams to the requester request stream of an
// UltraScale(+) PCIe block (PG156, PG213).
// Promises: a request's first beat is at the block one cycle behind its handshake with the card; one request a cycle
// at 256 bits, one every two at 128. Posted ones go first, so nothing non-posted passes them. A non-posted request
// is taken only with transmit credits of the block at hand, so that none ever stands in the way of a posted one, in
// here or in the block. Posted TLPs carry sequence number 1, all others 0: ahead_o counts those that a completion
// could still pass. Relies on: DWORD-aligned mode, no straddle, tags given by the card (client tags), at most 4 DWs
// of payload.
module hvb_us_rq #(
    parameter int unsigned W = 256  // bits of the block's stream: 128 or 256
) (
    input  logic              clk_i,
    input  logic              rst_i,
    // card
    input  logic              p_valid_i,
    output logic              p_ready_o,
    input  hvb_pkg::req_hdr_t p_hdr_i,
    input  logic [127:0]      p_data_i,
    input  logic              np_valid_i,
    output logic              np_ready_o,
    input  hvb_pkg::req_hdr_t np_hdr_i,
    input  logic [127:0]      np_data_i,
    // block
    output logic              rq_tvalid_o,
    input  logic              rq_tready_i,
    output logic              rq_tlast_o,
    output logic [W-1:0]      rq_tdata_o,
    output logic [W/32-1:0]   rq_tkeep_o,
    output logic [61:0]       rq_tuser_o,    // UltraScale has 60 of these
    input  logic [3:0]        tfc_nph_av_i,  // credits; UltraScale has 2 bits of each
    input  logic [3:0]        tfc_npd_av_i,
    input  logic              rq_seq_vld0_i,
    input  logic [5:0]        rq_seq_num0_i,
    input  logic              rq_seq_vld1_i, // UltraScale+ alone
    input  logic [5:0]        rq_seq_num1_i,
    // for hvb_us_cc
    output logic [5:0]        ahead_o,       // posted TLPs that a completion could pass
    output logic [1:0]        passed_o       // so many fewer from the next cycle on
);
  if (W != 128 && W != 256) begin : g_bad_w
    $fatal(1, "hvb_us_rq: W must be 128 or 256");
  end

  typedef struct packed {
    logic        ecrc;
    logic [2:0]  attr;
    logic [2:0]  tc;
    logic        id_enable;
    logic [15:0] completer;
    logic [7:0]  tag;
    logic [15:0] id;
    logic        poisoned;
    logic [3:0]  typ;
    logic [10:0] len;
    logic [61:0] addr;
    logic [1:0]  at;
  } desc_t;
  localparam logic [3:0] MEM_RD = 4'd0, MEM_WR = 4'd1, FETCHADD = 4'd4, SWAP = 4'd5, CAS = 4'd6;
  localparam logic [5:0] MOST = 6'd60;  // posted TLPs not yet passed; the count has room for them

  logic free, np_ok, p_take, np_take, atomic;
  hvb_pkg::req_hdr_t hdr;
  logic [127:0] data;
  desc_t desc;
  logic [3:0] data_keep;
  assign free       = !rq_tvalid_o || (rq_tready_i && rq_tlast_o);
  assign p_ready_o  = free && ahead_o < MOST;
  assign np_ready_o = free && !p_valid_i && np_ok;
  assign p_take     = p_valid_i && p_ready_o;
  assign np_take    = np_valid_i && np_ready_o;
  assign hdr        = p_valid_i ? p_hdr_i : np_hdr_i;
  assign data       = p_valid_i ? p_data_i : np_data_i;
  assign atomic     = hdr.typ != hvb_pkg::TYP_MEM;
  assign data_keep  = !hdr.fmt[1] ? 4'd0 : 4'(4'hf >> (3'd4 - hdr.len[2:0]));

  // the block puts in bus and device of the requester; function 0
  always_comb begin
    desc = '0;
    case (hdr.typ)
      hvb_pkg::TYP_FETCHADD: desc.typ = FETCHADD;
      hvb_pkg::TYP_SWAP:     desc.typ = SWAP;
      hvb_pkg::TYP_CAS:      desc.typ = CAS;
      default:               desc.typ = hdr.fmt[1] ? MEM_WR : MEM_RD;
    endcase
    desc.at       = hdr.at;
    desc.addr     = hdr.fmt[0] ? {hdr.dw2, hdr.dw3[31:2]} : {32'd0, hdr.dw2[31:2]};
    desc.len      = {1'b0, hdr.len};
    desc.poisoned = hdr.ep;
    desc.tag      = hdr.tag;
    desc.tc       = hdr.tc;
    desc.attr     = {hdr.attr2, hdr.attr};
  end

  // Credits: the block's count lags two cycles behind a descriptor's transfer. Counted against it: what is held here
  // and what went in the last three.
  logic held_q, start;
  logic [2:0] went_q, used;
  logic [1:0] begun_q;  // a packet's first beat is at the output; it is a non-posted one's
  assign held_q = begun_q[0];
  assign start  = begun_q[1] && rq_tready_i;
  assign used   = 3'(held_q) + 3'(went_q[0]) + 3'(went_q[1]) + 3'(went_q[2]);
  assign np_ok  = tfc_nph_av_i > 4'(used) && tfc_npd_av_i > 4'(used);

  assign passed_o = 2'(rq_seq_vld0_i && rq_seq_num0_i == 6'd1) + 2'(rq_seq_vld1_i && rq_seq_num1_i == 6'd1);

  logic        posted_q;
  logic [7:0]  be_q;
  assign rq_tuser_o = {34'd0, 3'd0, posted_q, 16'd0, be_q};

  always_ff @(posedge clk_i) begin
    if (p_take || np_take) begin
      posted_q <= p_take;
      be_q     <= atomic ? 8'hff : {hdr.last_be, hdr.first_be};
    end
    begun_q <= p_take || np_take ? {1'b1, np_take} : start ? 2'b00 : begun_q;
    went_q  <= {went_q[1:0], start && held_q};
    ahead_o <= ahead_o + 6'(p_take) - 6'(passed_o);
    if (rst_i) begin
      begun_q <= '0;
      went_q  <= '0;
      ahead_o <= '0;
    end
  end

  if (W == 256) begin : g_wide
    assign rq_tlast_o = 1'b1;
    always_ff @(posedge clk_i) begin
      if (p_take || np_take) begin
        rq_tdata_o <= {data, desc};
        rq_tkeep_o <= {data_keep, 4'hf};
      end
      rq_tvalid_o <= (p_take || np_take || (rq_tvalid_o && !rq_tready_i)) && !rst_i;
    end
  end else begin : g_narrow
    logic [127:0] rest_q;
    logic [3:0]   keep_q;
    always_ff @(posedge clk_i) begin
      if (p_take || np_take) begin
        rq_tdata_o <= desc;
        rq_tkeep_o <= 4'hf;
        rq_tlast_o <= !hdr.fmt[1];
        rest_q     <= data;
        keep_q     <= data_keep;
      end else if (rq_tready_i) begin
        rq_tdata_o <= rest_q;
        rq_tkeep_o <= keep_q;
        rq_tlast_o <= 1'b1;
      end
      rq_tvalid_o <= (p_take || np_take || (rq_tvalid_o && !(rq_tready_i && rq_tlast_o))) && !rst_i;
    end
  end

`ifdef FORMAL
  logic f_past = 1'b0, f_stall_q, f_take_q, f_in_q;
  logic [W+W/32+62:0] f_out_q;
  hvb_pkg::req_hdr_t f_hdr_q;
  logic [127:0] f_data_q;
  logic [5:0] f_sent_q;            // posted TLPs at the block that it has not said to be safe
  // the credits that there are, now and as the block says them: two cycles late
  (* anyseq *) logic f_more;
  logic [4:0] f_credit_q, f_late1_q, f_late2_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    if (f_past) assume (!rst_i);
    f_credit_q <= rst_i ? '0 : f_credit_q + 5'(f_more) - 5'(start && held_q);
    f_late1_q  <= rst_i ? '0 : f_credit_q;
    f_late2_q  <= rst_i ? '0 : f_late1_q;
    assume (!f_more || f_credit_q < 5'd20);
    if (f_past) assume (tfc_nph_av_i == (f_late2_q > 5'd15 ? 4'd15 : f_late2_q[3:0]) && tfc_npd_av_i == tfc_nph_av_i);
    // the block says only of what it has that it is safe; payload is at most 4 DWs
    f_sent_q <= rst_i ? '0 : f_sent_q + 6'(start && posted_q) - 6'(passed_o);
    if (f_past) assume (6'(passed_o) <= f_sent_q);
    if (p_valid_i) assume (p_hdr_i.fmt == {2'b01, p_hdr_i.fmt[0]} && p_hdr_i.len >= 10'd1 && p_hdr_i.len <= 10'd4);
    if (np_valid_i) assume (!np_hdr_i.fmt[1] || (np_hdr_i.len >= 10'd1 && np_hdr_i.len <= 10'd4));
    f_take_q  <= (p_take || np_take) && !rst_i;
    f_stall_q <= rq_tvalid_o && !rq_tready_i && !rst_i;
    f_in_q    <= rst_i ? 1'b0 : rq_tvalid_o && rq_tready_i ? !rq_tlast_o : f_in_q;
    f_out_q   <= {rq_tlast_o, rq_tdata_o, rq_tkeep_o, rq_tuser_o};
    if (p_take || np_take) {f_hdr_q, f_data_q} <= {hdr, data};
    if (f_past) begin
      // what waits does not change; a packet has no pause
      if (f_stall_q) assert (rq_tvalid_o && {rq_tlast_o, rq_tdata_o, rq_tkeep_o, rq_tuser_o} == f_out_q);
      if (f_in_q) assert (rq_tvalid_o);
      // one of the two is taken, posted first, and is there in the next cycle; nothing else is
      assert (!(p_take && np_take) && !(np_take && p_valid_i));
      if (f_take_q) assert (rq_tvalid_o && !f_in_q);
      assert (rq_tvalid_o == (f_take_q || f_stall_q || f_in_q));
      // it is what came: descriptor, then payload
      if (rq_tvalid_o && !f_in_q)
        assert (rq_tdata_o[73:64] == f_hdr_q.len && rq_tdata_o[103:96] == f_hdr_q.tag && rq_tdata_o[63:2] ==
                (f_hdr_q.fmt[0] ? {f_hdr_q.dw2, f_hdr_q.dw3[31:2]} : {32'd0, f_hdr_q.dw2[31:2]}));
      if (rq_tvalid_o && !f_in_q)
        assert (rq_tdata_o[79:75] == {f_hdr_q.ep, f_hdr_q.typ == 5'b01100 ? 4'd4 : f_hdr_q.typ == 5'b01101 ? 4'd5 :
                                      f_hdr_q.typ == 5'b01110 ? 4'd6 : {3'd0, f_hdr_q.fmt[1]}});
      if (rq_tvalid_o)
        assert (rq_tuser_o[7:0] == (f_hdr_q.typ == 5'b00000 ? {f_hdr_q.last_be, f_hdr_q.first_be} : 8'hff));
      if (rq_tvalid_o && (W == 256 || f_in_q)) assert (rq_tdata_o[W-1-:128] == f_data_q);
      if (W == 128 && rq_tvalid_o) assert (rq_tlast_o == (f_in_q || !f_hdr_q.fmt[1]));
      assert (begun_q[1] == (rq_tvalid_o && !f_in_q));
      if (held_q) assert (begun_q[1] && !posted_q);
      // a non-posted request finds its credit, so the block never waits with one
      if (start && held_q) assert (f_credit_q != '0);
      // whatever the block does with non-posted ones, a posted one that may be counted waits for its output alone
      assert (p_ready_o == ((!rq_tvalid_o || (rq_tready_i && rq_tlast_o)) && ahead_o < MOST));
      // those that a completion could pass: here, or at the block
      assert (ahead_o == f_sent_q + 6'(begun_q[1] && posted_q) && ahead_o <= MOST && f_sent_q <= MOST);
      // credits as late as they are said
      assert ({1'b0, f_credit_q} + 6'(went_q[0]) + 6'(went_q[1]) >= {1'b0, f_late2_q});
      assert ({1'b0, f_credit_q} + 6'(went_q[0]) >= {1'b0, f_late1_q});
      assert (f_credit_q >= 5'(held_q));
    end
    cover (f_past && start && held_q && f_credit_q == 5'd1);
    cover (f_past && np_take && ahead_o != '0);
  end
  if (W == 128) begin : g_formal
    always_ff @(posedge clk_i) if (f_past && rq_tvalid_o && !f_in_q) assert (g_narrow.rest_q == f_data_q);
  end
`endif
endmodule
