// SPDX-License-Identifier: MIT
// A card as sim/rtl.cpp knows it, and inside: a board (BOARD) with its pins, whose vendor's core (pcie_7x_0,
// pcie4_uscale_plus_0) is a model with the link of this module. The board counts its own time: that which is skipped
// while it rests is none to it.
module hvb_board_card (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         rx_req_valid_i,
    output logic         rx_req_ready_o,
    input  logic         rx_req_err_i,
    input  logic [127:0] rx_req_hdr_i,
    input  logic [127:0] rx_req_data_i,
    output logic         rx_np_ret_o,
    input  logic         rx_cpl_valid_i,
    input  logic         rx_cpl_err_i,
    input  logic [127:0] rx_cpl_hdr_i,
    input  logic [127:0] rx_cpl_data_i,
    output logic         tx_p_valid_o,
    input  logic         tx_p_ready_i,
    output logic [127:0] tx_p_hdr_o,
    output logic [127:0] tx_p_data_o,
    output logic         tx_np_valid_o,
    input  logic         tx_np_ready_i,
    output logic [127:0] tx_np_hdr_o,
    output logic [127:0] tx_np_data_o,
    output logic         tx_cpl_valid_o,
    input  logic         tx_cpl_ready_i,
    output logic [127:0] tx_cpl_hdr_o,
    output logic [127:0] tx_cpl_data_o,
    input  logic [63:0]  time_i,
    output logic         idle_o,
    output logic         wait_o
);
  logic block_idle;
  logic [`BOARD_LANES-1:0] lane_p, lane_n;
  `BOARD u_board (
      .pcie_clk_p(clk_i), .pcie_clk_n(!clk_i), .pcie_perst_n(!rst_i), .pcie_rx_p(~lane_p), .pcie_rx_n(lane_p),
      .pcie_tx_p(lane_p), .pcie_tx_n(lane_n));
  // At rest once card and block have been idle for so long that whatever is between them has come to its end: queues of
  // the adapter and of the crossing, configuration that is read over and over, a reset's handshake.
  logic [8:0] quiet_q;
  always_ff @(posedge clk_i)
    quiet_q <= rst_i || !block_idle || !u_board.u_board.idle || rx_req_valid_i || rx_cpl_valid_i ? '0 :
               quiet_q + 9'(quiet_q != '1);
  assign idle_o = quiet_q == '1;
  assign wait_o = 1'b0;
endmodule
