// SPDX-License-Identifier: MIT
// Completions in, from the requester completion stream of an UltraScale(+) PCIe block (PG156, PG213) to the card's.
// Promises: a completion is at the card one cycle behind its last beat; every beat is taken; order is kept. What the
// block says in its error code: poisoned and UR, CA, CRS stand in the header as they stood on the link; what does
// not fit its request (3, 4, 5), or whose payload the block gives up, comes with err. Not passed on: what leaves its
// request open (an AtomicOp's completion is never split, so its end will be wrong too), and the block's own time-out
// and FLR, which are no TLP: the card has a time-out itself, and keeps the tag from use for another one behind it.
// Relies on: DWORD-aligned mode, no straddle, tags given by the card (client tags). The block has matched the
// requester: the header says id_i, for UltraScale does not tell its bus number.
module hvb_us_rc #(
    parameter int unsigned W = 256  // bits of the block's stream: 128 or 256
) (
    input  logic              clk_i,
    input  logic              rst_i,
    input  logic [15:0]       id_i,          // the card's cfg_id_i
    // block
    input  logic              rc_tvalid_i,
    output logic              rc_tready_o,
    input  logic              rc_tlast_i,
    input  logic [W-1:0]      rc_tdata_i,
    input  logic [74:0]       rc_tuser_i,
    // card
    output logic              cpl_valid_o,
    output logic              cpl_err_o,
    output hvb_pkg::cpl_hdr_t cpl_hdr_o,
    output logic [127:0]      cpl_data_o     // past the payload's end anything
);
  if (W != 128 && W != 256) begin : g_bad_w
    $fatal(1, "hvb_us_rc: W must be 128 or 256");
  end

  typedef struct packed {
    logic        rsvd2;
    logic [2:0]  attr;
    logic [2:0]  tc;
    logic        rsvd1;
    logic [15:0] completer;
    logic [7:0]  tag;
    logic [15:0] requester;
    logic        rsvd0;
    logic        poisoned;
    logic [2:0]  status;
    logic [10:0] len;
    logic        rsvd;
    logic        completed;
    logic        locked;
    logic [12:0] bytes;
    logic [3:0]  error;
    logic [11:0] low_addr;
  } desc_t;
  localparam logic [3:0] POISONED = 4'd1, BAD_COUNT = 4'd3, BAD_FIELDS = 4'd4, BAD_ADDRESS = 4'd5, BAD_TAG = 4'd6,
      FLR = 4'd8, TIMEOUT = 4'd9;
  localparam int unsigned DISCONTINUE = 42;  // in tuser

  desc_t desc;
  hvb_pkg::cpl_hdr_t hdr;
  logic first_q, pass, pass_q, unfit, unfit_q;
  assign desc  = rc_tdata_i[95:0];
  assign unfit = desc.error == BAD_COUNT || desc.error == BAD_FIELDS || desc.error == BAD_ADDRESS;
  // what belongs to no request is passed on as it is: the card counts it
  assign pass  = desc.error == BAD_TAG || (desc.completed && desc.error != TIMEOUT && desc.error != FLR);

  always_comb begin
    hdr = '0;
    hdr.typ       = hvb_pkg::TYP_CPL;
    hdr.fmt       = {1'b0, desc.len != '0, 1'b0};
    hdr.tc        = desc.tc;
    {hdr.attr2, hdr.attr} = desc.attr;
    hdr.ep        = desc.poisoned || desc.error == POISONED;
    hdr.len       = desc.len[9:0];
    hdr.completer = desc.completer;
    hdr.status    = desc.status;
    hdr.bytes     = desc.bytes[11:0];
    hdr.requester = id_i;
    hdr.tag       = desc.tag;
    hdr.low_addr  = desc.low_addr[6:0];
  end

  assign rc_tready_o = 1'b1;

  always_ff @(posedge clk_i) begin
    if (rc_tvalid_i && first_q) begin
      cpl_hdr_o <= hdr;
      pass_q    <= pass;
      unfit_q   <= unfit;
    end
    if (rc_tvalid_i) first_q <= rc_tlast_i;
    cpl_err_o   <= (first_q ? unfit : unfit_q) || rc_tuser_i[DISCONTINUE];
    cpl_valid_o <= rc_tvalid_i && rc_tlast_i && (first_q ? pass : pass_q) && !rst_i;
    if (rst_i) first_q <= 1'b1;
  end

  if (W == 256) begin : g_wide
    always_ff @(posedge clk_i)
      if (rc_tvalid_i && first_q) cpl_data_o <= rc_tdata_i[W-33-:128];
  end else begin : g_narrow
    logic second_q;
    always_ff @(posedge clk_i) begin
      if (rc_tvalid_i) second_q <= first_q;
      if (rc_tvalid_i && first_q) cpl_data_o[31:0] <= rc_tdata_i[127:96];
      if (rc_tvalid_i && second_q && !first_q) cpl_data_o[127:32] <= rc_tdata_i[95:0];
    end
  end

`ifdef FORMAL
  logic f_past = 1'b0, f_end_q, f_first_q, f_bad_q;
  desc_t f_desc_q;
  logic [63:0] f_data_q;
  logic f_second_q, f_there_q;  // the second beat comes; payload past the first DW came
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    if (rc_tvalid_i && first_q) f_desc_q <= desc;
    if (rc_tvalid_i && first_q) f_data_q[31:0] <= rc_tdata_i[127:96];
    if (rc_tvalid_i && (W == 256 ? first_q : f_second_q && !first_q))
      f_data_q[63:32] <= W == 256 ? rc_tdata_i[W/2+31-:32] : rc_tdata_i[31:0];
    if (rc_tvalid_i) f_there_q <= W == 256 || (!first_q && (f_second_q || f_there_q));
    if (rst_i) f_second_q <= 1'b0;
    else if (rc_tvalid_i) f_second_q <= first_q;
    f_end_q <= rc_tvalid_i && rc_tlast_i && !rst_i;
    f_bad_q <= rc_tuser_i[DISCONTINUE];
    if (f_past) begin
      assert (rc_tready_o);
      // what ends a request, or belongs to none, is a completion in the next cycle; nothing else is
      assert (cpl_valid_o == (f_end_q && (f_desc_q.error == 4'd6 ||
                                          (f_desc_q.completed && f_desc_q.error != 4'd8 && f_desc_q.error != 4'd9))));
      // it is what came; what came right is right, and nothing else
      if (cpl_valid_o) begin
        assert (cpl_hdr_o.tag == f_desc_q.tag && cpl_hdr_o.status == f_desc_q.status &&
                cpl_hdr_o.bytes == f_desc_q.bytes[11:0] && cpl_hdr_o.len == f_desc_q.len[9:0] &&
                cpl_data_o[31:0] == f_data_q[31:0]);
        if (f_there_q) assert (cpl_data_o[63:32] == f_data_q[63:32]);
        if (f_desc_q.error == 4'd0) assert (cpl_err_o == f_bad_q && cpl_hdr_o.ep == f_desc_q.poisoned);
        if (f_desc_q.error == 4'd1) assert (cpl_hdr_o.ep);
        if (f_desc_q.error == 4'd3 || f_desc_q.error == 4'd4 || f_desc_q.error == 4'd5) assert (cpl_err_o);
      end
      if (!first_q) assert (pass_q == (f_desc_q.error == 4'd6 || (f_desc_q.completed && f_desc_q.error != 4'd8 &&
                                                                   f_desc_q.error != 4'd9)));
      if (!first_q)
        assert (unfit_q == (f_desc_q.error == 4'd3 || f_desc_q.error == 4'd4 || f_desc_q.error == 4'd5) &&
                cpl_hdr_o.tag == f_desc_q.tag && cpl_hdr_o.status == f_desc_q.status && cpl_hdr_o.bytes ==
                f_desc_q.bytes[11:0] && cpl_hdr_o.len == f_desc_q.len[9:0] && cpl_data_o[31:0] == f_data_q[31:0] &&
                cpl_hdr_o.ep == (f_desc_q.poisoned || f_desc_q.error == 4'd1));
      if (!first_q && f_there_q) assert (cpl_data_o[63:32] == f_data_q[63:32]);
    end
    cover (f_past && cpl_valid_o && f_desc_q.error == 4'd6);
    cover (f_past && cpl_valid_o && f_desc_q.error == 4'd0 && f_there_q && !cpl_err_o);
    cover (f_past && cpl_valid_o && f_desc_q.error == 4'd4);
    cover (f_past && f_end_q && !cpl_valid_o);
  end
  if (W == 128) begin : g_formal
    always_ff @(posedge clk_i) if (f_past && !first_q) assert (g_narrow.second_q == f_second_q);
  end
`endif
endmodule
