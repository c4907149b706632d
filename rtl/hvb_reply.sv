// SPDX-License-Identifier: MIT
// Answers non-posted requests: a queue as deep as the credits advertised, served in order. What was asked enters it
// when the request enters the pipeline, the data when it leaves that. What is left to do here is DELIVERED,
// configuration space, and the completion's header (PCIe 2.3.1.1).
// Promises: a request within its credits always finds room; one completion every two cycles; a read longer than a
// register is answered with zeroes, split where a completion may be split (128 bytes); DELIVERED is a cycle longer.
// Completions wait for nothing but their own output.
module hvb_reply #(
    parameter int unsigned DEPTH = 32  // credits, a power of two
) (
    input  logic              clk_i,
    input  logic              rst_i,
    input  logic [15:0]       id_i,
    // S0: the slot that enters the pipeline, and what it asks if it does
    input  logic              near_i,
    input  hvb_pkg::asked_t   asked_i,
    output logic              full_o,      // no room: it must not enter
    input  logic              ask_i,       // S1: it does
    // S5: the slot that leaves the pipeline
    input  logic              np_i,
    input  hvb_pkg::reply_t   reply_i,
    input  logic [63:0]       data_i,
    output logic              ret_o,       // one request left: its credit is free
    // generation of a word: address in one cycle, data in the next, once for each DELIVERED
    output logic              gen_re_o,
    output logic [11:0]       gen_at_o,
    input  logic [15:0]       gen_i,
    // configuration space
    output logic [9:0]        cfg_dw_o,
    output logic              cfg_we_o,
    output logic [3:0]        cfg_be_o,
    output logic [31:0]       cfg_wdata_o,
    output logic [15:0]       cfg_id_o,    // completer id the request was sent to
    input  logic [31:0]       cfg_rdata_i,
    // completions out
    output logic              cpl_valid_o,
    input  logic              cpl_ready_i,
    output hvb_pkg::cpl_hdr_t cpl_hdr_o,
    output logic [127:0]      cpl_data_o,
    output logic              idle_o
);
  localparam int unsigned AW = $clog2(DEPTH);
  logic pop, empty, look_q, load, more;
  logic [hvb_pkg::ASKED_BITS-1:0] asked_head, asked_q;
  logic [66:0] head, head_q;
  logic [AW:0] data_count;
  logic [2:0] kind;  // hvb_pkg::reply_t
  hvb_pkg::asked_t asked, coming;
  logic [63:0] data;
  // What is asked: a queue, written before it is known whether anything is; only then it counts.
  logic [hvb_pkg::ASKED_BITS-1:0] asked_mem [DEPTH];
  logic [AW-1:0] asked_r_q, asked_tail;
  logic [AW:0] asked_count_q;
  assign asked_tail = asked_r_q + asked_count_q[AW-1:0] + AW'(ask_i);
  assign asked_head = asked_mem[asked_r_q];
  assign full_o     = asked_count_q == (AW+1)'(DEPTH) || (ask_i && asked_count_q == (AW+1)'(DEPTH - 1));
  always_ff @(posedge clk_i) begin
    if (near_i && !full_o) asked_mem[asked_tail] <= asked_i;
    if (rst_i) begin
      asked_r_q     <= '0;
      asked_count_q <= '0;
    end else begin
      if (pop) asked_r_q <= asked_r_q + 1'b1;
      if (ask_i != pop) asked_count_q <= ask_i ? asked_count_q + 1'b1 : asked_count_q - 1'b1;
    end
  end
  hvb_fifo #(.WIDTH(67), .DEPTH(DEPTH)) u_data (
      .clk_i, .clear_i(rst_i), .push_i(np_i), .data_i({reply_i, data_i}), .pop_i(pop), .head_o(head), .empty_o(empty),
      .count_o(data_count));
  assign kind   = head_q[66:64];
  assign asked  = asked_q;
  assign coming = asked_head;
  assign data   = head_q[63:0];
  assign idle_o = asked_count_q == '0 && !ask_i && !cpl_valid_o;

  // ---- what is at the head: first seen (kept here, DELIVERED's generation read), then answered
  assign gen_at_o    = head[27:16];
  assign cfg_dw_o    = asked.addr[11:2];
  assign cfg_be_o    = asked.first_be;
  assign cfg_wdata_o = data[31:0];
  assign cfg_id_o    = data[47:32];
  assign cfg_we_o    = load && kind == hvb_pkg::REPLY_CFG && asked.has_data;
  assign load        = look_q && !reads && (!cpl_valid_o || cpl_ready_i);
  assign pop         = load && !more;

  // ---- lengths: DWs from where 128 bytes begin to the last one asked; 32 less for each completion. All but the first
  // begin there.
  logic [10:0] end_q;
  logic [9:0]  left, chunk;
  logic [11:0] bytes, skip, trim;
  logic [4:0]  at;
  logic one, begun_q, long;
  assign at    = begun_q ? 5'd0 : asked.addr[6:2];
  assign long  = end_q > 11'd32;  // more than one completion has
  assign left  = begun_q ? end_q[9:0] : asked.len;
  assign chunk = long ? 10'd32 - {5'd0, at} : left;
  assign more  = kind == hvb_pkg::REPLY_ZERO && long;
  assign one   = asked.len == 10'd1;

  function automatic logic [1:0] low(input logic [3:0] be);
    low = be[0] ? 2'd0 : be[1] ? 2'd1 : be[2] ? 2'd2 : be[3] ? 2'd3 : 2'd0;
  endfunction
  function automatic logic [1:0] high(input logic [3:0] be);  // bytes behind the last one enabled
    high = be[3] ? 2'd0 : be[2] ? 2'd1 : be[1] ? 2'd2 : be[0] ? 2'd3 : 2'd0;
  endfunction
  always_comb
    if (look_q) begin
      skip  = begun_q ? 12'd0 : {10'd0, low(asked.first_be)};
      trim  = {10'd0, high(one ? asked.first_be : asked.last_be)};
      // a read with no byte enabled counts one byte
      bytes = one && asked.first_be == 4'h0 ? 12'd1 : {left, 2'b00} - skip - trim;
    end else {skip, trim, bytes} = 'x;

  hvb_pkg::cpl_hdr_t hdr;
  logic [127:0] payload;
  // the generation is there in the first cycle of look_q: what it says is kept, and answered from the next on
  logic reads, first_q, delivered_q;
  logic [15:0] ahead;
  assign reads     = first_q && kind == hvb_pkg::REPLY_GEN;
  assign gen_re_o  = !empty && !look_q && head[66:64] == hvb_pkg::REPLY_GEN;
  assign ahead     = gen_i - data[15:0];
  always_comb begin
    hdr     = 'x;
    payload = 'x;
    if (look_q) begin
      hdr = '0;
      hdr.typ       = hvb_pkg::TYP_CPL;
      hdr.fmt       = 3'b010;
      hdr.tc        = asked.tc;
      {hdr.attr2, hdr.attr} = asked.attr;
      {hdr.t9, hdr.t8, hdr.tag} = asked.tag;
      hdr.completer = id_i;
      hdr.requester = asked.id;
      hdr.status    = hvb_pkg::CPL_SC;
      hdr.bytes     = 12'd4;
      hdr.len       = 10'd1;
      payload       = '0;
      case (kind)
        hvb_pkg::REPLY_DATA, hvb_pkg::REPLY_ZERO, hvb_pkg::REPLY_GEN: begin
          hdr.len      = chunk;
          hdr.bytes    = bytes;
          hdr.low_addr = {at, skip[1:0]};
          if (kind == hvb_pkg::REPLY_DATA) payload[63:0] = asked.addr[2] ? {32'd0, data[63:32]} : data;
          if (kind == hvb_pkg::REPLY_GEN) payload[63:0] = {data[63:32], 31'd0, delivered_q};
        end
        hvb_pkg::REPLY_ATOMIC: begin
          hdr.len   = asked.len;
          hdr.bytes = {asked.len[9:0], 2'b00};
        end
        hvb_pkg::REPLY_CFG: begin
          if (asked.has_data) begin
            hdr.fmt = 3'b000;
            hdr.len = 10'd0;
          end
          payload[31:0] = cfg_rdata_i;
        end
        default: begin
          hdr.fmt      = 3'b000;
          hdr.len      = 10'd0;
          hdr.status   = hvb_pkg::CPL_UR;
          hdr.bytes    = bytes;
          hdr.low_addr = {at, skip[1:0]};
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    look_q <= !empty && !load && !rst_i;
    first_q <= !look_q;
    if (!look_q) {asked_q, head_q} <= {asked_head, head};
    if (first_q) delivered_q <= !data[28] || !ahead[15];
    ret_o  <= pop && !rst_i;
    if (load) begin
      cpl_hdr_o  <= hdr;
      cpl_data_o <= payload;
    end
    cpl_valid_o <= (load || (cpl_valid_o && !cpl_ready_i)) && !rst_i;
    begun_q <= (load || begun_q) && !pop && !rst_i;
    if (load) end_q <= end_q - 11'd32;
    else if (!look_q && !begun_q) end_q <= {coming.len == 10'd0, coming.len} + {6'd0, coming.addr[6:2]};
  end

`ifdef FORMAL
  logic f_past = 1'b0, f_stall_q;
  logic [255:0] f_out_q;
  logic [2:0] f_idle_q;
  logic [10:0] f_left_q, f_room;       // DWs that are still to be answered, that the next completion has at most
  logic [AW:0] f_inside_q, f_between_q;  // requests taken and not answered; of those, still in the pipeline
  // one request is followed, chosen freely: what it asked, where that is, since when
  (* anyseq *) logic f_choose;
  logic f_near_q, f_in_q, f_begin;
  logic [AW-1:0] f_place_q, f_ahead;
  logic [hvb_pkg::ASKED_BITS-1:0] f_wants_q;
  assign f_begin = near_i && !full_o && f_choose && !f_in_q && !(f_near_q && ask_i);
  assign f_ahead = f_place_q - asked_r_q;
  assign f_room  = 11'd32 - (begun_q ? 11'd0 : {6'd0, asked.addr[6:2]});
  logic f_asked_q, f_said, f_said_q;                // gen_re_o a cycle ago; what DELIVERED said then
  assign f_said = f_asked_q ? !data[28] || !(16'(gen_i - data[15:0]) >> 15) : f_said_q;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the user's part: what leaves the pipeline is what entered it
    if (f_past) assume (!np_i || f_between_q != '0);
    if (f_past) assume (!ask_i || $past(near_i && !full_o && !rst_i));
    f_inside_q  <= rst_i ? '0 : f_inside_q + (AW+1)'(ask_i) - (AW+1)'(pop);
    f_between_q <= rst_i ? '0 : f_between_q + (AW+1)'(ask_i) - (AW+1)'(np_i);
    f_near_q    <= f_begin && !rst_i;
    if (f_begin) {f_place_q, f_wants_q} <= {asked_tail, asked_i};
    f_in_q      <= !rst_i && ((f_near_q && ask_i) || (f_in_q && !(pop && f_ahead == '0)));
    f_asked_q   <= gen_re_o && !rst_i;
    f_said_q    <= f_said;
    f_stall_q <= cpl_valid_o && !cpl_ready_i && !rst_i;
    f_out_q   <= {cpl_hdr_o, cpl_data_o};
    f_idle_q  <= rst_i || empty || cpl_valid_o ? 3'd0 : f_idle_q + 3'd1;
    if (load) f_left_q <= f_left_q - f_room;
    else if (!look_q && !begun_q) f_left_q <= {coming.len == '0, coming.len};
    if (f_past) begin
      // what waits at the output does not change
      if (f_stall_q) assert (cpl_valid_o && {cpl_hdr_o, cpl_data_o} == f_out_q);
      // every request that left the pipeline is answered, and waits for nothing but the output: an empty output is
      // filled in two cycles, with DELIVERED in three
      assert (f_idle_q <= (kind == hvb_pkg::REPLY_GEN ? 3'd3 : 3'd2));
      // one credit comes back for each request that left
      assert (ret_o == ($past(pop) && !$past(rst_i)));
      assert (asked_count_q == f_inside_q && 32'(f_inside_q) <= DEPTH);
      // requests within their credits always find room
      assert (full_o == (32'(f_inside_q) + 32'(ask_i) >= DEPTH));
      // what is asked is answered in order, as it was asked
      if (f_near_q) assert (f_place_q == asked_r_q + asked_count_q[AW-1:0] && asked_mem[f_place_q] == f_wants_q);
      if (f_in_q) assert ({1'b0, f_ahead} < asked_count_q && asked_mem[f_place_q] == f_wants_q);
      if (look_q) assert (asked_q == asked_head && !empty);
      if (f_in_q && f_ahead == '0 && look_q) assert (asked == f_wants_q);
      // data and what was asked stay beside each other
      assert (data_count == f_inside_q - f_between_q);
      // a completion has what is left, or ends where 128 bytes do; it says how much is left
      if (look_q) assert (more == (kind == hvb_pkg::REPLY_ZERO && f_left_q > f_room) && left == f_left_q[9:0] &&
                          chunk == (f_left_q > f_room ? f_room[9:0] : f_left_q[9:0]));
      // a configuration write has effect once, with its completion
      if (cfg_we_o) assert (load && pop);
      // DELIVERED says what the generation was when it was read, however long its completion waits; never two reads in
      // a row
      if (load && kind == hvb_pkg::REPLY_GEN) assert (payload == {64'd0, data[63:32], 31'd0, f_said});
      assert (!(f_asked_q && gen_re_o));
    end
    cover (f_past && ret_o && cpl_valid_o && cpl_hdr_o.status == hvb_pkg::CPL_UR);
    cover (f_past && full_o);
    cover (f_past && load && kind == hvb_pkg::REPLY_GEN && f_stall_q && f_said);
    cover (f_past && cfg_we_o && f_stall_q);
  end
`endif
endmodule
