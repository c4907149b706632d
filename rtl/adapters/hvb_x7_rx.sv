// SPDX-License-Identifier: MIT
// From the receive stream of the 7-series integrated block (raw TLPs, PG054) to the card's requests and completions.
// Latency: a TLP is at the card one cycle after its last beat. Throughput: every beat is taken at once, whatever the
// TLPs' lengths; with 128 bits also where a TLP begins in the middle of a beat, so one TLP of up to 4 DWs a beat. Only
// a request that the card does not take yet (one cycle behind what takes it two: hvb_front) closes the stream.
// Ordering: as received. Payload past 128 bits is dropped. A TLP with an ECRC error, or whose length is not what its
// header says, comes with err_o; one that never ends, or that has no beginning, does not come.
// Non-posted requests: np_ok_o holds them back in the block while the card has so many that those which may be on the
// way find room; the block sends up to two more (PG054, rx_np_ok). They are counted as the card counts them.
module hvb_x7_rx #(
    parameter int unsigned W = 64,           // bits of the stream, 64 or 128
    parameter int unsigned NP_CREDITS = 32   // non-posted requests that the card has room for, 9 to 63
) (
    input  logic           clk_i,
    input  logic           rst_i,
    input  logic           tvalid_i,
    output logic           tready_o,
    input  logic [W-1:0]   tdata_i,
    input  logic [W/8-1:0] tkeep_i,          // 64 bits: 0F or FF with tlast
    input  logic           tlast_i,          // 64 bits only
    input  logic [21:0]    tuser_i,          // 21:17 end, 14:10 begin (128 bits); 9:2 BAR hit; 0 ECRC error, at the end
    output logic           np_ok_o,
    output logic           req_valid_o,
    input  logic           req_ready_i,
    output logic           cpl_valid_o,      // always taken
    output logic           err_o,            // this and the rest: of either
    output logic [2:0]     bar_o,
    output logic [127:0]   hdr_o,
    output logic [127:0]   data_o,           // DWs past the TLP's length: anything
    input  logic           np_ret_i
);
  if (W != 64 && W != 128) begin : g_bad_w
    $fatal(1, "hvb_x7_rx: W must be 64 or 128");
  end
  if (NP_CREDITS < 9 || NP_CREDITS > 63) begin : g_bad_np_credits
    $fatal(1, "hvb_x7_rx: NP_CREDITS must be 9 to 63");
  end
  localparam int unsigned DWS = W / 32, DW_BITS = $clog2(DWS);
  // between a request's last beat and np_ok_o four cycles pass, in each of which another may come; then two more
  localparam int unsigned ON_THE_WAY = 8;

  // ---- where TLPs begin and end in this beat
  logic move, begin_low, begin_high, ends, emit, inside_q, high_q;
  logic [1:0] last_dw;
  if (W == 64) begin : g_64
    assign {begin_low, begin_high, ends, last_dw} = {!inside_q, 1'b0, tlast_i, 1'b0, tkeep_i[4]};
  end else begin : g_128
    assign {begin_low, begin_high, ends, last_dw} =
        {tuser_i[14] && !tuser_i[13], tuser_i[14] && tuser_i[13], tuser_i[21], tuser_i[20:19]};
  end
  assign tready_o = !req_valid_o || req_ready_i;
  assign move     = tvalid_i && tready_o;
  assign emit     = move && ends && (begin_low || inside_q);

  // ---- the TLP that this beat belongs to: its first DW, and how many pairs of DWs came before
  logic [9:0]  pairs_q, pairs;
  logic [2:0]  at;                           // the same, but no more than 4
  logic [63:0] begun_q;                      // two DWs that came in the upper half, behind another TLP's end
  logic [2:0]  begun_bar_q, bar;
  logic [31:0] first;
  logic        wide;                         // a header of 4 DWs
  assign pairs = begin_low ? 10'd0 : pairs_q;
  assign at    = pairs[9:2] != 0 ? 3'd4 : {1'b0, pairs[1:0]};
  assign first = begin_low ? tdata_i[31:0] : high_q ? begun_q[31:0] : hdr_o[127:96];
  assign wide  = first[29];
  always_comb begin
    bar = 3'd7;
    if (tuser_i[6]) bar = 3'd4;
    if (tuser_i[4]) bar = 3'd2;
    if (tuser_i[2]) bar = 3'd0;
  end

  // ---- its length, as it came and as its header has it
  logic [10:0] came, said;
  assign came = {pairs, 1'b0} + {9'd0, last_dw} + 11'd1;
  assign said = 11'd3 + {10'd0, wide} + {10'd0, first[15]} + (first[30] ? {first[9:0] == '0, first[9:0]} : 11'd0);

  // ---- every DW to its place; on the wire a payload's first byte is its DW's uppermost
  logic [127:0] hdr, data;
  logic [4:0] from;
  logic [31:0] dw;
  always_comb begin
    hdr  = hdr_o;
    data = data_o;
    if (high_q) hdr[127:64] = {begun_q[31:0], begun_q[63:32]};
    for (int unsigned i = 0; i < 4; i++) begin
      from = 5'(i) - {1'b0, at, 1'b0};
      if (32'(from) < DWS) hdr[127-32*i-:32] = tdata_i[32*32'(from[DW_BITS-1:0])+:32];
    end
    if (!wide) hdr[31:0] = '0;
    for (int unsigned i = 0; i < 4; i++) begin
      from = 5'(i) + 5'd3 + {4'd0, wide} - {1'b0, at, 1'b0};
      dw   = tdata_i[32*32'(from[DW_BITS-1:0])+:32];
      if (32'(from) < DWS) data[32*i+:32] = {dw[7:0], dw[15:8], dw[23:16], dw[31:24]};
    end
  end

  // ---- how many non-posted requests the card has
  hvb_pkg::op_t    op;
  hvb_pkg::asked_t asked;
  logic [5:0] open_q;
  logic [15:0] place;
  logic bad, miss, ctrl_bad, ctrl_write;
  hvb_decode #(.CFG_SPACE(1'b0)) u_decode (
      .valid_i(req_valid_o && req_ready_i), .hdr_i(hdr_o), .data_i(data_o), .err_i(err_o), .bar_i(bar_o),
      .mem_en_i(1'b1), .bar0_i('0), .bar2_i('0), .bar4_i('0), .bar_low_i('0), .op_o(op), .reg_o(place),
      .ctrl_write_o(ctrl_write), .asked_o(asked), .bad_o(bad), .miss_o(miss),
      .ctrl_bad_o(ctrl_bad));

  always_ff @(posedge clk_i) begin
    if (move) begin
      hdr_o       <= hdr;
      data_o      <= data;
      bar_o       <= begin_low ? bar : high_q ? begun_bar_q : bar_o;
      err_o       <= tuser_i[0] || came != said;
      pairs_q     <= begin_high ? 10'd1 : pairs + 10'(W / 64);
      begun_q     <= tdata_i[W-1-:64];
      begun_bar_q <= bar;
      inside_q    <= begin_high || ((begin_low || inside_q) && !ends);
      high_q      <= begin_high;
    end
    if (req_ready_i) req_valid_o <= 1'b0;
    cpl_valid_o <= emit && hdr[124:120] == hvb_pkg::TYP_CPL;
    if (emit && hdr[124:120] != hvb_pkg::TYP_CPL) req_valid_o <= 1'b1;
    open_q  <= open_q + 6'(op.np) - 6'(np_ret_i && open_q != 0);
    np_ok_o <= 32'(open_q) < NP_CREDITS - ON_THE_WAY;
    if (rst_i) {req_valid_o, cpl_valid_o, inside_q, high_q, open_q, np_ok_o} <= '0;
  end

`ifdef FORMAL
  // Every TLP is followed from its beginning to the card, by a copy of what its beats had where; one of them, chosen
  // freely, could be the only one: so what is proved of the copy holds for all.
  logic f_past = 1'b0, f_stall_q, f_held_q, f_ended_q, f_np_begins, f_np_ends;
  logic [11:0]  f_dws_q, f_before;           // DWs of the TLP at hand before this beat
  logic [255:0] f_tlp_q, f_tlp;              // its first 8 DWs, DW0 in 31:0
  logic [2:0]   f_bar_q, f_here;             // f_here: how many DWs of this beat are its
  logic [W+W/8+22:0] f_beat_q;
  logic [260:0] f_out_q;
  logic [1:0]   f_pending_q, f_more_q;
  logic [5:0]   f_np_here;                   // non-posted requests that have begun and are not counted yet
  logic [31:0]  f_first, f_dw, f_part;
  function automatic logic f_is_np(input logic [31:0] dw0);
    case (dw0[28:24])
      5'b00000, 5'b00001: f_is_np = !dw0[30];
      5'b00010, 5'b00100, 5'b00101, 5'b01100, 5'b01101, 5'b01110: f_is_np = 1'b1;
      default: f_is_np = 1'b0;
    endcase
  endfunction
  assign f_here   = ends ? 3'(last_dw) + 3'd1 : begin_high ? 3'd2 : 3'(DWS);
  assign f_before = begin_low ? 12'd0 : f_dws_q;
  assign f_first  = begin_high ? tdata_i[W-1-:64] : tdata_i[31:0];
  assign f_np_begins = move && (begin_low || begin_high) && f_is_np(f_first);
  assign f_np_ends   = inside_q && f_is_np(high_q ? begun_q[31:0] : hdr_o[127:96]);
  assign f_np_here   = 6'(f_np_ends) + 6'(req_valid_o && f_is_np(hdr_o[127:96]));
  always_comb begin
    f_tlp = f_tlp_q;
    for (int unsigned i = 0; i < 8; i++)
      for (int unsigned b = 0; b < DWS; b++)
        if (32'(f_before) + b == i && b < 32'(f_here)) f_tlp[32*i+:32] = tdata_i[32*b+:32];
  end
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the block's part: a beat stays until it is taken; it has a TLP's beginning, part or end, and perhaps the next
    // one's beginning behind an end in its lower half; a TLP has 3 DWs or more, and is not twice as long as the longest
    f_held_q <= tvalid_i && !tready_o && !rst_i;
    f_beat_q <= {tdata_i, tkeep_i, tlast_i, tuser_i};
    if (f_held_q) assume (tvalid_i && f_beat_q == {tdata_i, tkeep_i, tlast_i, tuser_i});
    if (W == 128 && tvalid_i) begin
      assume (!(begin_low && inside_q));
      assume (!(begin_high && inside_q) || (ends && last_dw < 2));
      assume (!(begin_high && !inside_q) || !ends);
      assume (begin_low || begin_high || inside_q);
    end
    if (tvalid_i && ends) assume (f_before + 12'(f_here) >= 12'd3);
    if (tvalid_i) assume (f_before + 12'(f_here) <= 12'd2044);
    // ... and begins no more than two non-posted requests once np_ok_o is 0; the card returns what it has
    if (rst_i || np_ok_o) f_more_q <= '0;
    else f_more_q <= f_more_q + 2'(f_np_begins);
    assume (!(f_np_begins && !np_ok_o && f_more_q == 2));
    assume (!np_ret_i || open_q != 0);

    if (move) begin
      f_dws_q <= begin_high ? 12'd2 : f_before + 12'(f_here);
      f_tlp_q <= f_tlp;
      if (begin_high) f_tlp_q[63:0] <= tdata_i[W-1-:64];
      if (begin_low || begin_high) f_bar_q <= bar;
    end
    // the copy of a TLP that has ended
    f_ended_q <= move && ends && !rst_i;
    f_pending_q <= rst_i ? '0 : f_pending_q + 2'(move && ends) - 2'(cpl_valid_o) - 2'(req_valid_o && req_ready_i);
    f_stall_q <= req_valid_o && !req_ready_i && !rst_i;
    f_out_q   <= {err_o, bar_o, hdr_o, data_o};
    if (f_past) begin
      // none is lost, none is there that did not end, and there is never more than one
      assert (f_pending_q == 2'(req_valid_o) + 2'(cpl_valid_o) && f_pending_q <= 1);
      // what waits for the card does not change
      if (f_stall_q) assert (req_valid_o && f_out_q == {err_o, bar_o, hdr_o, data_o});
      // a completion never waits, and closes nothing
      if (cpl_valid_o) assert (tready_o);
      // the card never has more than it has room for, those included that are on their way in here
      assert (32'(open_q) + 32'(f_np_here) <= NP_CREDITS);
      // how: what is on the way when np_ok_o falls, then two more
      if (np_ok_o) assert (32'(open_q) <= NP_CREDITS - ON_THE_WAY);
      else assert (32'(open_q) + 32'(f_np_here) <= NP_CREDITS - ON_THE_WAY + 32'd3 + 32'(f_more_q) && f_more_q <= 2'd2);
      // the TLP at hand is in the card's registers as far as it has come, or its first two DWs are kept aside
      if (W == 64) assert (!high_q);
      if (req_valid_o || cpl_valid_o) assert (!inside_q || high_q);
      if (high_q) assert (inside_q);
      if (inside_q) begin
        assert (f_dws_q == {1'b0, pairs_q, 1'b0} && f_dws_q >= 12'd2 && f_dws_q <= 12'd2044);
        assert (f_bar_q == (high_q ? begun_bar_q : bar_o));
        if (high_q) assert (f_dws_q == 12'd2 && begun_q == f_tlp_q[63:0]);
        else begin
          for (int unsigned i = 0; i < 3; i++)
            if (i < 32'(f_dws_q)) assert (hdr_o[127-32*i-:32] == f_tlp_q[32*i+:32]);
          if (!f_tlp_q[29] || f_dws_q >= 12'd4) assert (hdr_o[31:0] == (f_tlp_q[29] ? f_tlp_q[127:96] : 32'd0));
          for (int unsigned i = 0; i < 4; i++) begin
            f_part = f_tlp_q[29] ? f_tlp_q[32*i+128+:32] : f_tlp_q[32*i+96+:32];
            if (i + 3 + 32'(f_tlp_q[29]) < 32'(f_dws_q))
              assert (data_o[32*i+:32] == {f_part[7:0], f_part[15:8], f_part[23:16], f_part[31:24]});
          end
        end
      end
    end
  end
  // what the card gets of a TLP is what its beats had
  logic [11:0] f_of_q;
  logic [255:0] f_was_q;
  logic [2:0]  f_was_bar_q;
  logic f_ecrc_q;
  always_ff @(posedge clk_i) begin
    if (move && ends) begin
      f_was_q  <= f_tlp;
      f_of_q   <= f_before + 12'(f_here);
      f_ecrc_q <= tuser_i[0];
      f_was_bar_q <= begin_low ? bar : f_bar_q;
    end
    if (f_past && f_ended_q) begin
      assert (cpl_valid_o == (f_was_q[28:24] == hvb_pkg::TYP_CPL));
      assert (hdr_o[127:32] == {f_was_q[31:0], f_was_q[63:32], f_was_q[95:64]});
      if (!f_was_q[29] || f_of_q >= 4) assert (hdr_o[31:0] == (f_was_q[29] ? f_was_q[127:96] : 32'd0));
      assert (bar_o == f_was_bar_q);
      assert (err_o == (f_ecrc_q || f_of_q != 12'd3 + 12'(f_was_q[29]) + 12'(f_was_q[15]) +
          (!f_was_q[30] ? 12'd0 : f_was_q[9:0] == 0 ? 12'd1024 : 12'(f_was_q[9:0]))));
      for (int unsigned i = 0; i < 4; i++) begin
        f_dw = f_was_q[29] ? f_was_q[32*i+128+:32] : f_was_q[32*i+96+:32];
        if (i + 3 + 32'(f_was_q[29]) < 32'(f_of_q))
          assert (data_o[32*i+:32] == {f_dw[7:0], f_dw[15:8], f_dw[23:16], f_dw[31:24]});
      end
    end
    cover (f_past && f_ended_q && req_valid_o && f_of_q == 8 && !err_o);
    cover (f_past && f_stall_q && high_q && tvalid_i);
    cover (f_past && !np_ok_o && f_more_q == 2);
    cover (f_past && 32'(open_q) == NP_CREDITS - ON_THE_WAY + 32'd3);
    cover (f_past && f_ended_q && cpl_valid_o && f_of_q == 5 && !err_o);
    cover (f_past && f_ended_q && err_o && !f_ecrc_q);
  end
`endif
endmodule
