// SPDX-License-Identifier: MIT
// The card's user of the 7-series integrated block for PCI Express (PG054), with the block's own names on its side:
// raw TLPs on two streams of 64 or 128 bits, and what of configuration the card needs. Latency, throughput and ordering
// are those of hvb_x7_rx and hvb_x7_tx: one cycle each way, a beat a cycle.
// The card has CFG_SPACE = 0; the block's core is made with UR_ATOMIC off, and with the BARs and the MSI-X capability
// of docs/hardware.md. Reset is the block's user_reset_out, for the card, too.
module hvb_x7 #(
    parameter int unsigned W = 64   // bits of both streams, 64 or 128
) (
    input  logic           clk_i,
    input  logic           rst_i,
    // block
    input  logic           m_axis_rx_tvalid,
    output logic           m_axis_rx_tready,
    input  logic [W-1:0]   m_axis_rx_tdata,
    input  logic [W/8-1:0] m_axis_rx_tkeep,
    input  logic           m_axis_rx_tlast,
    input  logic [21:0]    m_axis_rx_tuser,
    output logic           rx_np_ok,
    output logic           rx_np_req,
    output logic           s_axis_tx_tvalid,
    input  logic           s_axis_tx_tready,
    output logic [W-1:0]   s_axis_tx_tdata,
    output logic [W/8-1:0] s_axis_tx_tkeep,
    output logic           s_axis_tx_tlast,
    output logic [3:0]     s_axis_tx_tuser,
    input  logic [5:0]     tx_buf_av,
    output logic           tx_cfg_gnt,
    input  logic [7:0]     cfg_bus_number,
    input  logic [4:0]     cfg_device_number,
    input  logic [2:0]     cfg_function_number,
    input  logic [15:0]    cfg_command,
    input  logic [15:0]    cfg_dcommand,
    input  logic [15:0]    cfg_dcommand2,
    input  logic           cfg_interrupt_msixenable,
    input  logic           cfg_interrupt_msixfm,
    input  logic           cfg_received_func_lvl_rst,
    output logic           cfg_trn_pending,
    input  logic           cfg_to_turnoff,
    output logic           cfg_turnoff_ok,
    // card
    output logic           req_valid_o,
    input  logic           req_ready_i,
    output logic           cpl_valid_o,
    output logic           rx_err_o,
    output logic [2:0]     rx_bar_o,
    output logic [127:0]   rx_hdr_o,
    output logic [127:0]   rx_data_o,
    input  logic           np_ret_i,
    input  logic           p_valid_i,
    output logic           p_ready_o,
    input  logic [127:0]   p_hdr_i,
    input  logic [127:0]   p_data_i,
    input  logic           np_valid_i,
    output logic           np_ready_o,
    input  logic [127:0]   np_hdr_i,
    input  logic [127:0]   np_data_i,
    input  logic           cpl_valid_i,
    output logic           cpl_ready_o,
    input  logic [127:0]   cpl_hdr_i,
    input  logic [127:0]   cpl_data_i,
    output logic [15:0]    cfg_id_o,
    output logic           cfg_bme_o,
    output logic           cfg_msix_en_o,
    output logic           cfg_msix_mask_o,
    output logic           cfg_atomic_en_o,
    output logic           cfg_flr_o,
    output logic           cfg_ext_tag_o,
    input  logic           cfg_pending_i
);
  hvb_x7_rx #(.W(W)) u_rx (
      .clk_i, .rst_i, .tvalid_i(m_axis_rx_tvalid), .tready_o(m_axis_rx_tready), .tdata_i(m_axis_rx_tdata),
      .tkeep_i(m_axis_rx_tkeep), .tlast_i(m_axis_rx_tlast), .tuser_i(m_axis_rx_tuser), .np_ok_o(rx_np_ok), .req_valid_o,
      .req_ready_i, .cpl_valid_o, .err_o(rx_err_o), .bar_o(rx_bar_o), .hdr_o(rx_hdr_o), .data_o(rx_data_o), .np_ret_i);
  hvb_x7_tx #(.W(W)) u_tx (
      .clk_i, .rst_i, .tvalid_o(s_axis_tx_tvalid), .tready_i(s_axis_tx_tready), .tdata_o(s_axis_tx_tdata),
      .tkeep_o(s_axis_tx_tkeep), .tlast_o(s_axis_tx_tlast), .buf_av_i(tx_buf_av), .p_valid_i, .p_ready_o, .p_hdr_i,
      .p_data_i, .cpl_valid_i, .cpl_ready_o, .cpl_hdr_i, .cpl_data_i, .np_valid_i, .np_ready_o, .np_hdr_i, .np_data_i);

  assign rx_np_req       = 1'b1;             // rx_np_ok alone holds non-posted requests back
  assign s_axis_tx_tuser = '0;               // whole TLPs, none of them poisoned, no ECRC
  assign tx_cfg_gnt      = 1'b1;             // the block's own completions go between two TLPs whenever it wants
  // ---- configuration: registers of PCIe 7.5 as the block shows them
  assign cfg_id_o        = {cfg_bus_number, cfg_device_number, cfg_function_number};
  assign cfg_bme_o       = cfg_command[2];
  assign cfg_ext_tag_o   = cfg_dcommand[8];
  assign cfg_atomic_en_o = cfg_dcommand2[6];
  assign cfg_msix_en_o   = cfg_interrupt_msixenable;
  assign cfg_msix_mask_o = cfg_interrupt_msixfm;
  assign cfg_trn_pending = cfg_pending_i;
  logic flr_q;
  always_ff @(posedge clk_i) begin
    flr_q          <= cfg_received_func_lvl_rst;
    cfg_turnoff_ok <= cfg_to_turnoff && !cfg_pending_i && !rst_i;
  end
  assign cfg_flr_o = cfg_received_func_lvl_rst && !flr_q;  // however long it lasts, one reset
endmodule
