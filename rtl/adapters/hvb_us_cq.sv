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
  logic take, first_q, data, io, np, np_q, np_now, lost, known_bar, refuse_q;
  assign desc      = cq_tdata_i[127:0];
  assign data      = desc.typ[3] ? desc.len != '0 : desc.typ != MEM_RD && desc.typ != IO_RD && desc.typ != LOCKED_RD;
  assign io        = desc.typ == IO_RD || desc.typ == IO_WR;
  assign np        = !desc.typ[3] && desc.typ != MEM_WR;
  assign known_bar = !desc.bar[0] && desc.bar != 3'd6;

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
  assign np_now      = first_q ? np : np_q;
  assign lost        = take && cq_tlast_i && cq_tuser_i[DISCONTINUE] && np_now;  // the card will not answer it

  // credits that wait to be given: one a cycle
  logic [5:0] give_q;
  assign cq_np_req_o   = {1'b0, give_q != '0};
  assign refuse_o      = req_valid_o && req_ready_i && refuse_q && !req_err_o;

  always_ff @(posedge clk_i) begin
    if (take && first_q) begin
      req_hdr_o     <= hdr;
      req_bar_o     <= desc.bar;
      np_q          <= np;
      refuse_q      <= np && (io || desc.typ == LOCKED_RD || !known_bar);
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
      if (take && second_q) req_data_o <= cq_tdata_i[127:0];
    end
  end
endmodule
