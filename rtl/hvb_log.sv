// SPDX-License-Identifier: MIT
// The error log: a ring of records, one for each AtomicOp that failed.
// Promises: one record a cycle, so every fault is logged; the ring keeps the last LOG_ENTRIES. What is read of a record
// in the very cycle in which it is written is anything: LOG_COUNT tells of it only afterwards.
// Record (four words): {kind 55:48, time 47:0}, {IOVA}, {flags that were not set}, {receiving partition 55:48, tag
// 47:32, VP 31:16, word 15:0}.
module hvb_log (
    input  logic             clk_i,
    input  logic             clear_i,
    input  logic [47:0]      now_i,
    input  logic             fault_i,   // C1
    input  logic [1:0]       kind_i,
    input  logic [7:0]       tag_i,
    input  hvb_pkg::flight_t flight_i,
    input  logic             re_i,
    input  logic [7:0]       raddr_i,   // word of the ring
    output logic [63:0]      rdata_o,
    output logic [31:0]      count_o
);
  logic [1:0]  word_q;
  logic [31:0] count_q;
  logic [5:0]  rpart;
  logic [7:0]  tag;
  logic [9:0]  vp;
  logic [11:0] pw;
  logic [63:0] bits;
  logic [60:0] addr;
  logic [1:0]  kind;
  logic [47:0] at;
  assign count_o = count_q;

  hvb_ram #(.WIDTH(211), .DEPTH(hvb_regs_pkg::LOG_ENTRIES), .FWD(1'b0)) u_ring (
      .clk_i, .we_i(fault_i), .waddr_i(count_q[$clog2(hvb_regs_pkg::LOG_ENTRIES)-1:0]),
      .wdata_i({flight_i.rpart, tag_i, flight_i.vp, flight_i.pw, flight_i.bits, flight_i.addr, kind_i, now_i}),
      .re_i, .raddr_i(raddr_i[7:2]), .rdata_o({rpart, tag, vp, pw, bits, addr, kind, at}));

  always_comb
    case (word_q)
      2'd0: rdata_o = {8'd0, 6'd0, kind, at};
      2'd1: rdata_o = {addr, 3'd0};
      2'd2: rdata_o = bits;
      default: rdata_o = {8'd0, 2'd0, rpart, 8'd0, tag, 6'd0, vp, 4'd0, pw};
    endcase

  always_ff @(posedge clk_i) begin
    word_q <= raddr_i[1:0];
    if (clear_i) count_q <= '0;
    else if (fault_i) count_q <= count_q + 1'b1;
  end

`ifdef FORMAL
  logic f_past = 1'b0, f_read_q;
  // One place of the ring stands for all: the fault that was last written there.
  (* anyconst *) logic [5:0] f_at;
  logic f_known_q;
  logic [255:0] f_record_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (clear_i);
    f_read_q <= f_past && re_i && raddr_i[7:2] == f_at && f_known_q;
    if (!f_past) f_known_q <= 1'b0;
    else if (fault_i && count_q[5:0] == f_at) begin
      f_known_q  <= 1'b1;
      f_record_q <= {10'd0, flight_i.rpart, 8'd0, tag_i, 6'd0, flight_i.vp, 4'd0, flight_i.pw, flight_i.bits,
                     flight_i.addr, 3'd0, 14'd0, kind_i, now_i};
    end
    if (f_past && !$past(clear_i) && $past(f_past)) begin
      // every fault is counted, whatever comes with it
      assert (count_o == $past(count_o) + 32'($past(fault_i)));
      // and its record, with address and flags, is there to be read until the ring comes round
      if (f_read_q && !$past(fault_i)) assert (rdata_o == f_record_q[{word_q, 6'd0}+:64]);
    end
    cover (f_past && $past(f_past) && f_read_q && f_known_q && count_q == 32'd2);
  end
`endif
endmodule
