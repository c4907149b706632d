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

`ifdef FORMAL
  // The TLP that is being sent is copied when it begins; its beats are compared with the copy.
  logic f_past = 1'b0, f_begin, f_stall_q, f_said_q, f_room_q;
  logic [2:0]   f_class, f_class_q, f_wait_q;    // p, cpl, np
  logic [W+W/8:0] f_beat_q;
  logic [255:0] f_tlp_q;
  logic [11:0]  f_at_q, f_next_q, f_of;          // DWs before the beat at the output, with it, and in all
  logic [11:0]  f_j, f_k;
  logic [31:0]  f_dw;
  logic [767:0] f_in_q;
  assign f_class = p_valid_i ? 3'b100 : cpl_valid_i ? 3'b010 : 3'b001;
  assign f_begin = step && !within_q;
  assign f_of    = 12'd3 + 12'(f_tlp_q[253]) +
                   (!f_tlp_q[254] ? 12'd0 : f_tlp_q[233:224] == 0 ? 12'd1024 : 12'(f_tlp_q[233:224]));
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the card's part: what waits does not change
    f_wait_q <= {p_valid_i && !p_ready_o, cpl_valid_i && !cpl_ready_o, np_valid_i && !np_ready_o} & {3{!rst_i}};
    f_in_q   <= {p_hdr_i, p_data_i, cpl_hdr_i, cpl_data_i, np_hdr_i, np_data_i};
    if (f_wait_q[2]) assume (p_valid_i && f_in_q[767:512] == {p_hdr_i, p_data_i});
    if (f_wait_q[1]) assume (cpl_valid_i && f_in_q[511:256] == {cpl_hdr_i, cpl_data_i});
    if (f_wait_q[0]) assume (np_valid_i && f_in_q[255:0] == {np_hdr_i, np_data_i});

    f_stall_q <= tvalid_o && !tready_i && !rst_i;
    f_beat_q  <= {tdata_o, tkeep_o, tlast_o};
    f_said_q  <= step && !rst_i;
    f_room_q  <= 32'(buf_av_i) >= NP_BUFFERS && !rst_i;
    if (rst_i) {f_at_q, f_next_q} <= '0;
    else if (step) begin
      f_at_q   <= f_begin ? 12'd0 : f_next_q;
      f_next_q <= f_begin ? 12'(DWS) : f_next_q + 12'(DWS);
    end
    if (f_begin) begin
      f_class_q <= f_class;
      f_tlp_q   <= p_valid_i ? {p_hdr_i, p_data_i} : cpl_valid_i ? {cpl_hdr_i, cpl_data_i} : {np_hdr_i, np_data_i};
    end
    if (f_past) begin
      // a beat stays until it is taken, and there is none but those of TLPs
      if (f_stall_q) assert (tvalid_o && f_beat_q == {tdata_o, tkeep_o, tlast_o});
      assert (tvalid_o == (f_said_q || f_stall_q));
      // a TLP leaves the card's output with its last beat, once
      if (!rst_i) assert (step && last == (p_ready_o || cpl_ready_o || np_ready_o) || !step);
      assert (2'(p_ready_o) + 2'(cpl_ready_o) + 2'(np_ready_o) <= 1);
      if (within_q) assert (({p_ready_o, cpl_ready_o, np_ready_o} & ~f_class_q) == 0);
      else assert (({p_ready_o, cpl_ready_o, np_ready_o} & ~f_class) == 0);
      // nothing posted waits when a completion begins, neither when an AtomicOp does; that has room
      if (f_begin && f_class == 3'b001) assert (np_valid_i && f_room_q && !p_valid_i && !cpl_valid_i);
      // posted writes and completions never wait for AtomicOps, but for the end of one that has begun
      if (!within_q && (p_valid_i || cpl_valid_i) && (!tvalid_o || tready_i)) assert (step);
      // the beat at the output
      if (tvalid_o) begin
        assert (tlast_o == (f_at_q + 12'(DWS) >= f_of));
        assert (within_q == !tlast_o);
        for (int unsigned i = 0; i < DWS; i++) begin
          f_j  = f_at_q + 12'(i);
          f_k  = f_j - 12'd3 - 12'(f_tlp_q[253]);
          f_dw = f_tlp_q[32*32'(f_k[1:0])+:32];
          f_dw = f_k >= 4 ? 32'd0 : {f_dw[7:0], f_dw[15:8], f_dw[23:16], f_dw[31:24]};
          if (f_j < 3 || (f_j == 3 && f_tlp_q[253])) f_dw = f_tlp_q[255-32*32'(f_j[1:0])-:32];
          assert (tkeep_o[4*i+:4] == {4{f_j < f_of}});
          if (f_j < f_of) assert (tdata_o[32*i+:32] == f_dw);
        end
      end
    end
    cover (f_past && tvalid_o && tlast_o && f_class_q == 3'b010 && f_at_q > 8);
    cover (f_past && tvalid_o && tlast_o && f_class_q == 3'b001 && f_stall_q && p_valid_i);
    cover (f_past && np_valid_i && !room_q && step && !within_q && p_valid_i);
  end
`endif
endmodule
