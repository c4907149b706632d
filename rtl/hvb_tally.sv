// SPDX-License-Identifier: MIT
// Sixteen counters of 32 bits, each of which may go up in any cycle, in one small memory: what a counter has not got yet
// waits in five bits of its own, and a walk brings it in, one counter a cycle.
// Promises: a read (combinational) shows every event of an earlier cycle. clear_i takes one cycle.
module hvb_tally (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic [15:0] event_i,  // a bit a counter
    input  logic [3:0]  raddr_i,
    output logic [31:0] rdata_o
);
  logic [31:0] mem [16];
  logic [79:0] late_q;   // five bits a counter
  logic [15:0] there_q;  // written since clear_i
  logic [3:0]  walk_q;

  // a counter is visited every 16 cycles, so no more than 16 events wait
  always_ff @(posedge clk_i) begin
    mem[walk_q] <= (there_q[walk_q] ? mem[walk_q] : 32'd0) + 32'(late_q[5*walk_q+:5]);
    walk_q <= clear_i ? 4'd0 : walk_q + 4'd1;
    for (int i = 0; i < 16; i++)
      late_q[5*i+:5] <= clear_i ? 5'd0 : (walk_q == 4'(i) ? 5'd0 : late_q[5*i+:5]) + 5'(event_i[i]);
    there_q <= clear_i ? 16'd0 : there_q | 16'd1 << walk_q;
  end
  assign rdata_o = (there_q[raddr_i] ? mem[raddr_i] : 32'd0) + 32'(late_q[5*raddr_i+:5]);
endmodule
