// SPDX-License-Identifier: MIT
// The card on a PCIe Squirrel, Screamer or another XC7A35T-FGG484 board of their kind: Gen2 x1, user clock 62.5 MHz.
// An XC7A35T has 50 block RAMs, of which the block takes some: half the connections and pending words, no owned
// delivery (docs/boards.md). LED 1: link. LED 2: doorbells; stays on from a fault until the card is reset.
module squirrel (
    input  logic       pcie_clk_p,
    input  logic       pcie_clk_n,
    input  logic       pcie_perst_n,
    input  logic [0:0] pcie_rx_p,
    input  logic [0:0] pcie_rx_n,
    output logic [0:0] pcie_tx_p,
    output logic [0:0] pcie_tx_n,
    output logic       user_ld1,
    output logic       user_ld2
);
  logic sys_clk, doorbell, fault;
  IBUFDS_GTE2 u_clk (.O(sys_clk), .I(pcie_clk_p), .IB(pcie_clk_n), .CEB(1'b0));

  hvb_board_x7 #(
      .W(64), .LANES(1), .CLOCK_MHZ(62), .ROWS(1024), .CONNS(2048), .WORDS(1024), .OWNED(1'b0)
  ) u_board (
      .sys_clk_i(sys_clk), .sys_rst_n_i(pcie_perst_n), .pci_exp_txp(pcie_tx_p), .pci_exp_txn(pcie_tx_n),
      .pci_exp_rxp(pcie_rx_p), .pci_exp_rxn(pcie_rx_n), .link_o(user_ld1), .doorbell_o(doorbell), .fault_o(fault));
  assign user_ld2 = doorbell || fault;
endmodule
