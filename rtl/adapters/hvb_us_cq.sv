// SPDX-License-Identifier: MIT
// Requests in, from the completer request stream of an UltraScale(+) PCIe block (PG156, PG213) to the card's.
// Promises: a request is at the card one cycle behind its last beat; a beat is taken in every cycle in which the
// card takes what it has, so payload past 128 bits, which is dropped, costs only its own beats; order is kept. A
// request whose payload the block gives up (discontinue) comes with err. Non-posted requests: 32 credits go to the
// block, one more for each that leaves the card.
// Relies on: DWORD-aligned mode, no straddle, no 10-bit tags; reset together with the block's user side.
module hvb_us_cq #(
    parameter int unsigned W = 256  // bits of the block's stream: 128 or 256
) (
    input  logic              clk_i,
    input  logic              rst_i,
    // block
    input  logic              cq_tvalid_i,
    output logic              cq_tready_o,
    input  logic              cq_tlast_i,
    input  logic [W-1:0]      cq_tdata_i,
    input  logic [87:0]       cq_tuser_i,    // UltraScale has 85 of these
    output logic [1:0]        cq_np_req_o,   // UltraScale has bit 0
    // card
    output logic              req_valid_o,
    input  logic              req_ready_i,
    output logic              req_err_o,
    output logic [2:0]        req_bar_o,
    output hvb_pkg::req_hdr_t req_hdr_o,
    output logic [127:0]      req_data_o,    // past the payload's end anything
    input  logic              np_ret_i,
    // a request that the card will refuse is handed to it: byte enables and descriptor, for hvb_us_cc
    output logic              refuse_o,
    output logic [135:0]      refuse_what_o
);
  if (W != 128 && W != 256) begin : g_bad_w
    $fatal(1, "hvb_us_cq: W must be 128 or 256");
  end

  // descriptor of memory, I/O and atomic requests; messages have another, but the same type, length, tag and requester
  typedef struct packed {
    logic        rsvd1;
    logic [2:0]  attr;
    logic [2:0]  tc;
    logic [5:0]  aperture;
    logic [2:0]  bar;
    logic [7:0]  func;
    logic [7:0]  tag;
    logic [15:0] id;
    logic        rsvd0;
    logic [3:0]  typ;
    logic [10:0] len;
    logic [61:0] addr;
    logic [1:0]  at;
  } desc_t;
  localparam logic [3:0] MEM_RD = 4'd0, MEM_WR = 4'd1, IO_RD = 4'd2, IO_WR = 4'd3, FETCHADD = 4'd4, SWAP = 4'd5,
      CAS = 4'd6, LOCKED_RD = 4'd7;
  localparam int unsigned DISCONTINUE = 41;  // in tuser
  localparam logic [5:0] CREDITS = 6'd32;
  localparam logic [4:0] TYP_LOCKED = 5'b00001, TYP_IO = 5'b00010, TYP_MSG = 5'b10000;

  desc_t desc;
  hvb_pkg::req_hdr_t hdr;
  logic take, first_q, data, io, np, np_q, odd, odd_q, lost, known_bar, refuse_q;
  assign desc      = cq_tdata_i[127:0];
  assign data      = desc.typ[3] ? desc.len != '0 : desc.typ != MEM_RD && desc.typ != IO_RD && desc.typ != LOCKED_RD;
  assign io        = desc.typ == IO_RD || desc.typ == IO_WR;
  assign np        = !desc.typ[3] && desc.typ != MEM_WR;
  assign known_bar = !desc.bar[0] && desc.bar != 3'd6;
  // an AtomicOp of a size that there is not
  assign odd       = np && desc.typ[2] && desc.typ != LOCKED_RD &&
                     (desc.typ == CAS ? desc.len != 11'd2 && desc.len != 11'd4 && desc.len != 11'd8
                                      : desc.len != 11'd1 && desc.len != 11'd2);

  always_comb begin
    hdr = '0;
    case (desc.typ)
      MEM_RD, MEM_WR: hdr.typ = hvb_pkg::TYP_MEM;
      IO_RD, IO_WR:   hdr.typ = TYP_IO;
      FETCHADD:       hdr.typ = hvb_pkg::TYP_FETCHADD;
      SWAP:           hdr.typ = hvb_pkg::TYP_SWAP;
      CAS:            hdr.typ = hvb_pkg::TYP_CAS;
      LOCKED_RD:      hdr.typ = TYP_LOCKED;
      default:        hdr.typ = TYP_MSG;
    endcase
    hdr.fmt  = {1'b0, data, desc.typ[3] || (!io && desc.addr[61:30] != '0)};
    hdr.tc   = desc.tc;
    {hdr.attr2, hdr.attr} = desc.attr;
    hdr.at   = desc.at;
    hdr.len  = desc.len[9:0];
    hdr.id   = desc.id;
    hdr.tag  = desc.tag;
    {hdr.last_be, hdr.first_be} = cq_tuser_i[7:0];
    hdr.dw2  = hdr.fmt[0] ? desc.addr[61:30] : {desc.addr[29:0], 2'b00};
    hdr.dw3  = hdr.fmt[0] ? {desc.addr[29:0], 2'b00} : 32'd0;
  end

  assign cq_tready_o = !req_valid_o || req_ready_i;
  assign take        = cq_tvalid_i && cq_tready_o;
  // non-posted, but the card will not answer it: its credit goes back at once
  assign lost        = take && cq_tlast_i && (first_q ? np : np_q) &&
                       (cq_tuser_i[DISCONTINUE] || (first_q ? odd : odd_q));

  // credits that wait to be given: one a cycle
  logic [5:0] give_q;
  assign cq_np_req_o   = {1'b0, give_q != '0};
  assign refuse_o      = req_valid_o && req_ready_i && refuse_q && !req_err_o;

  always_ff @(posedge clk_i) begin
    if (take && first_q) begin
      req_hdr_o     <= hdr;
      req_bar_o     <= desc.bar;
      np_q          <= np;
      odd_q         <= odd;
      refuse_q      <= np && !odd && (io || desc.typ == LOCKED_RD || !known_bar);
      refuse_what_o <= {desc, cq_tuser_i[7:0]};
    end
    if (take) first_q <= cq_tlast_i;
    if (take && cq_tlast_i) req_err_o <= cq_tuser_i[DISCONTINUE];
    req_valid_o <= (take && cq_tlast_i) || (req_valid_o && !req_ready_i);
    give_q      <= give_q + 6'(np_ret_i) + 6'(lost) - 6'(give_q != '0);
    if (rst_i) begin
      first_q     <= 1'b1;
      req_valid_o <= 1'b0;
      give_q      <= CREDITS;
    end
  end

  if (W == 256) begin : g_wide
    always_ff @(posedge clk_i)
      if (take && first_q) req_data_o <= cq_tdata_i[W-1:W-128];
  end else begin : g_narrow
    logic second_q;
    always_ff @(posedge clk_i) begin
      if (take) second_q <= first_q;
      if (take && second_q && !first_q) req_data_o <= cq_tdata_i[127:0];
    end
  end

`ifdef FORMAL
  // The packet that comes, and the request that waits, each by its descriptor; where each credit is.
  desc_t f_desc_q;
  logic [127:0] f_data_q;
  logic [7:0] f_be_q;
  logic [4:0] f_typ;
  localparam logic [7:0] F_PAYLOAD = 8'b01111010;  // types that have payload
  logic f_past = 1'b0, f_stall_q, f_wait_q, f_last_q, f_np, f_took_q;
  logic [389:0] f_out_q;
  logic [W+88:0] f_in_q;
  logic [6:0] f_block_q, f_card_q;   // credits the block has; non-posted requests that the card has to answer
  logic f_data_there_q;
  logic f_here_q, f_answers;         // a non-posted request is in this module; the card will answer it
  assign f_np      = first_q ? np : np_q;
  assign f_answers = f_here_q && !req_err_o && !odd_q;
  always_comb
    case (f_desc_q.typ)
      4'd0, 4'd1: f_typ = 5'b00000;
      4'd2, 4'd3: f_typ = 5'b00010;
      4'd4: f_typ = 5'b01100;
      4'd5: f_typ = 5'b01101;
      4'd6: f_typ = 5'b01110;
      4'd7: f_typ = 5'b00001;
      default: f_typ = 5'b10000;
    endcase
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the block's part: a beat that waits does not change; only what has credit is delivered. The card's: it answers
    // once
    f_wait_q <= cq_tvalid_i && !cq_tready_o && !rst_i;
    f_in_q   <= {cq_tlast_i, cq_tdata_i, cq_tuser_i};
    if (f_past && f_wait_q) assume (cq_tvalid_i && {cq_tlast_i, cq_tdata_i, cq_tuser_i} == f_in_q);
    if (cq_tvalid_i && first_q && np) assume (f_block_q != '0);
    if (f_past) assume (!np_ret_i || f_card_q != '0);
    f_block_q <= rst_i ? '0 : f_block_q + 7'(cq_np_req_o != '0) - 7'(take && first_q && np);
    f_card_q  <= rst_i ? '0 : f_card_q + 7'(req_valid_o && req_ready_i && f_answers) - 7'(np_ret_i);
    f_here_q  <= rst_i ? 1'b0 : take && first_q ? np : f_here_q && !(req_valid_o && req_ready_i);
    if (take && first_q) {f_desc_q, f_be_q} <= {desc, cq_tuser_i[7:0]};
    if (take && first_q && W == 256) f_data_q <= cq_tdata_i[W-1:W-128];
    if (take && f_took_q && !first_q && W == 128) f_data_q <= cq_tdata_i[127:0];
    if (take) f_data_there_q <= (!first_q && (f_took_q || f_data_there_q));
    if (rst_i) f_took_q <= 1'b0;
    else if (take) f_took_q <= first_q;
    f_last_q  <= take && cq_tlast_i && !rst_i;
    f_stall_q <= req_valid_o && !req_ready_i && !rst_i;
    f_out_q   <= {req_err_o, req_bar_o, req_hdr_o, req_data_o};
    if (f_past) begin
      // what waits does not change
      if (f_stall_q) assert (req_valid_o && {req_err_o, req_bar_o, req_hdr_o, req_data_o} == f_out_q[259:0]);
      // a packet's end is a request in the next cycle; nothing else is
      assert (req_valid_o == (f_last_q || f_stall_q));
      assert (!req_valid_o || first_q);
      // it is what came, and the block waits for nothing but the card
      if (req_valid_o || !first_q)
        assert (req_hdr_o.tag == f_desc_q.tag && req_hdr_o.id == f_desc_q.id && req_hdr_o.len == f_desc_q.len[9:0] &&
                req_bar_o == f_desc_q.bar && np_q == (!f_desc_q.typ[3] && f_desc_q.typ != MEM_WR));
      // of its kind: with payload where that has some, and four DWs of header where its address needs them
      if (req_valid_o || !first_q)
        assert (req_hdr_o.typ == f_typ && {req_hdr_o.last_be, req_hdr_o.first_be} == f_be_q && !req_hdr_o.fmt[2] &&
                req_hdr_o.fmt[1] == (f_desc_q.typ[3] ? f_desc_q.len != '0 : F_PAYLOAD[f_desc_q.typ[2:0]]) &&
                req_hdr_o.fmt[0] == (f_desc_q.typ[3] || (f_typ != 5'b00010 && f_desc_q.addr[61:30] != '0)));
      if ((req_valid_o || !first_q) && (W == 256 || f_data_there_q)) assert (req_data_o == f_data_q);
      if ((req_valid_o || !first_q) && !f_desc_q.typ[3] && f_desc_q.typ[3:1] != 3'd1)
        assert ((req_hdr_o.fmt[0] ? {req_hdr_o.dw2, req_hdr_o.dw3} : {32'd0, req_hdr_o.dw2}) == {f_desc_q.addr, 2'b00});
      assert (cq_tready_o == (!req_valid_o || req_ready_i));
      // there are 32 credits: to be given, at the block, in here, at the card
      assert (9'(give_q) + 9'(f_block_q) + 9'(f_card_q) + 9'(f_here_q && (f_answers || !req_valid_o)) == 9'd32);
      if (!first_q) assert (f_here_q == np_q);
      if (req_valid_o) assert (f_here_q == np_q);
      if (first_q && !req_valid_o) assert (!f_here_q);
    end
    cover (f_past && f_stall_q && req_valid_o && np_q && refuse_q);
    cover (f_past && lost && np_ret_i);
  end
  if (W == 128) begin : g_formal
    always_ff @(posedge clk_i) if (f_past && !first_q) assert (g_narrow.second_q == f_took_q);
  end
`endif
endmodule
