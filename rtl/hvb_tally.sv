// SPDX-License-Identifier: MIT
// Sixteen counters of 32 bits, each of which may go up in any cycle. The low five bits of each count by themselves;
// the others are in one small memory, beside the low ones as a walk saw them last: it comes by every 16 cycles, so it
// misses no carry.
// Promises: a read (combinational) shows every event of an earlier cycle. clear_i takes one cycle.
module hvb_tally (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic [15:0] event_i,  // a bit a counter
    input  logic [3:0]  raddr_i,
    output logic [31:0] rdata_o
);
  logic [31:0] mem [16];
  logic [79:0] low_q;           // five bits a counter
  logic [3:0]  walk_q;
  logic        first_q;         // the first walk since clear_i: what it has not visited is 0
  logic [31:0] walk_was, read_was;
  logic [4:0]  walk_low, read_low;

  // a carry chain would cost more than these five bits
  function automatic logic [4:0] plus(input logic [4:0] n, input logic one);
    plus = n ^ {&n[3:0] && one, &n[2:0] && one, &n[1:0] && one, n[0] && one, one};
  endfunction

  assign walk_was = first_q ? 32'd0 : mem[walk_q];
  assign read_was = first_q && raddr_i >= walk_q ? 32'd0 : mem[raddr_i];
  assign walk_low = low_q[5*walk_q+:5];
  assign read_low = low_q[5*raddr_i+:5];
  always_ff @(posedge clk_i) begin
    mem[walk_q] <= {walk_was[31:5] + 27'(walk_low < walk_was[4:0]), walk_low};
    walk_q  <= clear_i ? 4'd0 : walk_q + 4'd1;
    first_q <= clear_i || (first_q && walk_q != 4'd15);
    for (int i = 0; i < 16; i++) low_q[5*i+:5] <= clear_i ? 5'd0 : plus(low_q[5*i+:5], event_i[i]);
  end
  assign rdata_o = {read_was[31:5] + 27'(read_low < read_was[4:0]), read_low};

`ifdef FORMAL
  // One counter stands for all.
  (* anyconst *) logic [3:0] f_c;
  logic f_past = 1'b0;
  logic [31:0] f_count_q, f_seen;   // what it should be; what the walk saw last
  logic [4:0] f_age;                // cycles since then
  assign f_seen = first_q && f_c >= walk_q ? 32'd0 : mem[f_c];
  assign f_age  = first_q && f_c >= walk_q ? 5'(walk_q) : walk_q > f_c ? 5'(walk_q) - 5'(f_c) :
                  5'd16 + 5'(walk_q) - 5'(f_c);
  always_ff @(posedge clk_i) begin
    f_past    <= 1'b1;
    f_count_q <= clear_i ? 32'd0 : f_count_q + 32'(event_i[f_c]);
    if (!f_past) assume (clear_i);
    else begin
      // every event of an earlier cycle is counted once, in whatever cycles events come
      if (raddr_i == f_c) assert (rdata_o == f_count_q);
      // how: the low bits are right, and the walk comes by before they come round
      assert (low_q[5*f_c+:5] == f_count_q[4:0]);
      assert (f_count_q - f_seen <= 32'(f_age));
    end
    cover (f_past && raddr_i == f_c && rdata_o == 32'd33);
  end
`endif
endmodule
