// SPDX-License-Identifier: MIT
// The user interface of the 7-series integrated block for PCI Express as PG054 has it: raw TLPs on two AXI4-Streams.
// Receive: TLPs of any length, pauses by chance, with 128 bits a TLP may begin in the upper half of a beat, behind
// another's end or alone; BAR hit and poison as long as the TLP lasts, ECRC error at its end, up to two non-posted
// requests more once rx_np_ok is 0. Transmit: ready by chance, and never at the border of two TLPs while the buffers
// run low; tx_buf_av comes late. What breaks a rule of the interface ends the simulation. A model for tests.
module hvb_x7_model #(
    parameter int unsigned W = 64
) (
    input  logic           clk_i,
    input  logic           rst_i,
    input  logic [7:0]     pause_i,          // of 256 beats, how many do not come at once
    input  logic [7:0]     stall_i,          // of 256 cycles, in how many no beat is taken
    // TLPs to the user
    input  logic           down_valid_i,
    output logic           down_ready_o,
    input  logic           down_err_i,       // ECRC error
    input  logic [2:0]     down_cut_i,       // signed: DWs that it is too short
    input  logic [7:0]     down_hit_i,
    input  logic [127:0]   down_hdr_i,
    input  logic [127:0]   down_data_i,      // payload past this is made up
    output logic           np_ok_o,
    output logic           down_end_o,       // in this cycle a TLP's last beat is taken
    // TLPs from the user
    output logic           up_valid_o,
    input  logic           up_ready_i,
    output logic [127:0]   up_hdr_o,
    output logic [127:0]   up_data_o,
    input  logic [5:0]     up_room_i,
    output logic           up_begin_o,       // in this cycle a TLP's first beat is taken
    // interface
    output logic           m_axis_rx_tvalid,
    input  logic           m_axis_rx_tready,
    output logic [W-1:0]   m_axis_rx_tdata,
    output logic [W/8-1:0] m_axis_rx_tkeep,
    output logic           m_axis_rx_tlast,
    output logic [21:0]    m_axis_rx_tuser,
    input  logic           rx_np_ok,
    input  logic           rx_np_req,
    input  logic           s_axis_tx_tvalid,
    output logic           s_axis_tx_tready,
    input  logic [W-1:0]   s_axis_tx_tdata,
    input  logic [W/8-1:0] s_axis_tx_tkeep,
    input  logic           s_axis_tx_tlast,
    input  logic [3:0]     s_axis_tx_tuser,
    output logic [5:0]     tx_buf_av,
    input  logic           tx_cfg_gnt
);
  localparam int unsigned DWS = W / 32;

  // $fatal would name the place, for which Verilator 5.006 makes scopes that do not survive a second card's end
  task automatic broken(input string what);
    $display("7-series model: %s", what);
    $stop;
  endtask
  localparam logic [5:0] LOW = W == 128 ? 6'd5 : 6'd1;  // so many transmit buffers are the block's own

  function automatic logic [31:0] turned(input logic [31:0] dw);
    turned = {dw[7:0], dw[15:8], dw[23:16], dw[31:24]};
  endfunction
  function automatic logic [10:0] length(input logic [127:0] hdr);
    length = 11'd3 + {10'd0, hdr[125]} + (hdr[126] ? {hdr[105:96] == 0, hdr[105:96]} : 11'd0) + {10'd0, hdr[111]};
  endfunction
  function automatic logic [31:0] dw_of(input logic [255:0] tlp, input logic [10:0] j, input logic [31:0] else_);
    logic [10:0] k;
    k = j - 11'd3 - {10'd0, tlp[253]};
    if (j < 3 || (j == 3 && tlp[253])) dw_of = tlp[255-32*32'(j[1:0])-:32];
    else if (k < 4) dw_of = turned(tlp[32*32'(k[1:0])+:32]);
    else dw_of = else_;
  endfunction

  logic [31:0] chance_q, chance;
  always_comb begin
    chance = chance_q ^ chance_q << 13;
    chance = chance ^ chance >> 17;
    chance = chance ^ chance << 5;
  end
  always_ff @(posedge clk_i) chance_q <= chance_q == 0 ? 32'h2545F491 : chance;

  // ---- receive
  logic [255:0] tlp_q, fresh;
  logic [10:0]  at_q, of_q, fresh_of, left;
  logic         err_q, go, take, high, ends;
  logic [7:0]   hit_q;
  logic [1:0]   last;
  logic [W-1:0] beat;
  assign fresh        = {down_hdr_i, down_data_i};
  assign fresh_of     = length(down_hdr_i) - 11'(signed'(down_cut_i));
  assign go           = (!m_axis_rx_tvalid || m_axis_rx_tready) && chance_q[7:0] >= pause_i;
  assign left         = of_q - at_q;         // 0: no TLP is on the way
  assign down_ready_o = take;
  always_comb begin
    take = 1'b0;
    high = 1'b0;
    ends = 1'b0;
    last = 2'd0;
    beat = W'({4{chance_q}});                // what is no part of a TLP is anything
    if (left != 0) begin
      for (int unsigned i = 0; i < DWS; i++)
        if (i < 32'(left)) beat[32*i+:32] = dw_of(tlp_q, at_q + 11'(i), chance_q + i);
      ends = 32'(left) <= DWS;
      last = 2'(left - 11'd1);
      high = W == 128 && left <= 2 && (chance_q[8] || pause_i == 0);
      take = go && high && down_valid_i;
    end else begin
      high = W == 128 && chance_q[12:10] == 0 && pause_i != 0;
      take = go && down_valid_i;
      ends = !high && 32'(fresh_of) <= DWS;
      last = 2'(fresh_of - 11'd1);
      for (int unsigned i = 0; i < DWS; i++)
        if (i < 32'(fresh_of)) beat[32*i+:32] = dw_of(fresh, 11'(i), chance_q + i);
    end
    if (take && high) beat[W-1-:64] = {fresh[223:192], fresh[255:224]};
  end
  assign down_end_o = m_axis_rx_tvalid && m_axis_rx_tready && (W == 64 ? m_axis_rx_tlast : m_axis_rx_tuser[21]);
  always_ff @(posedge clk_i) begin
    if (m_axis_rx_tready) m_axis_rx_tvalid <= 1'b0;
    if (go && (take || left != 0)) begin
      m_axis_rx_tvalid <= 1'b1;
      m_axis_rx_tdata  <= beat;
      m_axis_rx_tkeep  <= W == 64 && ends && !last[0] ? (W/8)'('h0F) : '1;
      m_axis_rx_tlast  <= W == 64 && ends;
      m_axis_rx_tuser  <= '0;
      m_axis_rx_tuser[0] <= ends ? (left != 0 ? err_q : down_err_i) : chance_q[9];
      m_axis_rx_tuser[1] <= take ? down_hdr_i[110] : tlp_q[238];
      m_axis_rx_tuser[9:2] <= take ? down_hit_i : hit_q;
      if (W == 128) begin
        m_axis_rx_tuser[14:10] <= {take, take && high, 3'b000};
        m_axis_rx_tuser[21:17] <= {ends, ends ? last : 2'd0, 2'b11};
      end
      at_q <= take ? (high ? 11'd2 : 11'(DWS)) : at_q + 11'(DWS);
      if (ends && !take) {at_q, of_q} <= '0;
      if (take) begin
        {tlp_q, hit_q, err_q} <= {fresh, down_hit_i, down_err_i};
        of_q <= fresh_of;
        if (!high && ends) {at_q, of_q} <= '0;
      end
    end
    if (rst_i) {m_axis_rx_tvalid, at_q, of_q} <= '0;
  end

  // ---- non-posted requests: up to two more
  logic [1:0] more_q;
  assign np_ok_o = rx_np_req && (rx_np_ok || more_q != 2);
  always_ff @(posedge clk_i)
    if (rst_i || rx_np_ok) more_q <= '0;
    else if (take && down_hdr_i[124:120] != hvb_pkg::TYP_CPL && !(down_hdr_i[126] && down_hdr_i[124:120] == 0) &&
             more_q != 2) more_q <= more_q + 2'd1;

  // ---- transmit
  logic [255:0] got_q, got;
  logic [10:0]  got_at_q;
  logic [3:0][5:0] room_q;
  logic         open_q, moves, held_q;
  logic [W:0]   was_q;
  assign s_axis_tx_tready = open_q && (!up_valid_o || up_ready_i) && (got_at_q != 0 || up_room_i > LOW);
  assign moves      = s_axis_tx_tvalid && s_axis_tx_tready;
  assign up_begin_o = moves && got_at_q == 0;
  assign tx_buf_av  = room_q[3];
  always_comb begin
    got = got_at_q == 0 ? '0 : got_q;
    for (int unsigned i = 0; i < DWS; i++)
      if (32'(got_at_q) + i < 8 && s_axis_tx_tkeep[4*i]) got[32*(32'(got_at_q)+i)+:32] = s_axis_tx_tdata[32*i+:32];
  end
  always_ff @(posedge clk_i) begin
    open_q <= chance_q[31:24] >= stall_i;
    room_q <= {room_q[2:0], up_room_i};
    held_q <= s_axis_tx_tvalid && !s_axis_tx_tready && !rst_i;
    was_q  <= {s_axis_tx_tlast, s_axis_tx_tdata};
    if (held_q && (!s_axis_tx_tvalid || was_q != {s_axis_tx_tlast, s_axis_tx_tdata}))
      broken("a beat changed before it was taken");
    if (up_ready_i) up_valid_o <= 1'b0;
    if (moves) begin
      got_q    <= got;
      got_at_q <= s_axis_tx_tlast ? '0 : got_at_q + 11'(DWS);
      up_valid_o <= s_axis_tx_tlast;
      up_hdr_o <= {got[31:0], got[63:32], got[95:64], got[29] ? got[127:96] : 32'd0};
      for (int unsigned i = 0; i < 4; i++)
        up_data_o[32*i+:32] <= turned(got[29] ? got[32*(i+4)%256+:32] : got[32*(i+3)+:32]);
      if (s_axis_tx_tuser != 0 || !tx_cfg_gnt) broken("an option that nobody asked for");
      if (s_axis_tx_tlast != (32'(got_at_q) + DWS >= 32'(length({got[31:0], 96'd0})))) broken("tlast out of place");
      for (int unsigned i = 0; i < DWS; i++) begin
        if (s_axis_tx_tkeep[4*i+:4] != {4{32'(got_at_q) + i < 32'(length({got[31:0], 96'd0}))}})
          broken("tkeep is not the TLP's");
        if (32'(got_at_q) + i >= 32'd7 + 32'(got[29]) && s_axis_tx_tkeep[4*i] && s_axis_tx_tdata[32*i+:32] != 0)
          broken("payload past 128 bits is not zero");
      end
    end
    if (rst_i) {up_valid_o, got_at_q, open_q, room_q} <= '0;
  end
endmodule
