// SPDX-License-Identifier: MIT
// What every board with a PCIe block has behind its adapter, or behind the crossing to the card's clock: the card, its
// time, and the LEDs. Streams are packed as hvb_cross packs them. All on clk_i, which is the card's.
module hvb_board_core #(
    parameter int unsigned CLOCK_MHZ = 125,  // of clk_i, rounded down
    parameter int unsigned ROWS = 2048,      // this and the following: hvb_card
    parameter int unsigned CONNS = 4096,
    parameter int unsigned WORDS = 2048,
    parameter bit OWNED = 1'b1
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         perst_n_i,    // PERST#, whatever the clock does
    input  logic         up_i,         // there is a link
    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  logic [259:0] req_i,        // error, BAR, header, payload
    output logic         np_ret_o,
    input  logic         cpl_valid_i,
    input  logic [256:0] cpl_i,        // error, header, payload
    output logic         p_valid_o,
    input  logic         p_ready_i,
    output logic [255:0] p_o,          // header, payload
    output logic         np_valid_o,
    input  logic         np_ready_i,
    output logic [255:0] np_o,
    output logic         c_valid_o,
    input  logic         c_ready_i,
    output logic [255:0] c_o,
    input  logic [19:0]  cfg_i,        // id, bus master, MSI-X enable and mask, AtomicOp requester enable
    input  logic         flr_i,        // pulse
    output logic         pending_o,
    output logic         idle_o,
    output logic         link_o,       // LEDs, as hvb_lights has them
    output logic         doorbell_o,
    output logic         fault_o
);
  logic waits;
  logic [63:0] time_q = '0;  // since the bitstream was loaded, whatever is reset
  always_ff @(posedge clk_i) time_q <= time_q + 64'd1;

  hvb_card #(
      .ROWS(ROWS), .CONNS(CONNS), .WORDS(WORDS), .OWNED(OWNED), .CLOCK_MHZ(CLOCK_MHZ), .CFG_SPACE(1'b0)
  ) u_card (
      .clk_i, .rst_i, .rx_req_valid_i(req_valid_i), .rx_req_ready_o(req_ready_o), .rx_req_err_i(req_i[259]),
      .rx_req_bar_i(req_i[258:256]), .rx_req_hdr_i(req_i[255:128]), .rx_req_data_i(req_i[127:0]),
      .rx_np_ret_o(np_ret_o), .rx_cpl_valid_i(cpl_valid_i), .rx_cpl_err_i(cpl_i[256]),
      .rx_cpl_hdr_i(cpl_i[255:128]), .rx_cpl_data_i(cpl_i[127:0]), .tx_p_valid_o(p_valid_o),
      .tx_p_ready_i(p_ready_i), .tx_p_hdr_o(p_o[255:128]), .tx_p_data_o(p_o[127:0]), .tx_np_valid_o(np_valid_o),
      .tx_np_ready_i(np_ready_i), .tx_np_hdr_o(np_o[255:128]), .tx_np_data_o(np_o[127:0]),
      .tx_cpl_valid_o(c_valid_o), .tx_cpl_ready_i(c_ready_i), .tx_cpl_hdr_o(c_o[255:128]),
      .tx_cpl_data_o(c_o[127:0]), .time_i(time_q), .idle_o, .wait_o(waits), .cfg_id_i(cfg_i[19:4]),
      .cfg_bme_i(cfg_i[3]), .cfg_msix_en_i(cfg_i[2]), .cfg_msix_mask_i(cfg_i[1]), .cfg_atomic_en_i(cfg_i[0]),
      .cfg_flr_i(flr_i), .cfg_ext_tag_i(1'b0), .cfg_pending_o(pending_o));

  hvb_pkg::cpl_hdr_t answer;
  assign answer = cpl_i[255:128];
  hvb_lights #(.CLOCK_MHZ(CLOCK_MHZ)) u_lights (
      .clk_i, .rst_i, .perst_n_i, .up_i,
      .doorbell_i(req_valid_i && req_ready_o && req_i[258:256] == 3'(hvb_regs_pkg::BAR_DOORBELL)),
      .fault_i(req_valid_i && req_i[259] || cpl_valid_i && (cpl_i[256] || answer.status != hvb_pkg::CPL_SC)),
      .link_o, .doorbell_o, .fault_o);
endmodule
