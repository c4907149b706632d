// SPDX-License-Identifier: MIT
// What each slot of each doorbell page remembers of its last SIGNAL: status, sequence number, and what proves its
// delivery. Stages S4 (address) and S5 (data, write).
// Promises: a read that follows a SIGNAL in the request stream sees it, at any distance.
module hvb_slots #(
    parameter int unsigned PARTS = 64
) (
    input  logic        clk_i,
    input  logic        init_i,
    input  logic [15:0] init_addr_i,
    input  logic        re_i,         // S4: a SIGNAL or a read
    input  logic [5:0]  part_i,
    input  logic [3:0]  slot_i,
    input  logic        signal_i,     // S5: the slot in S5 was a SIGNAL
    input  logic [4:0]  status_i,     // its HV_STATUS; all fit in five bits
    input  logic        pending_i,    // it was accepted
    input  logic [11:0] pw_i,
    input  logic [15:0] target_i,
    output logic [63:0] status_o,     // S5: STATUS register
    output logic [28:0] proof_o       // S5: {accepted, word, generation}
);
  localparam int unsigned AW = $clog2(PARTS) + 4;
  logic [AW-1:0] at, at_q;
  logic [49:0] was, now;

  assign at  = {part_i[$clog2(PARTS)-1:0], slot_i};
  assign now = {pending_i, pw_i, target_i, status_i, was[15:0] + 16'd1};
  hvb_ram #(.WIDTH(50), .DEPTH(1 << AW)) u_slots (
      .clk_i, .we_i(init_i || signal_i), .waddr_i(init_i ? AW'(init_addr_i) : at_q), .wdata_i(init_i ? '0 : now),
      .re_i, .raddr_i(at), .rdata_o(was));

  assign status_o = {16'd0, was[15:0], 27'd0, was[20:16]};
  assign proof_o  = was[49:21];

  always_ff @(posedge clk_i) at_q <= at;

`ifdef FORMAL
  // One slot stands for all. The pipeline's part: what is in S5 was in S4 a cycle before.
  (* anyconst *) logic [AW-1:0] f_at;
  (* hierconn *) logic [AW-1:0] \u_slots.f_at ;  // the address that its memory shows
  (* hierconn *) logic [49:0] \u_slots.f_now ;
  logic f_known_q = 1'b0, f_read_q = 1'b0;
  logic [49:0] f_slot_q;
  always_ff @(posedge clk_i) begin
    f_read_q <= re_i;
    assume (!signal_i || (f_read_q && !init_i));
    if (init_i && AW'(init_addr_i) == f_at) begin
      f_known_q <= 1'b1;
      f_slot_q  <= '0;
    end else if (signal_i && at_q == f_at)
      f_slot_q <= {pending_i, pw_i, target_i, status_i, f_slot_q[15:0] + 16'd1};
    assume (\u_slots.f_at == f_at);
    if (f_known_q) assert (\u_slots.f_now == f_slot_q);
    if (f_known_q && f_read_q && at_q == f_at) begin
      // a read sees the last SIGNAL before it, also one right before it
      assert (status_o == {16'd0, f_slot_q[15:0], 27'd0, f_slot_q[20:16]});
      assert (proof_o == f_slot_q[49:21]);
    end
    cover (f_known_q && signal_i && at_q == f_at && f_slot_q[15:0] == 16'd2);
  end
`endif
endmodule
