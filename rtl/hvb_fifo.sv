// SPDX-License-Identifier: MIT
// A small queue: the head is visible as long as empty_o is 0, a push shows one cycle later. Pushing into a full
// queue and popping an empty one are the user's mistakes. clear_i empties it.
module hvb_fifo #(
    parameter int unsigned WIDTH = 8,   // bits
    parameter int unsigned DEPTH = 16,  // entries, a power of two >= 2
    parameter bit EARLY = 1'b0          // the head is a register, not a memory's output: it and empty_o come early. It
                                        // stays when the last entry goes, until another one comes
) (
    input  logic                   clk_i,
    input  logic                   clear_i,
    input  logic                   push_i,
    input  logic [WIDTH-1:0]       data_i,
    input  logic                   pop_i,
    output logic [WIDTH-1:0]       head_o,
    output logic                   empty_o,
    output logic [$clog2(DEPTH):0] count_o
);
  localparam int unsigned AW = $clog2(DEPTH);
  if (DEPTH < 2 || (1 << AW) != DEPTH) begin : g_bad_depth
    $fatal(1, "hvb_fifo: DEPTH must be a power of two");
  end

  logic [WIDTH-1:0] mem [DEPTH];
  logic [AW-1:0] r_q;
  logic [AW:0] count_q;  // kept, so that who asks has not to wait for a difference; where a push goes has time

  assign count_o = count_q;
  if (EARLY) begin : g_early
    logic [WIDTH-1:0] head_q;
    logic [AW-1:0] second;
    logic empty_q;
    assign second  = r_q + 1'b1;
    assign head_o  = head_q;
    assign empty_o = empty_q;
    always_ff @(posedge clk_i) begin
      if (push_i && (empty_q || (pop_i && count_q == (AW+1)'(1)))) head_q <= data_i;
      else if (pop_i && count_q != (AW+1)'(1)) head_q <= mem[second];
      if (clear_i) empty_q <= 1'b1;
      else if (push_i != pop_i) empty_q <= !push_i && count_q == (AW+1)'(1);
    end
  end else begin : g_late
    assign head_o  = mem[r_q];
    assign empty_o = count_q == '0;
  end

  always_ff @(posedge clk_i) begin
    if (push_i || (EARLY && !count_q[AW])) mem[r_q+count_q[AW-1:0]] <= data_i;  // only what is counted is inside
    if (clear_i) begin
      r_q     <= '0;
      count_q <= '0;
    end else begin
      if (pop_i) r_q <= r_q + 1'b1;
      if (push_i != pop_i) count_q <= push_i ? count_q + 1'b1 : count_q - 1'b1;
    end
  end

`ifdef FORMAL
  // for proofs of modules around this one: all that is in it
  logic [WIDTH*DEPTH-1:0] f_mem;
  for (genvar i = 0; i < DEPTH; i++) begin : g_mem
    assign f_mem[i*WIDTH+:WIDTH] = mem[i];
  end
  // One entry of the queue, chosen freely, is followed from push to pop: what is proved of it holds for all.
  logic f_past = 1'b0, f_in_q;
  logic [WIDTH-1:0] f_data_q;
  logic [AW-1:0] f_place_q, f_ahead;
  (* anyseq *) logic f_choose;
  assign f_ahead = f_place_q - r_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (clear_i || (pop_i && f_place_q == r_q)) f_in_q <= 1'b0;
    else if (push_i && f_choose && !f_in_q) begin
      f_in_q    <= 1'b1;
      f_data_q  <= data_i;
      f_place_q <= r_q + count_q[AW-1:0];
    end
    if (!f_past) assume (clear_i);
    else if (!clear_i) begin
      // the user's part
      assume (!pop_i || !empty_o);
      assume (!push_i || count_o != (AW+1)'(DEPTH) || pop_i);
    end
    if (f_past) begin
      assert (count_o <= (AW+1)'(DEPTH));  // never more inside than there is room
      assert (empty_o == (count_o == '0));
      assert (!EARLY || empty_o || head_o == mem[r_q]);
      if (EARLY && !$past(empty_o) && empty_o && !$past(clear_i)) assert (head_o == $past(head_o));
      if (EARLY && $past(empty_o) && !$past(push_i || clear_i)) assert (head_o == $past(head_o));
      if (f_in_q) begin
        assert ({1'b0, f_ahead} < count_o);                        // nothing leaves but by pop, in order
        assert (mem[f_place_q] == f_data_q); // nothing inside is written over
        if (f_ahead == '0) assert (head_o == f_data_q);     // it comes out as it went in
      end
    end
    cover (f_past && f_in_q && pop_i && f_ahead == '0 && count_o == (AW+1)'(DEPTH));  // full, and goes on
  end
`endif
endmodule
