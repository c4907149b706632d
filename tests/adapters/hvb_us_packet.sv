// SPDX-License-Identifier: MIT
// Part of the model of an UltraScale(+) block: one TLP as beats of an AXI4-Stream, in DWORD-aligned mode. HEAD DWs
// of descriptor and four of payload are given, the rest of the payload is noise, as is everything past the packet's
// end and, behind the first beat, what is said only there. With random_i it pauses between packets. A model for
// tests.
module hvb_us_packet #(
    parameter int unsigned W = 256,
    parameter int unsigned HEAD = 4,  // DWs of the descriptor
    parameter int unsigned SEED = 1
) (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            random_i,
    input  logic            valid_i,
    output logic            ready_o,
    input  logic [255:0]    head_i,        // descriptor and up to 128 bits of payload
    input  logic [10:0]     dws_i,         // of payload
    input  logic [7:0]      be_i,          // last, first
    input  logic            discontinue_i,
    output logic            tvalid_o,
    input  logic            tready_i,
    output logic            tlast_o,
    output logic [W-1:0]    tdata_o,
    output logic            first_o,
    output logic [7:0]      be_o,          // in the first beat
    output logic [31:0]     byte_en_o,
    output logic            discontinue_o  // in the last one
);
  localparam int unsigned LANES = W / 32;
  logic [31:0]  noise_q, noise;
  logic [255:0] head_q;
  logic [11:0]  at_q, end_q;
  logic [7:0]   be_q;
  logic         bad_q, busy_q, pause;

  always_comb begin
    noise = noise_q ^ (noise_q << 13);
    noise = noise ^ (noise >> 17);
    noise = noise ^ (noise << 5);
  end
  assign pause    = random_i && noise_q[9:8] == 2'd0 && at_q == '0;
  assign tvalid_o = busy_q && !pause;
  assign first_o  = at_q == '0;
  assign tlast_o  = at_q + 12'(LANES) >= end_q;
  assign ready_o  = !busy_q || (tvalid_o && tready_i && tlast_o);
  assign be_o     = first_o ? be_q : noise_q[7:0];
  assign discontinue_o = tlast_o && bad_q;
  always_comb
    for (int unsigned i = 0; i < LANES; i++) begin
      automatic logic [11:0] at = at_q + 12'(i);
      tdata_o[32*i+:32] = at < 12'(HEAD + 4) && at < end_q && at < 12'd8 ? head_q[32*at[2:0]+:32] :
          noise_q * (32'd2 * 32'(at) + 32'd1);
      byte_en_o[4*i+:4] = at < 12'(HEAD) || at >= end_q ? 4'h0 : at == 12'(HEAD) ? be_q[3:0] :
          at == end_q - 12'd1 ? be_q[7:4] : 4'hf;
    end
  if (W == 128) begin : g_narrow
    assign byte_en_o[31:16] = '0;
  end

  always_ff @(posedge clk_i) begin
    noise_q <= noise;
    if (tvalid_o && tready_i) at_q <= at_q + 12'(LANES);
    if (valid_i && ready_o) begin
      head_q <= head_i;
      end_q  <= 12'(HEAD) + 12'(dws_i);
      be_q   <= be_i;
      bad_q  <= discontinue_i;
      at_q   <= '0;
    end
    busy_q <= (valid_i && ready_o) || (busy_q && !ready_o);
    if (rst_i) begin
      busy_q  <= 1'b0;
      at_q    <= '0;
      noise_q <= SEED;
    end
  end
endmodule
