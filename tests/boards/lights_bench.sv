// SPDX-License-Identifier: MIT
// hvb_lights on a clock of 1 MHz: without a link the link's LED blinks once a second, with one it stays on; a doorbell
// lights for a sixteenth of a second, a fault until the reset. In PERST# the link's LED is dark, also where the
// clock has stopped.
module lights_bench;
  localparam int SECOND = 1000000;
  logic clk = 0, runs = 1, rst = 1, perst_n = 1, up = 0, doorbell = 0, fault = 0, link_q = 0;
  logic link_led, doorbell_led, fault_led;
  int blinks, lit;
  bit bad;
  always #1 clk = runs ? !clk : clk;
  hvb_lights #(.CLOCK_MHZ(1)) u_lights (
      .clk_i(clk), .rst_i(rst), .perst_n_i(perst_n), .up_i(up), .doorbell_i(doorbell), .fault_i(fault),
      .link_o(link_led), .doorbell_o(doorbell_led), .fault_o(fault_led));
  always @(posedge clk) begin
    link_q <= link_led;
    blinks = blinks + int'(link_led && !link_q);
    lit    = lit + int'(doorbell_led);
  end
  task automatic wait_for(input int cycles);
    repeat (cycles) @(negedge clk);
  endtask
  task automatic want(input bit right, input string what);
    if (!right) $display("%s", what);
    bad = bad || !right;
  endtask
  initial begin
    wait_for(4);
    rst = 0;
    wait_for(4 * SECOND);
    want(blinks >= 3 && blinks <= 5, "no link, and its LED does not blink once a second");
    want(!doorbell_led && !fault_led && lit == 0, "an LED is on without reason");
    up     = 1;
    wait_for(1);
    blinks = 0;
    doorbell = 1;
    wait_for(1);
    doorbell = 0;
    wait_for(SECOND);
    want(link_led && blinks <= 1, "a link, and its LED is not steady");
    want(lit > SECOND / 17 && lit < SECOND / 15, "a doorbell does not light for a sixteenth of a second");
    fault = 1;
    wait_for(1);
    fault = 0;
    wait_for(SECOND);
    want(fault_led, "a fault does not stay");
    rst = 1;
    wait_for(2);
    want(!fault_led, "a fault outlasts a reset");
    up = 0;
    wait_for(1);
    while (!link_led) wait_for(1);
    runs    = 0;
    perst_n = 0;
    #4 want(!link_led, "the link's LED is lit in PERST#, its clock having stopped");
    if (!bad) $display("all seen");
    $finish;
  end
endmodule
