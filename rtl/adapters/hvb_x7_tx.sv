// SPDX-License-Identifier: MIT
// From the card's three output streams to the transmit stream of the 7-series integrated block (raw TLPs, PG054).
// Latency: a TLP's first beat is there one cycle after the card offers it. Throughput: a beat a cycle; with 128 bits
// that is an MSI-X message or a register read's completion a cycle, an AtomicOp in two. No cycle between TLPs.
// Ordering: posted first, then completions, which must not pass them, then AtomicOps; within a class as it comes. A TLP
// that has begun is finished. AtomicOps begin only while the block has NP_BUFFERS transmit buffers free, so that those
// which wait for the root's credits leave room for the other classes; the block lets these pass.
// A completion of more than 128 bits is filled up with zeroes, as the card defines.
module hvb_x7_tx #(
    parameter int unsigned W = 64,           // bits of the stream, 64 or 128
    parameter int unsigned NP_BUFFERS = 10   // 1 to 63: what the block holds back (up to 5) and what may be on the way
) (
    input  logic           clk_i,
    input  logic           rst_i,
    output logic           tvalid_o,
    input  logic           tready_i,
    output logic [W-1:0]   tdata_o,
    output logic [W/8-1:0] tkeep_o,
    output logic           tlast_o,
    input  logic [5:0]     buf_av_i,         // the block's tx_buf_av
    input  logic           p_valid_i,
    output logic           p_ready_o,
    input  logic [127:0]   p_hdr_i,
    input  logic [127:0]   p_data_i,
    input  logic           cpl_valid_i,
    output logic           cpl_ready_o,
    input  logic [127:0]   cpl_hdr_i,
    input  logic [127:0]   cpl_data_i,
    input  logic           np_valid_i,
    output logic           np_ready_o,
    input  logic [127:0]   np_hdr_i,
    input  logic [127:0]   np_data_i
);
  if (W != 64 && W != 128) begin : g_bad_w
    $fatal(1, "hvb_x7_tx: W must be 64 or 128");
  end
  if (NP_BUFFERS < 1 || NP_BUFFERS > 63) begin : g_bad_np_buffers
    $fatal(1, "hvb_x7_tx: NP_BUFFERS must be 1 to 63");
  end
  localparam int unsigned DWS = W / 32;

  // ---- whose turn it is
  logic p, cpl, np, p_q, cpl_q, np_q, room_q, within_q, any, step, last;
  assign p    = within_q ? p_q : p_valid_i;
  assign cpl  = within_q ? cpl_q : !p_valid_i && cpl_valid_i;
  assign np   = within_q ? np_q : !p_valid_i && !cpl_valid_i && np_valid_i && room_q;
  assign any  = p || cpl || np;
  assign step = any && (!tvalid_o || tready_i);
  assign p_ready_o   = step && last && p;
  assign cpl_ready_o = step && last && cpl;
  assign np_ready_o  = step && last && np;

  // ---- its next DWs: the TLP stays at the card's output until the last of them
  logic [127:0] hdr, data;
  logic [10:0]  at_q, dws, left;             // DWs sent, in all, and yet to send with this beat
  logic wide;
  assign hdr  = p ? p_hdr_i : cpl ? cpl_hdr_i : np_hdr_i;
  assign data = p ? p_data_i : cpl ? cpl_data_i : np_data_i;
  assign wide = hdr[125];
  assign dws  = 11'd3 + {10'd0, wide} + (hdr[126] ? {hdr[105:96] == '0, hdr[105:96]} : 11'd0);
  assign left = dws - at_q;
  assign last = 32'(left) <= DWS;

  logic [W-1:0] out;
  logic [10:0] j, k;
  logic [31:0] dw;
  always_comb
    for (int unsigned i = 0; i < DWS; i++) begin
      j  = at_q + 11'(i);                    // DW of the TLP, of the payload
      k  = j - 11'd3 - {10'd0, wide};
      dw = data[32*32'(k[1:0])+:32];
      dw = {dw[7:0], dw[15:8], dw[23:16], dw[31:24]};
      if (k[10:2] != '0) dw = '0;
      if (j < 11'd3 || (j == 11'd3 && wide)) dw = hdr[127-32*32'(j[1:0])-:32];
      out[32*i+:32] = dw;
    end

  always_ff @(posedge clk_i) begin
    room_q <= 32'(buf_av_i) >= NP_BUFFERS;
    if (tready_i) tvalid_o <= 1'b0;
    if (step) begin
      tvalid_o <= 1'b1;
      tdata_o  <= out;
      tlast_o  <= last;
      for (int unsigned i = 0; i < DWS; i++) tkeep_o[4*i+:4] <= {4{32'(left) > i}};
      at_q     <= last ? '0 : at_q + 11'(DWS);
      within_q <= !last;
      {p_q, cpl_q, np_q} <= {p, cpl, np};
    end
    if (rst_i) {tvalid_o, room_q, within_q, at_q} <= '0;
  end
endmodule
