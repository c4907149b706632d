// SPDX-License-Identifier: MIT
// Part of the model of an UltraScale(+) block: packets of the requester request and completer completion streams as
// TLPs for the link (PG156, PG213). Ends the simulation at whatever the block would not understand: a beat that
// changes while it waits, a packet of another length than it says, a non-posted request without credit, payload that
// is not zero where the card gives none, a refusal without its request. Requests take DELAY cycles before they
// cannot be passed any more, and completions do pass them: only then does the sequence number come back. A model for
// tests.
module hvb_us_up #(
    parameter int unsigned W = 256,
    parameter int unsigned SEED = 1,
    parameter int unsigned DELAY = 6,
    parameter int unsigned CREDITS = 16   // for non-posted requests on the link, at most 16
) (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            random_i,
    input  logic [15:0]     id_i,
    input  logic            asked_i,         // a request came in: tag, then descriptor and byte enables
    input  logic [7:0]      asked_tag_i,
    input  logic [135:0]    asked_what_i,
    output logic            sent_o,
    output logic [7:0]      sent_tag_o,
    output logic            valid_o,
    input  logic            ready_i,
    output logic [127:0]    hdr_o,
    output logic [127:0]    data_o,
    input  logic            np_left_i,       // a non-posted one is on the link: its credit is free
    input  logic            rq_tvalid_i,
    output logic            rq_tready_o,
    input  logic            rq_tlast_i,
    input  logic [W-1:0]    rq_tdata_i,
    input  logic [W/32-1:0] rq_tkeep_i,
    input  logic [61:0]     rq_tuser_i,
    output logic [3:0]      tfc_nph_av_o,
    output logic [3:0]      tfc_npd_av_o,
    output logic            rq_seq_vld0_o,
    output logic [5:0]      rq_seq_num0_o,
    output logic            rq_seq_vld1_o,
    output logic [5:0]      rq_seq_num1_o,
    input  logic            cc_tvalid_i,
    output logic            cc_tready_o,
    input  logic            cc_tlast_i,
    input  logic [W-1:0]    cc_tdata_i,
    input  logic [W/32-1:0] cc_tkeep_i,
    input  logic [32:0]     cc_tuser_i,
    output logic            idle_o
);
  localparam int unsigned LANES = W / 32, DEEP = 16;
  localparam int unsigned RQ_DWS = 8, CC_DWS = 40;

  // ---- what must be so of every beat
  logic rq_wait_q, cc_wait_q, rq_in_q, cc_in_q;
  logic [W+W/32+62:0] rq_was_q, rq_now;
  logic [W+W/32+33:0] cc_was_q, cc_now;
  assign rq_now = {rq_tlast_i, rq_tdata_i, rq_tkeep_i, rq_tuser_i};
  assign cc_now = {cc_tlast_i, cc_tdata_i, cc_tkeep_i, cc_tuser_i};
  logic rq_take, cc_take;
  assign rq_take = rq_tvalid_i && rq_tready_o;
  assign cc_take = cc_tvalid_i && cc_tready_o;
  function automatic logic keep_ok(input logic [W/32-1:0] keep, input logic last);
    keep_ok = last ? keep != '0 && (keep & (keep + 1'b1)) == '0 : &keep;
  endfunction
  always_ff @(posedge clk_i) begin
    rq_wait_q <= rq_tvalid_i && !rq_tready_o && !rst_i;
    cc_wait_q <= cc_tvalid_i && !cc_tready_o && !rst_i;
    rq_was_q  <= rq_now;
    cc_was_q  <= cc_now;
    rq_in_q   <= rq_take ? !rq_tlast_i : rq_in_q && !rst_i;
    cc_in_q   <= cc_take ? !cc_tlast_i : cc_in_q && !rst_i;
    if (!rst_i) begin
      if (rq_wait_q && (!rq_tvalid_i || rq_now != rq_was_q)) $fatal(1, "RQ: a beat changed while it waited");
      if (cc_wait_q && (!cc_tvalid_i || cc_now != cc_was_q)) $fatal(1, "CC: a beat changed while it waited");
      if (rq_in_q && !rq_tvalid_i) $fatal(1, "RQ: a pause within a packet");
      if (cc_in_q && !cc_tvalid_i) $fatal(1, "CC: a pause within a packet");
      if (rq_take && !keep_ok(rq_tkeep_i, rq_tlast_i)) $fatal(1, "RQ: tkeep");
      if (cc_take && !keep_ok(cc_tkeep_i, cc_tlast_i)) $fatal(1, "CC: tkeep");
      if (cc_take && cc_tuser_i != '0) $fatal(1, "CC: tuser");
    end
  end

  // ---- requests
  logic [31:0] noise_q;
  logic [32*RQ_DWS-1:0] rq_pkt_q, rq_pkt;
  logic [6:0]  rq_n_q, rq_n, cc_n_q, cc_n;
  logic [61:0] rq_user_q, rq_user;
  assign rq_user = rq_in_q ? rq_user_q : rq_tuser_i;
  always_comb begin
    rq_pkt = rq_in_q ? rq_pkt_q : '0;
    rq_n   = rq_in_q ? rq_n_q : 7'd0;
    for (int unsigned i = 0; i < LANES; i++)
      if (rq_tkeep_i[i]) begin
        if (32'(rq_n) < RQ_DWS) rq_pkt[32*rq_n[2:0]+:32] = rq_tdata_i[32*i+:32];
        rq_n = rq_n + 7'd1;
      end
  end
  logic [127:0] rq_desc;
  logic [3:0]   rq_typ, rq_first_typ;
  logic         rq_np, rq_has, rq_atomic, rq_first_np;
  hvb_pkg::req_hdr_t rq_hdr;
  assign rq_desc      = rq_pkt[127:0];
  assign rq_typ       = rq_desc[78:75];
  assign rq_first_typ = rq_tdata_i[78:75];
  assign rq_first_np  = rq_take && !rq_in_q && rq_first_typ != 4'd1;
  assign rq_np        = rq_typ != 4'd1;
  assign rq_has       = rq_typ != 4'd0;
  assign rq_atomic    = rq_typ >= 4'd4;
  always_comb begin
    rq_hdr = '0;
    rq_hdr.fmt = {1'b0, rq_has, rq_desc[63:32] != '0};
    rq_hdr.typ = rq_typ == 4'd4 ? 5'b01100 : rq_typ == 4'd5 ? 5'b01101 : rq_typ == 4'd6 ? 5'b01110 : 5'b00000;
    rq_hdr.tc  = rq_desc[123:121];
    {rq_hdr.attr2, rq_hdr.attr} = rq_desc[126:124];
    rq_hdr.ep  = rq_desc[79];
    rq_hdr.at  = rq_desc[1:0];
    rq_hdr.len = rq_desc[73:64];
    rq_hdr.id  = id_i;
    rq_hdr.tag = rq_desc[103:96];
    {rq_hdr.last_be, rq_hdr.first_be} = rq_atomic ? 8'h00 : rq_user[7:0];
    if (rq_desc[63:32] != '0) {rq_hdr.dw2, rq_hdr.dw3} = {rq_desc[63:2], 2'b00};
    else rq_hdr.dw2 = {rq_desc[31:2], 2'b00};
  end
  assign sent_o     = rq_take && rq_tlast_i && rq_np;
  assign sent_tag_o = rq_desc[103:96];

  // ---- completions
  logic [32*CC_DWS-1:0] cc_pkt_q, cc_pkt;
  logic [135:0] asked_q [256];
  always_comb begin
    cc_pkt = cc_in_q ? cc_pkt_q : '0;
    cc_n   = cc_in_q ? cc_n_q : 7'd0;
    for (int unsigned i = 0; i < LANES; i++)
      if (cc_tkeep_i[i]) begin
        if (32'(cc_n) < CC_DWS) cc_pkt[32*32'(cc_n)+:32] = cc_tdata_i[32*i+:32];
        cc_n = cc_n + 7'd1;
      end
  end
  logic [95:0] cc_desc;
  logic        cc_has, cc_refusal;
  hvb_pkg::cpl_hdr_t cc_hdr;
  assign cc_desc    = cc_pkt[95:0];
  assign cc_has     = cc_desc[42:32] != '0;
  assign cc_refusal = cc_desc[45:43] != '0;
  always_comb begin
    cc_hdr = '0;
    cc_hdr.fmt       = {1'b0, cc_has, 1'b0};
    cc_hdr.typ       = 5'b01010;
    cc_hdr.tc        = cc_desc[91:89];
    {cc_hdr.attr2, cc_hdr.attr} = cc_desc[94:92];
    cc_hdr.ep        = cc_desc[46];
    cc_hdr.len       = cc_desc[41:32];
    cc_hdr.completer = id_i;
    cc_hdr.status    = cc_desc[45:43];
    cc_hdr.bytes     = cc_desc[27:16];
    cc_hdr.requester = cc_desc[63:48];
    cc_hdr.tag       = cc_desc[71:64];
    cc_hdr.low_addr  = cc_desc[6:0];
  end

  // ---- towards the link: requests after a while, completions whenever they come
  logic [255:0] rq_head, cc_head;
  logic [5:0]   rq_seq;
  logic [4:0]   rq_count, cc_count;
  logic rq_empty, cc_empty, rq_pop, cc_pop, rq_old, cc_now_go, rq_go;
  logic [7:0]   age_q;
  hvb_fifo #(.WIDTH(262), .DEPTH(DEEP)) u_rq (
      .clk_i, .clear_i(rst_i), .push_i(rq_take && rq_tlast_i),
      .data_i({rq_user[61:60], rq_user[27:24], rq_hdr, rq_pkt[255:128]}), .pop_i(rq_pop), .head_o({rq_seq, rq_head}),
      .empty_o(rq_empty), .count_o(rq_count));
  hvb_fifo #(.WIDTH(256), .DEPTH(DEEP)) u_cc (
      .clk_i, .clear_i(rst_i), .push_i(cc_take && cc_tlast_i), .data_i({cc_hdr, cc_refusal ? 128'd0 : cc_pkt[223:96]}),
      .pop_i(cc_pop), .head_o(cc_head), .empty_o(cc_empty), .count_o(cc_count));
  assign rq_old    = 32'(age_q) >= DELAY && (!random_i || noise_q[10:9] == 2'd0);
  assign cc_now_go = !cc_empty && (!random_i || noise_q[12:11] != 2'd0);
  assign rq_go     = !rq_empty && rq_old;
  assign valid_o   = cc_now_go || rq_go;
  assign {hdr_o, data_o} = cc_now_go ? cc_head : rq_head;
  assign cc_pop    = cc_now_go && ready_i;
  assign rq_pop    = rq_go && !cc_now_go && ready_i;
  assign rq_tready_o = 32'(rq_count) < DEEP - 2 && (!random_i || noise_q[0] || noise_q[1]);
  assign cc_tready_o = 32'(cc_count) < DEEP - 2 && (!random_i || noise_q[2] || noise_q[3]);
  assign idle_o    = rq_empty && cc_empty && !rq_tvalid_i && !cc_tvalid_i && !rq_seq_vld0_o && seqs_q == '0;

  // ---- sequence numbers: of two in a cycle one comes on the second port; credits two cycles late
  logic [1:0] seqs_q;   // how many wait to be told
  logic [11:0] seq_q;
  logic [4:0] out_q, late1_q, late2_q;
  logic tell;
  assign tell = seqs_q == 2'd2 || (seqs_q == 2'd1 && (!random_i || noise_q[4]));
  assign tfc_nph_av_o = late2_q > 5'd15 ? 4'd15 : late2_q[3:0];
  assign tfc_npd_av_o = tfc_nph_av_o;

  always_ff @(posedge clk_i) begin
    noise_q <= {noise_q[30:0], noise_q[31] ^ noise_q[21] ^ noise_q[1] ^ noise_q[0]};
    if (rq_take) {rq_pkt_q, rq_n_q, rq_user_q} <= {rq_pkt, rq_n, rq_user};
    if (cc_take) {cc_pkt_q, cc_n_q} <= {cc_pkt, cc_n};
    if (asked_i) asked_q[asked_tag_i] <= asked_what_i;
    age_q <= rq_empty ? 8'd0 : age_q + 8'(age_q != '1);

    rq_seq_vld0_o <= rq_pop && seqs_q == 2'd0 && !random_i || tell;
    rq_seq_num0_o <= tell ? seq_q[5:0] : rq_seq;
    rq_seq_vld1_o <= tell && seqs_q == 2'd2;
    rq_seq_num1_o <= seq_q[11:6];
    if (tell) begin
      seqs_q <= 2'(rq_pop);
      seq_q  <= {6'd0, rq_seq};
    end else if (rq_pop && (random_i || seqs_q != 2'd0)) begin
      seqs_q <= seqs_q + 2'd1;
      if (seqs_q == 2'd0) seq_q[5:0] <= rq_seq;
      else seq_q[11:6] <= rq_seq;
    end

    out_q   <= out_q + 5'(rq_first_np) - 5'(np_left_i && out_q != '0);
    late1_q <= 5'(CREDITS) - out_q;
    late2_q <= late1_q;

    if (!rst_i) begin
      if (rq_first_np && 32'(out_q) >= CREDITS) $fatal(1, "RQ: a non-posted request without credit");
      if (rq_take && rq_tlast_i) begin
        if (rq_n != 7'd4 + (rq_has ? rq_desc[70:64] : 7'd0)) $fatal(1, "RQ: a packet of %0d DWs, len %0d", rq_n,
            rq_desc[74:64]);
        if (rq_user[59:28] != '0 || rq_user[23:8] != '0) $fatal(1, "RQ: tuser");
        if (rq_atomic && rq_user[7:0] != 8'hff) $fatal(1, "RQ: byte enables of an AtomicOp");
        if (rq_desc[120] || rq_desc[127]) $fatal(1, "RQ: requester id enable, ECRC");
      end
      if (cc_take && cc_tlast_i) begin
        if (cc_n != (cc_refusal ? 7'd8 : 7'd3 + cc_desc[38:32])) $fatal(1, "CC: a packet of %0d DWs, len %0d", cc_n,
            cc_desc[42:32]);
        if (!cc_refusal && cc_pkt[32*CC_DWS-1:224] != '0) $fatal(1, "CC: payload past 128 bits is not zero");
        if (cc_refusal && {cc_pkt[255:128], cc_pkt[103:96]} != asked_q[cc_hdr.tag])
          $fatal(1, "CC: a refusal of another request");
        if (cc_desc[88] || cc_desc[95] || cc_desc[29]) $fatal(1, "CC: completer id enable, ECRC, locked");
      end
    end
    if (rst_i) begin
      noise_q <= SEED;
      seqs_q  <= '0;
      out_q   <= '0;
      late1_q <= '0;
      late2_q <= '0;
      age_q   <= '0;
      rq_seq_vld0_o <= 1'b0;
      rq_seq_vld1_o <= 1'b0;
    end
  end
endmodule
