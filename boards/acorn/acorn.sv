// SPDX-License-Identifier: MIT
// The card on a SQRL Acorn CLE-215(+) or NiteFury (XC7A200T), and by boards/litefury on a LiteFury or Acorn CLE-101
// (XC7A100T): M.2 boards, Gen2 x4, user clock 125 MHz, the card on half of that: on 125 MHz it has not been placed and
// routed yet (docs/synthesis.md). LEDs: 0 link, 1 doorbells, 2 a fault, 3 always on.
module acorn (
    input  logic       pcie_clk_p,
    input  logic       pcie_clk_n,
    input  logic       pcie_perst_n,
    input  logic [3:0] pcie_rx_p,
    input  logic [3:0] pcie_rx_n,
    output logic [3:0] pcie_tx_p,
    output logic [3:0] pcie_tx_n,
    output logic       pcie_clkreq_n,  // 0 asks the slot for its clock
    output logic [3:0] led
);
  logic sys_clk;
  IBUFDS_GTE2 u_clk (.O(sys_clk), .I(pcie_clk_p), .IB(pcie_clk_n), .CEB(1'b0));

  hvb_board_x7 #(.W(128), .LANES(4), .HALF(1'b1), .CLOCK_MHZ(62)) u_board (
      .sys_clk_i(sys_clk), .sys_rst_n_i(pcie_perst_n), .pci_exp_txp(pcie_tx_p), .pci_exp_txn(pcie_tx_n),
      .pci_exp_rxp(pcie_rx_p), .pci_exp_rxn(pcie_rx_n), .link_o(led[0]), .doorbell_o(led[1]), .fault_o(led[2]));
  assign led[3]        = 1'b1;
  assign pcie_clkreq_n = 1'b0;
endmodule
