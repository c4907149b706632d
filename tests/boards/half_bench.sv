// SPDX-License-Identifier: MIT
// hvb_half_clock on a user clock that begins late, stops, and loses the clock manager's lock; PERST# comes again with
// the clock stopped. Each time the card's clock must come back, both resets having been 1 at once for some cycles of
// each clock before it; and no clock manager leaves its reset without an input.
module half_bench;
  logic clk = 0, runs = 0, rst = 1, perst_n = 0, rst_out, card_clk, card_rst;
  int both, card_both;
  bit bad;
  always #4 clk = runs && !clk;
  hvb_half_clock u_half (
      .clk_i(clk), .rst_i(rst), .rst_n_i(perst_n), .rst_o(rst_out), .card_clk_o(card_clk), .card_rst_o(card_rst));
  always @(posedge clk) both = rst_out && card_rst ? both + 1 : rst_out || card_rst ? both : 0;
  always @(posedge card_clk) card_both = rst_out && card_rst ? card_both + 1 : rst_out || card_rst ? card_both : 0;

  task automatic want(input bit right, input string what);
    if (!right) $display("%0t: %s", $time, what);
    bad = bad || !right;
  endtask
  // the resets end, one behind the other, having met; the lock is there
  task automatic comes(input string what);
    for (int i = 0; i < 40000 && rst_out; i++) #4;
    want(!rst_out && u_half.locked, {what, ": no clock for the card"});
    want(both >= 8 && card_both >= 4, {what, ": the two resets have not met"});
    for (int i = 0; i < 20 && card_rst; i++) #4;
    want(!card_rst, {what, ": the card stays in reset"});
  endtask
  always @(negedge u_half.held_q) want(runs, "the clock manager left its reset without a clock");
  // while there is no lock the adapter is held, a few cycles for its register aside
  always @(posedge clk) if (!u_half.locked) begin
    repeat (4) @(posedge clk);
    want(rst_out || u_half.locked, "no reset while there is no lock");
  end

  initial begin
    #1000 perst_n = 1;
    #1000 want(u_half.held_q !== 1'b0, "the clock manager left its reset without a clock");
    runs = 1;
    #200 rst = 0;
    comes("first");
    #1000 u_half.u_mmcm.lost = 1;
    #100 u_half.u_mmcm.lost = 0;
    want(rst_out && !u_half.locked, "a lost lock resets nothing");
    comes("behind a lost lock");
    #1000 {runs, perst_n} = '0;
    #100 perst_n = 1;
    #100 runs = 1;
    #100 want(rst_out, "PERST# resets nothing");
    comes("behind PERST#");
    #1000 want(!rst_out && !card_rst && !bad, "it does not stay");
    if (!bad) $display("all well");
    $finish;
  end
endmodule
