// SPDX-License-Identifier: MIT
// What every hard block of PCIe does behind its user interface, as far as a card can tell: it has the configuration
// space and answers requests to it, says which BAR a request hit, keeps what arrives until the user takes it (in order;
// while the user takes no non-posted requests, the others pass them), and what the user sends until the link takes it,
// each class for itself. A model for tests: one TLP a beat on both sides, header and payload apart as the card has it.
module hvb_block #(
    parameter int unsigned BUFFERS = 32,         // TLPs of the user that have not left yet
    parameter logic [7:0] REVISION = 8'd1        // what configuration space says of the card
) (
    input  logic         clk_i,
    input  logic         rst_i,
    // link
    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  logic         req_err_i,
    input  logic [127:0] req_hdr_i,
    input  logic [127:0] req_data_i,
    output logic         np_ret_o,
    input  logic         cpl_valid_i,
    input  logic         cpl_err_i,
    input  logic [127:0] cpl_hdr_i,
    input  logic [127:0] cpl_data_i,
    output logic         p_valid_o,
    input  logic         p_ready_i,
    output logic [127:0] p_hdr_o,
    output logic [127:0] p_data_o,
    output logic         np_valid_o,
    input  logic         np_ready_i,
    output logic [127:0] np_hdr_o,
    output logic [127:0] np_data_o,
    output logic         cpl_valid_o,
    input  logic         cpl_ready_i,
    output logic [127:0] cpl_hdr_o,
    output logic [127:0] cpl_data_o,
    output logic         idle_o,
    // towards the user: may change where it is not taken
    output logic         down_valid_o,
    input  logic         down_ready_i,
    output logic         down_cpl_o,             // a completion
    output logic         down_err_o,
    output logic [7:0]   down_hit_o,             // a bit for each BAR register: a 64-bit BAR sets two
    output logic [127:0] down_hdr_o,
    output logic [127:0] down_data_o,
    input  logic         np_ok_i,                // the user takes non-posted requests
    // from the user
    input  logic         up_valid_i,
    output logic         up_ready_o,
    input  logic [127:0] up_hdr_i,
    input  logic [127:0] up_data_i,
    output logic [5:0]   up_room_o,              // how many more there is room for
    // configuration
    output logic [15:0]  id_o,
    output logic         bme_o,
    output logic         msix_en_o,
    output logic         msix_mask_o,
    output logic         atomic_en_o,
    output logic         flr_o,
    output logic         ext_tag_o,
    input  logic         pending_i
);
  localparam int unsigned IN = 512, OUT = 64, HELD = 256;
  localparam logic [4:0] TYP_MEM_LOCKED = 5'b00001, TYP_IO = 5'b00010, TYP_CFG1 = 5'b00101;

  function automatic logic is_np(input logic [127:0] hdr);
    case (hdr[124:120])
      hvb_pkg::TYP_MEM: is_np = !hdr[126];
      TYP_MEM_LOCKED, TYP_IO, hvb_pkg::TYP_CFG0, TYP_CFG1, hvb_pkg::TYP_FETCHADD, hvb_pkg::TYP_SWAP,
      hvb_pkg::TYP_CAS: is_np = 1'b1;
      default: is_np = 1'b0;
    endcase
  endfunction
  function automatic logic is_cfg(input logic [127:0] hdr);
    is_cfg = hdr[124:120] == hvb_pkg::TYP_CFG0 || hdr[124:120] == TYP_CFG1;
  endfunction

  // ---- what has arrived: posted requests; completions and non-posted ones, each with how many posted came before it
  logic main_push, main_pop, main_empty, main_err, np_push, np_pop, np_empty, np_err;
  logic done_pop, done_empty, done_err;
  logic [127:0] main_hdr, main_data, np_hdr, np_data, done_hdr, done_data;
  logic [15:0]  pushed_q, popped_q, np_behind, done_behind;
  logic [$clog2(IN):0] main_count, waiting_count, done_count;
  logic take;
  assign req_ready_o = 32'(main_count) < HELD && 32'(waiting_count) < HELD;
  assign take        = req_valid_i && req_ready_o;
  assign np_push     = take && is_np(req_hdr_i);
  assign main_push   = take && !is_np(req_hdr_i);
  hvb_fifo #(.WIDTH(257), .DEPTH(IN)) u_main (
      .clk_i, .clear_i(rst_i), .push_i(main_push), .data_i({req_err_i, req_hdr_i, req_data_i}), .pop_i(main_pop),
      .head_o({main_err, main_hdr, main_data}), .empty_o(main_empty), .count_o(main_count));
  hvb_fifo #(.WIDTH(273), .DEPTH(IN)) u_waiting (
      .clk_i, .clear_i(rst_i), .push_i(np_push), .data_i({pushed_q, req_err_i, req_hdr_i, req_data_i}), .pop_i(np_pop),
      .head_o({np_behind, np_err, np_hdr, np_data}), .empty_o(np_empty), .count_o(waiting_count));
  hvb_fifo #(.WIDTH(273), .DEPTH(IN)) u_done (
      .clk_i, .clear_i(rst_i), .push_i(cpl_valid_i), .data_i({pushed_q, cpl_err_i, cpl_hdr_i, cpl_data_i}),
      .pop_i(done_pop), .head_o({done_behind, done_err, done_hdr, done_data}), .empty_o(done_empty),
      .count_o(done_count));

  // ---- what the user gets next: what has its turn, all posted requests that came before it having gone
  logic done_next, turn, cfg_now, np_next;
  assign done_next    = !done_empty && 16'(popped_q - done_behind) < 16'h8000;
  assign turn         = !np_empty && 16'(popped_q - np_behind) < 16'h8000;
  assign cfg_now      = turn && is_cfg(np_hdr) && 32'(cpl_count) < OUT;
  assign np_next      = turn && !is_cfg(np_hdr) && np_ok_i && !done_next;
  assign down_valid_o = done_next || np_next || !main_empty;
  assign down_cpl_o   = done_next;
  assign {down_err_o, down_hdr_o, down_data_o} = done_next ? {done_err, done_hdr, done_data} :
      np_next ? {np_err, np_hdr, np_data} : {main_err, main_hdr, main_data};
  assign done_pop     = done_next && down_ready_i;
  assign main_pop     = down_valid_o && down_ready_i && !np_next && !done_next;
  assign np_pop       = cfg_now || (np_next && down_ready_i);
  always_ff @(posedge clk_i) begin
    pushed_q <= rst_i ? '0 : pushed_q + 16'(main_push);
    popped_q <= rst_i ? '0 : popped_q + 16'(main_pop);
    np_ret_o <= np_pop && !rst_i;
  end

  // ---- which BAR
  logic mem_en, is_mem;
  logic [63:0] addr, bar0, bar2, bar4;
  assign is_mem     = !down_cpl_o && (down_hdr_o[124:121] == 4'd0 || down_hdr_o[124:122] == 3'b011);
  assign addr       = down_hdr_o[125] ? down_hdr_o[63:0] : {32'd0, down_hdr_o[63:32]};
  assign down_hit_o = !mem_en || !is_mem ? 8'd0 : {2'd0, {2{addr[63:16] == bar4[63:16]}},
                                        {2{addr[63:18] == bar2[63:18]}}, {2{addr[63:16] == bar0[63:16]}}};

  // ---- configuration space
  hvb_pkg::cpl_hdr_t cfg_cpl;
  hvb_pkg::req_hdr_t asked;
  logic [31:0] rdata;
  logic cfg_ok, flr, timeout_off;
  assign asked  = np_hdr;
  assign cfg_ok = asked.typ == hvb_pkg::TYP_CFG0 && !(asked.fmt[1] && asked.ep) && !np_err;
  assign flr_o  = flr;
  hvb_cfg #(.REVISION(REVISION)) u_cfg (
      .clk_i, .rst_i, .dw_i(asked.dw2[11:2]), .rdata_o(rdata), .we_i(cfg_now && cfg_ok && asked.fmt[1]),
      .be_i(asked.first_be), .wdata_i(np_data[31:0]), .bdf_we_id_i(asked.dw2[31:16]), .id_o, .mem_en_o(mem_en), .bme_o,
      .bar0_o(bar0), .bar2_o(bar2), .bar4_o(bar4),
      // whole addresses are compared here
      /* verilator lint_off PINCONNECTEMPTY */ .bar_low_o(), /* verilator lint_on PINCONNECTEMPTY */
      .msix_en_o, .msix_mask_o, .atomic_en_o,
      .timeout_off_o(timeout_off), .ext_tag_o, .pending_i, .ur_p_i(1'b0), .ur_np_i(cfg_now && !cfg_ok), .flr_o(flr),
      .flr_i(flr));
  always_comb begin
    cfg_cpl = '0;
    cfg_cpl.typ       = hvb_pkg::TYP_CPL;
    cfg_cpl.fmt       = cfg_ok && !asked.fmt[1] ? 3'b010 : 3'b000;
    cfg_cpl.len       = cfg_ok && !asked.fmt[1] ? 10'd1 : 10'd0;
    cfg_cpl.tag       = asked.tag;
    {cfg_cpl.t9, cfg_cpl.t8} = {asked.t9, asked.t8};
    cfg_cpl.requester = asked.id;
    cfg_cpl.completer = id_o;
    cfg_cpl.status    = cfg_ok ? hvb_pkg::CPL_SC : hvb_pkg::CPL_UR;
    cfg_cpl.bytes     = 12'd4;
  end

  // ---- what the user has sent; the block's own completions come first
  logic p_push, np_out_push, cpl_push, p_empty, np_out_empty, cpl_empty, up_cpl, room;
  logic [$clog2(OUT):0] p_count, np_count, cpl_count;
  logic [255:0] cpl_in;
  assign up_cpl      = up_hdr_i[124:120] == hvb_pkg::TYP_CPL;
  assign up_ready_o  = room && !cfg_now;
  assign p_push      = up_valid_i && up_ready_o && !up_cpl && !is_np(up_hdr_i);
  assign np_out_push = up_valid_i && up_ready_o && is_np(up_hdr_i);
  assign cpl_push    = cfg_now || (up_valid_i && up_ready_o && up_cpl);
  assign cpl_in      = cfg_now ? {cfg_cpl, 96'd0, rdata} : {up_hdr_i, up_data_i};
  assign up_room_o   = 32'(p_count) + 32'(np_count) + 32'(cpl_count) < BUFFERS ?
                       6'(BUFFERS - 32'(p_count) - 32'(np_count) - 32'(cpl_count)) : 6'd0;
  assign room        = up_room_o != 0;
  hvb_fifo #(.WIDTH(256), .DEPTH(OUT)) u_p (
      .clk_i, .clear_i(rst_i), .push_i(p_push), .data_i({up_hdr_i, up_data_i}), .pop_i(p_valid_o && p_ready_i),
      .head_o({p_hdr_o, p_data_o}), .empty_o(p_empty), .count_o(p_count));
  hvb_fifo #(.WIDTH(256), .DEPTH(OUT)) u_np (
      .clk_i, .clear_i(rst_i), .push_i(np_out_push), .data_i({up_hdr_i, up_data_i}), .pop_i(np_valid_o && np_ready_i),
      .head_o({np_hdr_o, np_data_o}), .empty_o(np_out_empty), .count_o(np_count));
  hvb_fifo #(.WIDTH(256), .DEPTH(OUT)) u_cpl (
      .clk_i, .clear_i(rst_i), .push_i(cpl_push), .data_i(cpl_in), .pop_i(cpl_valid_o && cpl_ready_i),
      .head_o({cpl_hdr_o, cpl_data_o}), .empty_o(cpl_empty), .count_o(cpl_count));
  assign p_valid_o   = !p_empty;
  assign np_valid_o  = !np_out_empty;
  assign cpl_valid_o = !cpl_empty;
  assign idle_o      = main_empty && np_empty && done_empty && p_empty && np_out_empty && cpl_empty && !np_ret_o;
endmodule
