// SPDX-License-Identifier: MIT
// The whole PCIe function: the core and its configuration space. With CFG_SPACE = 0 a hard block has the
// configuration space, says so at the cfg_* inputs, and which BAR a request hit at rx_req_bar_i. One TLP a beat; a
// beat moves where valid and ready are both 1. All outputs come from
// registers, the posted ones from a choice of two.
module hvb_card #(
    parameter int unsigned PARTS = 64,       // sending partitions: power of two, 2 to 64
    parameter int unsigned ROWS = 2048,      // rows of each of three ways of the connection table, power of two
    parameter int unsigned CONNS = 4096,     // connections promised: at most two thirds of 3 * ROWS
    parameter int unsigned WORDS = 2048,     // pending words, 64 to 4096
    parameter int unsigned TAGS = 32,        // AtomicOps in flight: power of two, 4 to 256
    parameter int unsigned VECS = 256,       // MSI-X vectors, 2 to 2048
    parameter int unsigned VPS = 256,        // virtual processors, 2 to 1024
    parameter int unsigned GROUPS = 256,     // HV_ANY_VP groups
    parameter int unsigned ELEMS = 2048,     // elements of their rings
    parameter int unsigned PAGE_SHIFT = 12,  // log2 of the distance of doorbell pages, 12 to 16
    parameter int unsigned CLOCK_MHZ = 125,
    parameter bit CFG_SPACE = 1'b1,
    parameter bit TRACE = 1'b1,              // 0: no trace ring, TRACE_COUNT stays 0
    parameter bit OWNED = 1'b1               // 0: AtomicOps only; CONTROL OWNED stays 0
) (
    input  logic         clk_i,
    input  logic         rst_i,            // two cycles at least: what a reset clears, it clears from the second on
`ifdef HVB_CHECK_OFF
    input  logic [15:0]  check_off_i,
`endif
    input  logic         rx_req_valid_i,
    output logic         rx_req_ready_o,
    input  logic         rx_req_err_i,
    input  logic [2:0]   rx_req_bar_i,
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
    input  logic [63:0]  time_i,         // cycles since power-on: a counter that runs whatever happens here
    output logic         idle_o,         // without input, nothing but time_i will change
    output logic         wait_o,         // the same for 256 cycles: AtomicOps fly, none is near its time-out
    // CFG_SPACE = 0 only
    input  logic [15:0]  cfg_id_i,
    input  logic         cfg_bme_i,
    input  logic         cfg_msix_en_i,
    input  logic         cfg_msix_mask_i,
    input  logic         cfg_atomic_en_i,
    input  logic         cfg_flr_i,
    input  logic         cfg_ext_tag_i,
    output logic         cfg_pending_o   // AtomicOps waited for their completions a cycle ago
);
  if (3 * CONNS > 6 * ROWS) begin : g_bad_conns
    $fatal(1, "hvb_card: CONNS must not pass two thirds of 3 * ROWS");
  end
  if (PAGE_SHIFT < 12 || PAGE_SHIFT > 16) begin : g_bad_page_shift
    $fatal(1, "hvb_card: PAGE_SHIFT must be 12 to 16");
  end

  logic [15:0] id, wr_id;
  logic mem_en, bme, msix_en, msix_mask, atomic_en, flr, we, timeout_off, ext_tag, pending, ur_p, ur_np;
  logic [63:0] bar0, bar2, bar4;
  logic [2:0] bar_low;
  logic [9:0] dw;
  logic [3:0] be;
  logic [31:0] wdata, rdata;

  assign cfg_pending_o = pending;
  if (CFG_SPACE) begin : g_cfg
    hvb_cfg #(.DB_SHIFT(PAGE_SHIFT + $clog2(PARTS)), .VECTORS(VECS), .EXT_TAG(TAGS > 32), .PARTS(PARTS),
              .CONNECTIONS(CONNS),
        .WORDS(WORDS)) u_cfg (
        .clk_i, .rst_i, .dw_i(dw), .rdata_o(rdata), .we_i(we), .be_i(be), .wdata_i(wdata), .bdf_we_id_i(wr_id),
            .id_o(id),
        .mem_en_o(mem_en), .bme_o(bme), .bar0_o(bar0), .bar2_o(bar2), .bar4_o(bar4), .bar_low_o(bar_low),
        .msix_en_o(msix_en), .msix_mask_o(msix_mask), .atomic_en_o(atomic_en), .flr_o(flr), .flr_i(flr),
        .timeout_off_o(timeout_off), .ext_tag_o(ext_tag), .pending_i(pending), .ur_p_i(ur_p), .ur_np_i(ur_np));
  end else begin : g_hard
    assign {id, mem_en, bme, msix_en, msix_mask, atomic_en, flr, ext_tag} =
        {cfg_id_i, 1'b1, cfg_bme_i, cfg_msix_en_i, cfg_msix_mask_i, cfg_atomic_en_i, cfg_flr_i, cfg_ext_tag_i};
    assign {bar0, bar2, bar4, bar_low, rdata, timeout_off} = '0;
  end

  hvb_core #(.PARTS(PARTS), .ROWS(ROWS), .CONNS(CONNS), .WORDS(WORDS), .TAGS(TAGS), .VECS(VECS), .VPS(VPS),
      .GROUPS(GROUPS),
             .ELEMS(ELEMS), .PAGE_SHIFT(PAGE_SHIFT), .CLOCK_MHZ(CLOCK_MHZ), .CFG_SPACE(CFG_SPACE),
             .TRACE(TRACE), .OWNED(OWNED)) u_core (
`ifdef HVB_CHECK_OFF
      .check_off_i,
`endif
      .clk_i, .rst_i, .id_i(id), .mem_en_i(mem_en), .bme_i(bme), .bar0_i(bar0), .bar2_i(bar2), .bar4_i(bar4),
      .bar_low_i(bar_low), .msix_en_i(msix_en), .msix_mask_i(msix_mask), .atomic_en_i(atomic_en), .flr_i(flr),
      .timeout_off_i(timeout_off), .ext_tag_i(ext_tag),
      .pending_o(pending), .ur_p_o(ur_p), .ur_np_o(ur_np), .cfg_dw_o(dw), .cfg_we_o(we),
      .cfg_be_o(be), .cfg_wdata_o(wdata), .cfg_id_o(wr_id), .cfg_rdata_i(rdata), .rx_req_valid_i, .rx_req_ready_o,
      .rx_req_err_i, .rx_req_bar_i, .rx_req_hdr_i, .rx_req_data_i, .rx_np_ret_o, .rx_cpl_valid_i, .rx_cpl_err_i,
      .rx_cpl_hdr_i, .rx_cpl_data_i, .tx_p_valid_o, .tx_p_ready_i, .tx_p_hdr_o, .tx_p_data_o, .tx_np_valid_o,
      .tx_np_ready_i, .tx_np_hdr_o, .tx_np_data_o, .tx_cpl_valid_o, .tx_cpl_ready_i, .tx_cpl_hdr_o, .tx_cpl_data_o,
          .time_i,
      .idle_o, .wait_o);
endmodule
