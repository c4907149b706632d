// SPDX-License-Identifier: MIT
// What every board without PCIe has: the card at the end of a serial line (docs/serial.md), on one clock. A board's top
// level names pins and gives the clock.
// LEDs, 1 is on: 0 a session runs, 1 frames arrive, 2 frames leave, 3 something arrived damaged, 4 something was sent
// again (3 and 4 stay until a session begins), 5 the card has work, 6 blinks about once a second, 7 reset.
module serial_card #(
    parameter int unsigned CLOCK = 25000000,      // Hz, a multiple of 1 MHz
    parameter int unsigned BAUD = 1000000,        // bits a second
    parameter int unsigned RESEND = CLOCK / 10,   // cycles; hvb_serial
    parameter int unsigned ROWS = 2048,           // sizes of hvb_card
    parameter int unsigned CONNS = 4096,
    parameter int unsigned WORDS = 2048,
    parameter bit OWNED = 1'b1
) (
    input  logic       clk_i,
    input  logic       reset_i,   // from a button: asynchronous
    input  logic       line_i,
    output logic       line_o,
    output logic [7:0] led_o
);
  // The FPGA starts with its registers at 0, so this counts up once.
  logic [7:0]  start_q = '0;
  logic        rst_q = 1'b1;
  logic [1:0]  button_q;
  logic [63:0] time_q = '0;
  logic        np_ret, pending, core_rst, up, came, bad, again, idle, waits;
  logic        req_valid, req_ready, cpl_valid, err, p_valid, p_ready, np_valid, np_ready, c_valid, c_ready;
  logic [127:0] rx_hdr, rx_data, p_hdr, p_data, np_hdr, np_data, c_hdr, c_data;
  logic [19:0] came_q, left_q;
  logic        bad_q, again_q;

  always_ff @(posedge clk_i) begin
    time_q   <= time_q + 64'd1;
    button_q <= {button_q[0], reset_i};
    rst_q    <= start_q != '1 || button_q[1];
    if (start_q != '1) start_q <= start_q + 8'd1;
  end

  hvb_serial #(.CLKS(CLOCK / BAUD), .RESEND(RESEND)) u_serial (
      .clk_i, .rst_i(rst_q), .line_i, .line_o, .core_rst_o(core_rst), .up_o(up),
      .came_o(came), .bad_o(bad), .again_o(again), .rx_req_valid_o(req_valid), .rx_req_ready_i(req_ready),
      .rx_cpl_valid_o(cpl_valid), .rx_err_o(err), .rx_hdr_o(rx_hdr), .rx_data_o(rx_data), .tx_p_valid_i(p_valid),
      .tx_p_ready_o(p_ready), .tx_p_hdr_i(p_hdr), .tx_p_data_i(p_data), .tx_np_valid_i(np_valid),
      .tx_np_ready_o(np_ready), .tx_np_hdr_i(np_hdr), .tx_np_data_i(np_data), .tx_cpl_valid_i(c_valid),
      .tx_cpl_ready_o(c_ready), .tx_cpl_hdr_i(c_hdr), .tx_cpl_data_i(c_data));

  hvb_card #(.CLOCK_MHZ(CLOCK / 1000000), .ROWS(ROWS), .CONNS(CONNS), .WORDS(WORDS), .OWNED(OWNED)) u_card (
      .clk_i, .rst_i(core_rst), .rx_req_valid_i(req_valid), .rx_req_ready_o(req_ready), .rx_req_err_i(err),
      .rx_req_bar_i(3'd0), .rx_req_hdr_i(rx_hdr), .rx_req_data_i(rx_data), .rx_np_ret_o(np_ret),
      .rx_cpl_valid_i(cpl_valid), .rx_cpl_err_i(err), .rx_cpl_hdr_i(rx_hdr), .rx_cpl_data_i(rx_data),
      .tx_p_valid_o(p_valid), .tx_p_ready_i(p_ready), .tx_p_hdr_o(p_hdr), .tx_p_data_o(p_data),
      .tx_np_valid_o(np_valid), .tx_np_ready_i(np_ready), .tx_np_hdr_o(np_hdr), .tx_np_data_o(np_data),
      .tx_cpl_valid_o(c_valid), .tx_cpl_ready_i(c_ready), .tx_cpl_hdr_o(c_hdr), .tx_cpl_data_o(c_data),
      .time_i(time_q), .idle_o(idle), .wait_o(waits),
      .cfg_id_i(16'd0), .cfg_bme_i(1'b0), .cfg_msix_en_i(1'b0), .cfg_msix_mask_i(1'b0), .cfg_atomic_en_i(1'b0),
      .cfg_flr_i(1'b0), .cfg_ext_tag_i(1'b0), .cfg_pending_o(pending));

  always_ff @(posedge clk_i) begin
    came_q  <= came ? '1 : came_q - 20'(came_q != 0);   // long enough to be seen
    left_q  <= !line_o ? '1 : left_q - 20'(left_q != 0);
    bad_q   <= !core_rst && (bad || bad_q);
    again_q <= !core_rst && (again || again_q);
  end
  assign led_o = {rst_q, time_q[24], !idle && !waits, again_q, bad_q, left_q != 0, came_q != 0, up};
endmodule
