// SPDX-License-Identifier: MIT
// Part of the model of an UltraScale(+) block: TLPs from the link as packets of the completer request and requester
// completion streams (PG156, PG213). It counts the credits for non-posted requests as the block does, knows which
// tags are out, and says of a completion what the block finds in it. A malformed TLP without payload is dropped, one
// with payload is discontinued. A model for tests: what is wrong about a completion besides may stand in its
// header's last DW (bit 31: there is something; 5 discontinue; 4 request completed; 3:0 error code).
module hvb_us_down #(
    parameter int unsigned W = 256,
    parameter int unsigned SEED = 1
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         random_i,
    input  logic         valid_i,
    output logic         ready_o,
    input  logic         cpl_i,
    input  logic         err_i,
    input  logic [2:0]   bar_i,
    input  logic [127:0] hdr_i,
    input  logic [127:0] data_i,
    output logic         np_ok_o,
    input  logic         sent_i,          // a non-posted request of the card went out
    input  logic [7:0]   sent_tag_i,
    output logic         asked_o,         // one came in: tag, then descriptor and byte enables
    output logic [7:0]   asked_tag_o,
    output logic [135:0] asked_what_o,
    output logic         cq_tvalid_o,
    input  logic         cq_tready_i,
    output logic         cq_tlast_o,
    output logic [W-1:0] cq_tdata_o,
    output logic [87:0]  cq_tuser_o,
    input  logic [1:0]   cq_np_req_i,
    output logic         rc_tvalid_o,
    input  logic         rc_tready_i,
    output logic         rc_tlast_o,
    output logic [W-1:0] rc_tdata_o,
    output logic [74:0]  rc_tuser_o,
    output logic         idle_o
);
  hvb_pkg::req_hdr_t req;
  hvb_pkg::cpl_hdr_t cpl;
  assign req = hdr_i;
  assign cpl = hdr_i;
  logic has_data, drop, cq_valid, cq_ready, rc_valid, rc_ready, moved;
  assign has_data = hdr_i[126];
  assign drop     = err_i && !has_data;
  assign cq_valid = valid_i && !cpl_i && !drop;
  assign rc_valid = valid_i && cpl_i && !drop;
  assign ready_o  = drop || (cpl_i ? rc_ready : cq_ready);
  assign moved    = valid_i && ready_o && !drop;

  // ---- requests
  logic [63:0]  addr;
  logic [3:0]   typ;
  logic         np;
  logic [127:0] cq_desc;
  logic [10:0]  len;
  logic [5:0]   credit_q;
  assign addr = req.fmt[0] ? {req.dw2, req.dw3} : {32'd0, req.dw2};
  assign len  = typ == 4'd12 && !has_data ? 11'd0 : {req.len == '0, req.len};
  always_comb
    case (req.typ)
      5'b00000: typ = has_data ? 4'd1 : 4'd0;
      5'b00010: typ = has_data ? 4'd3 : 4'd2;
      5'b01100: typ = 4'd4;
      5'b01101: typ = 4'd5;
      5'b01110: typ = 4'd6;
      5'b00001: typ = 4'd7;
      default:  typ = 4'd12;
    endcase
  assign np           = typ != 4'd1 && typ != 4'd12;
  assign cq_desc      = {1'b0, {req.attr2, req.attr}, req.tc, 6'd16, bar_i, 8'd0, req.tag, req.id, 1'b0, typ, len,
                         addr[63:2], req.at};
  assign asked_o      = moved && !cpl_i && np;
  assign asked_tag_o  = req.tag;
  assign asked_what_o = {cq_desc, req.last_be, req.first_be};
  assign np_ok_o      = credit_q != '0;

  logic cq_first, cq_bad;
  logic [7:0] cq_be;
  logic [31:0] cq_byte_en;
  hvb_us_packet #(.W(W), .HEAD(4), .SEED(SEED)) u_cq (
      .clk_i, .rst_i, .random_i, .valid_i(cq_valid), .ready_o(cq_ready), .head_i({data_i, cq_desc}),
      .dws_i(has_data ? len : 11'd0), .be_i({req.last_be, req.first_be}), .discontinue_i(err_i),
      .tvalid_o(cq_tvalid_o), .tready_i(cq_tready_i), .tlast_o(cq_tlast_o), .tdata_o(cq_tdata_o), .first_o(cq_first),
      .be_o(cq_be), .byte_en_o(cq_byte_en), .discontinue_o(cq_bad));
  assign cq_tuser_o = {35'd0, 11'd0, cq_bad, cq_first, cq_byte_en, cq_be};

  // ---- completions
  logic [255:0] out_q;  // tags of requests on the link
  logic         said, known, full, completed, rc_bad, rc_first;
  logic [3:0]   code;
  logic [95:0]  rc_desc;
  logic [7:0]   rc_be;
  logic [31:0]  rc_byte_en;
  assign said  = cpl.none[31];
  assign known = out_q[cpl.tag];
  assign full  = {cpl.len, 2'b00} >= cpl.bytes;
  always_comb begin
    code      = 4'd0;
    completed = 1'b1;
    if (!known) {code, completed} = {4'd6, 1'b0};
    else if (cpl.ep) code = 4'd1;
    else if (cpl.status != '0) code = 4'd2;
    else if (!has_data) code = 4'd3;
    else completed = full;
    if (said) {completed, code} = cpl.none[4:0];
  end
  assign rc_desc = {1'b0, {cpl.attr2, cpl.attr}, cpl.tc, 1'b0, cpl.completer, cpl.tag, cpl.requester, 1'b0, cpl.ep,
                    cpl.status, has_data ? {1'b0, cpl.len} : 11'd0, 1'b0, completed, 1'b0, {1'b0, cpl.bytes}, code,
                    5'd0, cpl.low_addr};
  hvb_us_packet #(.W(W), .HEAD(3), .SEED(SEED ^ 32'h5555)) u_rc (
      .clk_i, .rst_i, .random_i, .valid_i(rc_valid), .ready_o(rc_ready), .head_i({32'd0, data_i, rc_desc}),
      .dws_i(has_data ? {1'b0, cpl.len} : 11'd0), .be_i(8'hff), .discontinue_i(err_i || (said && cpl.none[5])),
      .tvalid_o(rc_tvalid_o), .tready_i(rc_tready_i), .tlast_o(rc_tlast_o), .tdata_o(rc_tdata_o), .first_o(rc_first),
      .be_o(rc_be), .byte_en_o(rc_byte_en), .discontinue_o(rc_bad));
  assign rc_tuser_o = {32'd0, rc_bad, 8'd0, 1'b0, rc_first, rc_byte_en};
  assign idle_o     = !cq_tvalid_o && !rc_tvalid_o && !valid_i;

  always_ff @(posedge clk_i) begin
    if (sent_i) out_q[sent_tag_i] <= 1'b1;
    if (moved && cpl_i && completed) out_q[cpl.tag] <= 1'b0;
    if (asked_o && cq_np_req_i == '0) credit_q <= credit_q - 6'd1;
    if (!asked_o && cq_np_req_i != '0 && credit_q != 6'd32) credit_q <= credit_q + 6'd1;
    if (!rst_i && asked_o && credit_q == '0) $fatal(1, "hvb_us_down: a request without credit");
    if (rst_i) begin
      out_q    <= '0;
      credit_q <= '0;
    end
  end
endmodule
