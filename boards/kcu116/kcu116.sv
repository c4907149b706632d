// SPDX-License-Identifier: MIT
// The card on an AMD/Xilinx KCU116 (XCKU5P): Gen3 x8, user clock 250 MHz, the card on 125 MHz. LEDs: 0 link, 1
// doorbells, 2 a fault, 3 always on.
module kcu116 (
    input  logic       pcie_clk_p,
    input  logic       pcie_clk_n,
    input  logic       pcie_perst_n,
    input  logic [7:0] pcie_rx_p,
    input  logic [7:0] pcie_rx_n,
    output logic [7:0] pcie_tx_p,
    output logic [7:0] pcie_tx_n,
    output logic [3:0] led
);
  logic sys_clk, sys_clk_gt;
  IBUFDS_GTE4 #(.REFCLK_HROW_CK_SEL(2'b00)) u_clk (
      .O(sys_clk_gt), .ODIV2(sys_clk), .I(pcie_clk_p), .IB(pcie_clk_n), .CEB(1'b0));

  hvb_board_us #(.W(256), .LANES(8), .CLOCK_MHZ(125)) u_board (
      .sys_clk_i(sys_clk), .sys_clk_gt_i(sys_clk_gt), .sys_rst_n_i(pcie_perst_n), .pci_exp_txp(pcie_tx_p),
      .pci_exp_txn(pcie_tx_n), .pci_exp_rxp(pcie_rx_p), .pci_exp_rxn(pcie_rx_n), .link_o(led[0]),
      .doorbell_o(led[1]), .fault_o(led[2]));
  assign led[3] = 1'b1;
endmodule
