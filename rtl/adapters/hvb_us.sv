// SPDX-License-Identifier: MIT
// Between the card's streams and the four AXI4-Streams of an UltraScale(+) PCIe block (PG156, PG213). Ports of the
// block's side are named as the block names them, less s_axis_ and m_axis_. Promises: one cycle each way, behind the
// last beat in and before the first beat out; what each stream keeps of order and speed stands in its module.
// docs/adapters.md says how the block must be set up and how its cfg_* outputs go to the card.
module hvb_us #(
    parameter int unsigned W = 256  // bits of the block's streams: 128 or 256
) (
    input  logic            clk_i,          // user_clk
    input  logic            rst_i,          // user_reset
    input  logic [15:0]     id_i,           // the card's cfg_id_i
    // block
    input  logic            cq_tvalid_i,
    output logic            cq_tready_o,
    input  logic            cq_tlast_i,
    input  logic [W-1:0]    cq_tdata_i,
    input  logic [87:0]     cq_tuser_i,
    output logic [1:0]      cq_np_req_o,
    output logic            cc_tvalid_o,
    input  logic            cc_tready_i,
    output logic            cc_tlast_o,
    output logic [W-1:0]    cc_tdata_o,
    output logic [W/32-1:0] cc_tkeep_o,
    output logic [32:0]     cc_tuser_o,
    output logic            rq_tvalid_o,
    input  logic            rq_tready_i,
    output logic            rq_tlast_o,
    output logic [W-1:0]    rq_tdata_o,
    output logic [W/32-1:0] rq_tkeep_o,
    output logic [61:0]     rq_tuser_o,
    input  logic [3:0]      tfc_nph_av_i,
    input  logic [3:0]      tfc_npd_av_i,
    input  logic            rq_seq_vld0_i,
    input  logic [5:0]      rq_seq_num0_i,
    input  logic            rq_seq_vld1_i,
    input  logic [5:0]      rq_seq_num1_i,
    input  logic            rc_tvalid_i,
    output logic            rc_tready_o,
    input  logic            rc_tlast_i,
    input  logic [W-1:0]    rc_tdata_i,
    input  logic [74:0]     rc_tuser_i,
    // card
    output logic            rx_req_valid_o,
    input  logic            rx_req_ready_i,
    output logic            rx_req_err_o,
    output logic [2:0]      rx_req_bar_o,
    output logic [127:0]    rx_req_hdr_o,
    output logic [127:0]    rx_req_data_o,
    input  logic            rx_np_ret_i,
    output logic            rx_cpl_valid_o,
    output logic            rx_cpl_err_o,
    output logic [127:0]    rx_cpl_hdr_o,
    output logic [127:0]    rx_cpl_data_o,
    input  logic            tx_p_valid_i,
    output logic            tx_p_ready_o,
    input  logic [127:0]    tx_p_hdr_i,
    input  logic [127:0]    tx_p_data_i,
    input  logic            tx_np_valid_i,
    output logic            tx_np_ready_o,
    input  logic [127:0]    tx_np_hdr_i,
    input  logic [127:0]    tx_np_data_i,
    input  logic            tx_cpl_valid_i,
    output logic            tx_cpl_ready_o,
    input  logic [127:0]    tx_cpl_hdr_i,
    input  logic [127:0]    tx_cpl_data_i
);
  logic refuse;
  logic [135:0] refuse_what;
  logic [5:0] ahead;
  logic [1:0] passed;

  hvb_us_cq #(.W(W)) u_cq (
      .clk_i, .rst_i, .cq_tvalid_i, .cq_tready_o, .cq_tlast_i, .cq_tdata_i, .cq_tuser_i, .cq_np_req_o,
      .req_valid_o(rx_req_valid_o), .req_ready_i(rx_req_ready_i), .req_err_o(rx_req_err_o), .req_bar_o(rx_req_bar_o),
      .req_hdr_o(rx_req_hdr_o), .req_data_o(rx_req_data_o), .np_ret_i(rx_np_ret_i), .refuse_o(refuse),
      .refuse_what_o(refuse_what));

  hvb_us_rc #(.W(W)) u_rc (
      .clk_i, .rst_i, .id_i, .rc_tvalid_i, .rc_tready_o, .rc_tlast_i, .rc_tdata_i, .rc_tuser_i,
      .cpl_valid_o(rx_cpl_valid_o), .cpl_err_o(rx_cpl_err_o), .cpl_hdr_o(rx_cpl_hdr_o), .cpl_data_o(rx_cpl_data_o));

  hvb_us_rq #(.W(W)) u_rq (
      .clk_i, .rst_i, .p_valid_i(tx_p_valid_i), .p_ready_o(tx_p_ready_o), .p_hdr_i(tx_p_hdr_i), .p_data_i(tx_p_data_i),
      .np_valid_i(tx_np_valid_i), .np_ready_o(tx_np_ready_o), .np_hdr_i(tx_np_hdr_i), .np_data_i(tx_np_data_i),
      .rq_tvalid_o, .rq_tready_i, .rq_tlast_o, .rq_tdata_o, .rq_tkeep_o, .rq_tuser_o, .tfc_nph_av_i, .tfc_npd_av_i,
      .rq_seq_vld0_i, .rq_seq_num0_i, .rq_seq_vld1_i, .rq_seq_num1_i, .ahead_o(ahead), .passed_o(passed));

  hvb_us_cc #(.W(W)) u_cc (
      .clk_i, .rst_i, .cpl_valid_i(tx_cpl_valid_i), .cpl_ready_o(tx_cpl_ready_o), .cpl_hdr_i(tx_cpl_hdr_i),
      .cpl_data_i(tx_cpl_data_i), .p_valid_i(tx_p_valid_i), .ahead_i(ahead), .passed_i(passed), .refuse_i(refuse),
      .refuse_what_i(refuse_what), .cc_tvalid_o, .cc_tready_i, .cc_tlast_o, .cc_tdata_o, .cc_tkeep_o, .cc_tuser_o);
endmodule
