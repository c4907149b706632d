// SPDX-License-Identifier: MIT
// The user side of an UltraScale(+) PCIe block as its guides (PG156, PG213) describe it, in DWORD-aligned mode,
// without straddling, with the user's tags: TLPs on one side, four AXI4-Streams on the other. A model for tests.
module hvb_us_block #(
    parameter int unsigned W = 256,
    parameter int unsigned SEED = 1
) (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            random_i,      // pauses and back-pressure at random
    input  logic [15:0]     id_i,
    // towards the user (hvb_us_down)
    input  logic            down_valid_i,
    output logic            down_ready_o,
    input  logic            down_cpl_i,
    input  logic            down_err_i,
    input  logic [2:0]      down_bar_i,
    input  logic [127:0]    down_hdr_i,
    input  logic [127:0]    down_data_i,
    output logic            np_ok_o,
    // from the user (hvb_us_up)
    output logic            up_valid_o,
    input  logic            up_ready_i,
    output logic [127:0]    up_hdr_o,
    output logic [127:0]    up_data_o,
    input  logic            np_left_i,
    output logic            idle_o,
    // streams
    output logic            cq_tvalid_o,
    input  logic            cq_tready_i,
    output logic            cq_tlast_o,
    output logic [W-1:0]    cq_tdata_o,
    output logic [87:0]     cq_tuser_o,
    input  logic [1:0]      cq_np_req_i,
    output logic            rc_tvalid_o,
    input  logic            rc_tready_i,
    output logic            rc_tlast_o,
    output logic [W-1:0]    rc_tdata_o,
    output logic [74:0]     rc_tuser_o,
    input  logic            rq_tvalid_i,
    output logic            rq_tready_o,
    input  logic            rq_tlast_i,
    input  logic [W-1:0]    rq_tdata_i,
    input  logic [W/32-1:0] rq_tkeep_i,
    input  logic [61:0]     rq_tuser_i,
    output logic [3:0]      tfc_nph_av_o,
    output logic [3:0]      tfc_npd_av_o,
    output logic            rq_seq_vld0_o,
    output logic [5:0]      rq_seq_num0_o,
    output logic            rq_seq_vld1_o,
    output logic [5:0]      rq_seq_num1_o,
    input  logic            cc_tvalid_i,
    output logic            cc_tready_o,
    input  logic            cc_tlast_i,
    input  logic [W-1:0]    cc_tdata_i,
    input  logic [W/32-1:0] cc_tkeep_i,
    input  logic [32:0]     cc_tuser_i
);
  logic sent, asked, down_idle, up_idle;
  logic [7:0] sent_tag, asked_tag;
  logic [135:0] asked_what;
  assign idle_o = down_idle && up_idle;

  hvb_us_down #(.W(W), .SEED(SEED)) u_down (
      .clk_i, .rst_i, .random_i, .valid_i(down_valid_i), .ready_o(down_ready_o), .cpl_i(down_cpl_i),
      .err_i(down_err_i), .bar_i(down_bar_i), .hdr_i(down_hdr_i), .data_i(down_data_i), .np_ok_o, .sent_i(sent),
      .sent_tag_i(sent_tag), .asked_o(asked), .asked_tag_o(asked_tag), .asked_what_o(asked_what), .cq_tvalid_o,
      .cq_tready_i, .cq_tlast_o, .cq_tdata_o, .cq_tuser_o, .cq_np_req_i, .rc_tvalid_o, .rc_tready_i, .rc_tlast_o,
      .rc_tdata_o, .rc_tuser_o, .idle_o(down_idle));

  hvb_us_up #(.W(W), .SEED(SEED ^ 32'hABCD)) u_up (
      .clk_i, .rst_i, .random_i, .id_i, .asked_i(asked), .asked_tag_i(asked_tag), .asked_what_i(asked_what),
      .sent_o(sent), .sent_tag_o(sent_tag), .valid_o(up_valid_o), .ready_i(up_ready_i), .hdr_o(up_hdr_o),
      .data_o(up_data_o), .np_left_i, .rq_tvalid_i, .rq_tready_o, .rq_tlast_i, .rq_tdata_i, .rq_tkeep_i, .rq_tuser_i,
      .tfc_nph_av_o, .tfc_npd_av_o, .rq_seq_vld0_o, .rq_seq_num0_o, .rq_seq_vld1_o, .rq_seq_num1_o, .cc_tvalid_i,
      .cc_tready_o, .cc_tlast_i, .cc_tdata_i, .cc_tkeep_i, .cc_tuser_i, .idle_o(up_idle));
endmodule
