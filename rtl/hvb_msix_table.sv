// SPDX-License-Identifier: MIT
// The MSI-X table: four DWs a vector (address, upper address, data, vector control of which bit 0
// exists).
// Promises: read data one cycle after its vector and re_i. What is read in the cycle of a write, or of a mask that is
// just being cleared, is anything.
module hvb_msix_table #(
    parameter int unsigned VECS = 256
) (
    input  logic                    clk_i,
    input  logic                    clear_i,  // masks wvec_i
    input  logic [3:0]              we_i,     // a bit a DW
    input  logic [$clog2(VECS)-1:0] wvec_i,
    input  logic [63:0]             wdata_i,
    input  logic                    re_i,
    input  logic [$clog2(VECS)-1:0] rvec_i,
    output logic [31:0]             dw0_o,
    output logic [31:0]             dw1_o,
    output logic                    high_o,   // dw1_o is not 0
    output logic [31:0]             dw2_o,
    output logic                    mask_o
);
  hvb_ram #(.WIDTH(32), .DEPTH(VECS), .FWD(1'b0)) u_dw0 (
      .clk_i, .we_i(we_i[0]), .waddr_i(wvec_i), .wdata_i(wdata_i[31:0]), .re_i, .raddr_i(rvec_i), .rdata_o(dw0_o));
  hvb_ram #(.WIDTH(33), .DEPTH(VECS), .FWD(1'b0)) u_dw1 (
      .clk_i, .we_i(we_i[1]), .waddr_i(wvec_i), .wdata_i({wdata_i[63:32] != '0, wdata_i[63:32]}), .re_i,
      .raddr_i(rvec_i), .rdata_o({high_o, dw1_o}));
  hvb_ram #(.WIDTH(32), .DEPTH(VECS), .FWD(1'b0)) u_dw2 (
      .clk_i, .we_i(we_i[2]), .waddr_i(wvec_i), .wdata_i(wdata_i[31:0]), .re_i, .raddr_i(rvec_i), .rdata_o(dw2_o));
  // The masks of sixteen vectors are read at once: which of them counts is chosen behind the registers.
  localparam int unsigned ROWS = VECS < 32 ? 2 : (VECS + 15) / 16, RW = $clog2(ROWS);
  logic [15:0] mask [ROWS];
  logic [15:0] masks_q;
  logic [3:0] lane_q;
  assign mask_o = masks_q[lane_q];
  always_ff @(posedge clk_i) begin
    if (clear_i || we_i[3]) mask[RW'(wvec_i >> 4)][4'(wvec_i)] <= clear_i || wdata_i[32];
    if (re_i) begin
      masks_q <= mask[RW'(rvec_i >> 4)];
      lane_q  <= 4'(rvec_i);
    end
  end
endmodule
