// SPDX-License-Identifier: MIT
// Sixteen counters of 32 bits, each of which may go up in any cycle. The low five bits of each count by themselves;
// the others are in one small memory, beside the low ones as a walk saw them last: it comes by every 16 cycles, so it
// misses no carry.
// Promises: a read (combinational) shows every event of an earlier cycle: the count is rdata_o, with carry_o more in
// its bits 31:5, which the user adds when it has time. clear_i takes one cycle.
module hvb_tally (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic [15:0] event_i,  // a bit a counter
    input  logic [3:0]  raddr_i,
    output logic [31:0] rdata_o,
    output logic        carry_o
);
  logic [31:0] mem [16];
  logic [15:0] bit0_q, bit1_q, bit2_q, bit3_q, bit4_q;  // the low five bits, each of all counters
  logic [3:0]  walk_q;
  logic        first_q;         // the first walk since clear_i: what it has not visited is 0
  logic [31:0] walk_was, walk_sum, read_was;
  logic [4:0]  walk_low, read_low;

  assign walk_was = first_q ? 32'd0 : mem[walk_q];
  assign read_was = first_q && raddr_i >= walk_q ? 32'd0 : mem[raddr_i];
  assign walk_low = {bit4_q[walk_q], bit3_q[walk_q], bit2_q[walk_q], bit1_q[walk_q], bit0_q[walk_q]};
  assign read_low = {bit4_q[raddr_i], bit3_q[raddr_i], bit2_q[raddr_i], bit1_q[raddr_i], bit0_q[raddr_i]};
  always_ff @(posedge clk_i) begin
    mem[walk_q] <= {walk_sum[31:5], walk_low};
    walk_q  <= clear_i ? 4'd0 : walk_q + 4'd1;
    first_q <= clear_i || (first_q && walk_q != 4'd15);
    bit0_q  <= clear_i ? 16'd0 : bit0_q ^ event_i;
    bit1_q  <= clear_i ? 16'd0 : bit1_q ^ (event_i & bit0_q);
    bit2_q  <= clear_i ? 16'd0 : bit2_q ^ (event_i & bit0_q & bit1_q);
    bit3_q  <= clear_i ? 16'd0 : bit3_q ^ (event_i & bit0_q & bit1_q & bit2_q);
    bit4_q  <= clear_i ? 16'd0 : bit4_q ^ (event_i & bit0_q & bit1_q & bit2_q & bit3_q);
  end
  // the low bits' sum carries where they have come round: where they are less than they were
  assign walk_sum = walk_was + {27'd0, ~walk_low};
  assign rdata_o = {read_was[31:5], read_low};
  assign carry_o = read_low < read_was[4:0];

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
      if (raddr_i == f_c) assert ({rdata_o[31:5] + 27'(carry_o), rdata_o[4:0]} == f_count_q);
      // how: the low bits are right, and the walk comes by before they come round
      assert ({bit4_q[f_c], bit3_q[f_c], bit2_q[f_c], bit1_q[f_c], bit0_q[f_c]} == f_count_q[4:0]);
      assert (f_count_q - f_seen <= 32'(f_age));
    end
    cover (f_past && raddr_i == f_c && rdata_o == 32'd1 && carry_o);
  end
`endif
endmodule
