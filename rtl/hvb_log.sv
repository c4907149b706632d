// SPDX-License-Identifier: MIT
// The error log: a ring of records, one for each AtomicOp that failed.
// Promises: a record takes four cycles; of faults that come faster the later ones are counted elsewhere only.
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
  logic        busy_q;
  logic [1:0]  word_q;
  logic [31:0] count_q;
  logic [63:0] w0_q, w1_q, w2_q, w3_q, wdata;
  assign count_o = count_q;
  assign wdata = word_q == 2'd0 ? w0_q : word_q == 2'd1 ? w1_q : word_q == 2'd2 ? w2_q : w3_q;

  hvb_ram #(.WIDTH(64), .DEPTH(4 * hvb_regs_pkg::LOG_ENTRIES)) u_ring (
      .clk_i, .we_i(busy_q), .waddr_i({count_q[$clog2(hvb_regs_pkg::LOG_ENTRIES)-1:0], word_q}), .wdata_i(wdata),
          .re_i, .raddr_i,
      .rdata_o);

  always_ff @(posedge clk_i) begin
    if (fault_i && !busy_q) begin
      w0_q <= {8'd0, 6'd0, kind_i, now_i};
      w1_q <= {flight_i.addr, 3'd0};
      w2_q <= flight_i.bits;
      w3_q <= {8'd0, 2'd0, flight_i.rpart, 8'd0, tag_i, 6'd0, flight_i.vp, 4'd0, flight_i.pw};
    end
    word_q <= busy_q ? word_q + 1'b1 : 2'd0;
    busy_q <= !clear_i && (busy_q ? word_q != 2'd3 : fault_i);
    if (clear_i) count_q <= '0;
    else if (busy_q && word_q == 2'd3) count_q <= count_q + 1'b1;
  end
endmodule
