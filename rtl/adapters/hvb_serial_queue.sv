// SPDX-License-Identifier: MIT
// The card's TLPs on their way out, kept until they are acknowledged: takes one at a time off the three streams, posted
// ones first, then completions (which must not pass them), and writes it as words into one of 8 places, each most
// significant byte first. A TLP takes up to 9 cycles: nothing against its time on the line.
module hvb_serial_queue (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         room_i,     // a place is free: tail_i
    input  logic [2:0]   tail_i,
    output logic         done_o,     // it holds a TLP now
    input  logic [2:0]   slot_i,     // the place that is read
    input  logic [2:0]   word_i,
    output logic [3:0]   words_o,    // how many words slot_i holds
    output logic [31:0]  word_o,     // one cycle after word_i
    input  logic         p_valid_i,
    output logic         p_ready_o,
    input  logic [127:0] p_hdr_i,
    input  logic [127:0] p_data_i,
    input  logic         cpl_valid_i,
    output logic         cpl_ready_o,
    input  logic [127:0] cpl_hdr_i,
    input  logic [127:0] cpl_data_i,
    input  logic         np_valid_i,
    output logic         np_ready_o,
    input  logic [127:0] np_hdr_i,
    input  logic [127:0] np_data_i
);
  typedef enum logic [1:0] {NONE, POSTED, COMPLETION, NONPOSTED} class_e;
  class_e       class_q;
  logic [3:0]   at_q, hdr_words, data_words, words;
  logic [3:0]   words_q [8];
  logic [127:0] hdr, data;
  logic [9:0]   length;
  logic [31:0]  word;
  logic [1:0]   data_at;

  assign hdr  = class_q == POSTED ? p_hdr_i : class_q == COMPLETION ? cpl_hdr_i : np_hdr_i;
  assign data = class_q == POSTED ? p_data_i : class_q == COMPLETION ? cpl_data_i : np_data_i;

  assign length     = hdr[105:96];
  assign hdr_words  = hdr[125] ? 4'd4 : 4'd3;
  assign data_words = !hdr[126] ? 4'd0 : length == 0 || length > 4 ? 4'd4 : {1'b0, length[2:0]};
  assign words      = hdr_words + data_words;
  assign data_at    = 2'(at_q - hdr_words);
  always_comb begin
    word = data[32 * 32'(data_at) +: 32];
    word = {word[7:0], word[15:8], word[23:16], word[31:24]};
    if (at_q < hdr_words) word = hdr[127 - 32 * 32'(at_q[1:0]) -: 32];
  end

  assign done_o      = !rst_i && class_q != NONE && at_q == words;
  assign p_ready_o   = done_o && class_q == POSTED;
  assign cpl_ready_o = done_o && class_q == COMPLETION;
  assign np_ready_o  = done_o && class_q == NONPOSTED;
  assign words_o     = words_q[slot_i];

  hvb_ram #(.WIDTH(32), .DEPTH(64), .FWD(1'b0)) u_ram (
      .clk_i, .we_i(class_q != NONE && !done_o), .waddr_i({tail_i, at_q[2:0]}), .wdata_i(word), .re_i(1'b1),
      .raddr_i({slot_i, word_i}), .rdata_o(word_o));

  always_ff @(posedge clk_i) begin
    if (done_o) words_q[tail_i] <= words;
    if (rst_i || done_o) class_q <= NONE;
    else if (class_q == NONE && room_i)
      class_q <= p_valid_i ? POSTED : cpl_valid_i ? COMPLETION : np_valid_i ? NONPOSTED : NONE;
    at_q <= class_q == NONE ? 4'd0 : at_q + 4'd1;
  end

`ifdef FORMAL
  // One word of one place stands for all.
  (* anyconst *) logic [2:0] f_s, f_i;
  (* hierconn *) logic [5:0] \u_ram.f_at ;  // the address that its memory shows
  (* hierconn *) logic [31:0] \u_ram.f_now ;
  logic f_past = 1'b0, f_known_q = 1'b0, f_busy, f_read_q, f_stall_q;
  logic [2:0] f_tail_q, f_wait_q, f_slot_q;
  logic [3:0] f_words_q;
  logic [31:0] f_raw, f_want, f_word_q;
  logic [127:0] f_hdr_q, f_data_q;
  assign f_busy = class_q != NONE;
  assign f_raw  = data[32 * 32'(2'(4'(f_i) - hdr_words)) +: 32];
  assign f_want = 4'(f_i) < hdr_words ? hdr[127 - 32 * 32'(f_i[1:0]) -: 32] :
                  {f_raw[7:0], f_raw[15:8], f_raw[23:16], f_raw[31:24]};
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    // the user's part: places are taken one after another; what waits at a stream does not change
    f_tail_q <= tail_i;
    if (f_past && f_busy) assume (tail_i == f_tail_q);
    f_stall_q <= f_busy && !done_o && !rst_i;
    {f_hdr_q, f_data_q} <= {hdr, data};
    if (f_past) assume (!f_busy || (class_q == POSTED ? p_valid_i : class_q == COMPLETION ? cpl_valid_i : np_valid_i));
    if (f_past && f_stall_q) assume ({hdr, data} == {f_hdr_q, f_data_q});
    assume (\u_ram.f_at == {f_s, f_i});
    // what the place holds: the TLP that was written last, from its end until the next one begins there
    if (rst_i || (f_busy && !done_o && tail_i == f_s)) f_known_q <= 1'b0;
    else if (done_o && tail_i == f_s) begin
      f_known_q <= 4'(f_i) < words;
      f_words_q <= words;
      f_word_q  <= f_want;
    end
    f_read_q <= f_known_q && slot_i == f_s && word_i == f_i && !(f_busy && tail_i == f_s) && !rst_i;
    if (f_past) begin
      // one TLP at a time is taken, one that is there, posted ones before completions before the rest
      assert (p_ready_o + cpl_ready_o + np_ready_o == 2'(done_o));
      // a TLP that a reset comes upon is not taken, and leaves no place filled behind it
      if (rst_i) assert (!done_o);
      if (done_o) assert ((!p_ready_o || p_valid_i) && (!cpl_ready_o || cpl_valid_i) && (!np_ready_o || np_valid_i));
      if (f_busy && $past(!f_busy && !rst_i))
        assert ((class_q == POSTED || !$past(p_valid_i)) && (class_q != NONPOSTED || !$past(cpl_valid_i)) &&
                $past(room_i));
      // it is read back as it was written, in the length that its header says
      if (f_known_q && slot_i == f_s) assert (words_o == f_words_q);
      if (f_read_q && f_known_q) assert (word_o == f_word_q);
      // how: words are written in order
      if (f_known_q) assert (\u_ram.f_now == f_word_q && words_q[f_s] == f_words_q);
      if (f_busy) assert (at_q <= words);
      if (f_busy && tail_i == f_s && at_q > 4'(f_i) && 4'(f_i) < words) assert (\u_ram.f_now == f_want);
    end
    cover (f_past && f_read_q && f_known_q && f_words_q == 4'd8 && f_i == 3'd7);
  end
`endif
endmodule
