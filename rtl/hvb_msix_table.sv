// SPDX-License-Identifier: MIT
// One copy of the MSI-X table: four DWs a vector (address, upper address, data, vector control of which bit 0
// exists).
// Promises: read data one cycle after its vector and re_i, with a write of the same cycle seen.
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
  hvb_ram #(.WIDTH(32), .DEPTH(VECS)) u_dw0 (
      .clk_i, .we_i(we_i[0]), .waddr_i(wvec_i), .wdata_i(wdata_i[31:0]), .re_i, .raddr_i(rvec_i), .rdata_o(dw0_o));
  hvb_ram #(.WIDTH(33), .DEPTH(VECS)) u_dw1 (
      .clk_i, .we_i(we_i[1]), .waddr_i(wvec_i), .wdata_i({wdata_i[63:32] != '0, wdata_i[63:32]}), .re_i,
      .raddr_i(rvec_i), .rdata_o({high_o, dw1_o}));
  hvb_ram #(.WIDTH(32), .DEPTH(VECS)) u_dw2 (
      .clk_i, .we_i(we_i[2]), .waddr_i(wvec_i), .wdata_i(wdata_i[31:0]), .re_i, .raddr_i(rvec_i), .rdata_o(dw2_o));
  hvb_ram #(.WIDTH(1), .DEPTH(VECS)) u_mask (
      .clk_i, .we_i(clear_i || we_i[3]), .waddr_i(wvec_i), .wdata_i(clear_i || wdata_i[32]), .re_i, .raddr_i(rvec_i),
          .rdata_o(mask_o));
endmodule
