// SPDX-License-Identifier: MIT
// The connection table: a three-way cuckoo hash with single entries (docs/design.md 3).
// Promises: one lookup a cycle, two ranks, any address pattern; an entry is replaced in one cycle, in its own
// pipeline slot's S1, so every later doorbell sees it whole and no earlier one does: the one right behind, whose rows
// are read meanwhile, is told of it. What may become conn_o.word is out a cycle before, a word a way. A connection
// present twice (while it moves) is found as long as one copy is there; both copies must be equal.
module hvb_lookup #(
    parameter int unsigned ROWS = 2048  // rows of each way, a power of two, 256 to 32768
) (
    input  logic           clk_i,
    input  logic           init_i,
    input  logic [15:0]    init_addr_i,
    input  logic           look_i,      // S0 is not empty
    input  logic [hvb_regs_pkg::KEY_BITS-1:0] key_i,  // ... of this partition and connection
    input  logic [31:0]    seed0_i,     // HASH0..2
    input  logic [31:0]    seed1_i,
    input  logic [31:0]    seed2_i,
    input  logic [63:0]    entry_i,     // stays for a cycle behind commit_i
    input  logic           commit_i,    // S1: write entry_i to at_i's way and row
    input  logic [63:0]    at_i,
    input  logic [63:0]    was_at_i,    // a cycle behind commit_i: at_i as it was
    output logic [35:0]    near_word_o, // S1: 12 bits a way: conn_o.word of the next cycle, if it is found in this way
    output hvb_pkg::conn_t conn_o,      // S2: registered
    output logic [2:0]     way_o,       // the ways in which it was found, all with the same entry
    output logic           hit_o
);
  localparam int unsigned ROW_W = $clog2(ROWS);
  localparam int unsigned TAG_W = hvb_regs_pkg::KEY_BITS - ROW_W;
  localparam int unsigned CONN_W = hvb_pkg::CONN_BITS;
  if (ROWS < 256 || ROWS > 32768 || (1 << ROW_W) != ROWS) begin : g_bad_rows
    $fatal(1, "hvb_lookup: ROWS must be a power of two, 256 to 32768");
  end

  // Toeplitz product: bit i is the parity of tag & (seed >> i), by parts that take two LUTs of four inputs one after
  // the other
  function automatic logic [ROW_W-1:0] toeplitz(input logic [TAG_W-1:0] tag, input logic [31:0] seed);
    logic [23:0] x;
    for (int i = 0; i < ROW_W; i++) begin
      x = 24'(tag) & 24'(seed[i+:TAG_W]);
      toeplitz[i] = (^x[7:0]) ^ ((^x[15:8]) ^ (^x[23:16]));
    end
  endfunction

  logic [TAG_W-1:0] tag, tag_q, staged_tag;
  logic [CONN_W+TAG_W-1:0] wdata, way0, way1, way2;
  logic [ROW_W-1:0] wrow, row0, row1, row2;
  logic look_q;
  logic [1:0] wway;
  logic hit0, hit1, hit2, staged_hit;
  logic [2:0] hit_way;
  hvb_pkg::conn_t conn0, conn1, conn2;
  logic [2:0] met;         // what was looked up in a way was being written: it is what is staged
  logic [2:0] written_q;   // the way that was written while that was looked up
  logic [ROW_W-1:0] row0_q, row1_q, row2_q, was_row;
  hvb_pkg::conn_t staged;

  assign tag = key_i[hvb_regs_pkg::KEY_BITS-1:ROW_W];
  assign wrow = init_i ? ROW_W'(init_addr_i) : at_i[hvb_regs_pkg::CONN_COMMIT_ROW_LSB+:ROW_W];
  assign was_row = was_at_i[hvb_regs_pkg::CONN_COMMIT_ROW_LSB+:ROW_W];
  assign wway = at_i[hvb_regs_pkg::CONN_COMMIT_WAY_LSB+:2];
  assign staged.verdict = entry_i[hvb_regs_pkg::CONN_ENTRY_VERDICT_LSB+:2];
  assign staged.any     = entry_i[hvb_regs_pkg::CONN_ENTRY_ANY_LSB];
  assign staged.base    = entry_i[hvb_regs_pkg::CONN_ENTRY_BASE_LSB+:6];
  assign staged.word    = entry_i[hvb_regs_pkg::CONN_ENTRY_WORD_LSB+:12];
  assign staged.count   = entry_i[hvb_regs_pkg::CONN_ENTRY_COUNT_LSB+:12];
  assign staged.rpart   = entry_i[hvb_regs_pkg::CONN_ENTRY_RPART_LSB+:6];
  assign staged_tag = entry_i[hvb_regs_pkg::CONN_ENTRY_TAG_LSB+:TAG_W];
  assign wdata = init_i ? '0 : {staged, staged_tag};

  always_comb
    if (look_i) begin
      row0 = key_i[ROW_W-1:0] ^ toeplitz(tag, seed0_i);
      row1 = key_i[ROW_W-1:0] ^ toeplitz(tag, seed1_i);
      row2 = key_i[ROW_W-1:0] ^ toeplitz(tag, seed2_i);
    end else begin
      row0 = 'x;
      row1 = 'x;
      row2 = 'x;
    end

  hvb_ram #(.WIDTH(CONN_W + TAG_W), .DEPTH(ROWS), .FWD(1'b0)) u_way0 (
      .clk_i, .we_i(init_i || (commit_i && wway == 2'd0)), .waddr_i(wrow), .wdata_i(wdata),
      .re_i(look_i), .raddr_i(row0), .rdata_o(way0));
  hvb_ram #(.WIDTH(CONN_W + TAG_W), .DEPTH(ROWS), .FWD(1'b0)) u_way1 (
      .clk_i, .we_i(init_i || (commit_i && wway == 2'd1)), .waddr_i(wrow), .wdata_i(wdata),
      .re_i(look_i), .raddr_i(row1), .rdata_o(way1));
  hvb_ram #(.WIDTH(CONN_W + TAG_W), .DEPTH(ROWS), .FWD(1'b0)) u_way2 (
      .clk_i, .we_i(init_i || (commit_i && wway == 2'd2)), .waddr_i(wrow), .wdata_i(wdata),
      .re_i(look_i), .raddr_i(row2), .rdata_o(way2));

  // S1: nothing of this is used where nothing was looked up
  always_comb
    if (look_q) begin
      {conn0, conn1, conn2} = {way0[TAG_W+:CONN_W], way1[TAG_W+:CONN_W], way2[TAG_W+:CONN_W]};
      met = written_q & {row2_q == was_row, row1_q == was_row, row0_q == was_row};
      staged_hit = staged_tag == tag_q && staged.verdict != 2'(hvb_regs_pkg::VERDICT_EMPTY);
      hit0 = way0[TAG_W-1:0] == tag_q && way0[TAG_W+:2] != 2'(hvb_regs_pkg::VERDICT_EMPTY);
      hit1 = way1[TAG_W-1:0] == tag_q && way1[TAG_W+:2] != 2'(hvb_regs_pkg::VERDICT_EMPTY);
      hit2 = way2[TAG_W-1:0] == tag_q && way2[TAG_W+:2] != 2'(hvb_regs_pkg::VERDICT_EMPTY);
      hit_way = {met[2] ? staged_hit : hit2, met[1] ? staged_hit : hit1, met[0] ? staged_hit : hit0};
      near_word_o = {met[2] ? staged.word : conn2.word, met[1] ? staged.word : conn1.word,
                     met[0] ? staged.word : conn0.word};
    end else {conn0, conn1, conn2, met, staged_hit, hit0, hit1, hit2, hit_way, near_word_o} = 'x;

  always_ff @(posedge clk_i) begin
    look_q <= look_i;
    written_q <= commit_i && look_i ? 3'd1 << wway : 3'd0;
    if (look_i) begin
      tag_q <= tag;
      {row0_q, row1_q, row2_q} <= {row0, row1, row2};
    end
    if (look_q) begin
      hit_o  <= hit_way != '0;
      way_o  <= hit_way;
      // all copies of it are equal; without any it is of no use
      conn_o <= hit1 && !met[1] ? conn1 : hit2 && !met[2] ? conn2 : met != '0 && staged_hit ? staged : conn0;
    end
  end

`ifdef FORMAL
  // One connection stands for all: key f_key, whose three places are rows f_row[0..2]. What stands there is known from
  // what was written, whoever wrote it, in whatever order, while lookups go on.
  (* anyconst *) logic [hvb_regs_pkg::KEY_BITS-1:0] f_key;
  (* anyconst *) logic [31:0] f_seed0, f_seed1, f_seed2;
  logic [TAG_W-1:0] f_tag;
  logic [ROW_W-1:0] f_row [3];
  logic [CONN_W+TAG_W-1:0] f_is_q [3];
  logic [CONN_W+TAG_W-1:0] f_now [3];
  logic [2:0] f_known;
  logic [CONN_W+TAG_W-1:0] f_want0_q, f_want1_q, f_want2_q;
  logic [2:0] f_known_q, f_has, f_read_q;
  logic [1:0] f_time_q = '0;
  logic [35:0] f_near_q;
  logic f_past = 1'b0, f_asked0_q, f_asked1_q, f_hit0_q, f_hit1_q, f_all0_q, f_all1_q;
  logic [CONN_W-1:0] f_conn0_q, f_conn1_q;
  assign f_tag    = f_key[hvb_regs_pkg::KEY_BITS-1:ROW_W];
  assign f_row[0] = f_key[ROW_W-1:0] ^ toeplitz(f_tag, f_seed0);
  assign f_row[1] = f_key[ROW_W-1:0] ^ toeplitz(f_tag, f_seed1);
  assign f_row[2] = f_key[ROW_W-1:0] ^ toeplitz(f_tag, f_seed2);
  always_comb
    for (int w = 0; w < 3; w++) begin
      // with what is written in this very cycle: that slot is before the one in S0
      f_now[w]   = (init_i || (commit_i && wway == 2'(w))) && wrow == f_row[w] ? wdata : f_is_q[w];
      f_known[w] = f_known_q[w] || ((init_i || (commit_i && wway == 2'(w))) && wrow == f_row[w]);
      f_has[w]   = f_known[w] && f_now[w][TAG_W-1:0] == f_tag &&
                   f_now[w][TAG_W+:2] != 2'(hvb_regs_pkg::VERDICT_EMPTY);
    end
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    // the user's part: seeds change only while the table is empty; copies of an entry are equal; the entry that is
    // staged stays until the slot behind it has seen it; the tables' clearing comes before the rest
    assume (seed0_i == f_seed0 && seed1_i == f_seed1 && seed2_i == f_seed2);
    assume (!(f_has[0] && f_has[1] && f_now[0] != f_now[1]) && !(f_has[0] && f_has[2] && f_now[0] != f_now[2]) &&
            !(f_has[1] && f_has[2] && f_now[1] != f_now[2]));
    assume (!(commit_i && init_i));
    assume (!f_past || !$past(commit_i) || ($stable(entry_i) && was_at_i == $past(at_i)));
    for (int w = 0; w < 3; w++)
      {f_known_q[w], f_is_q[w]} <= {f_known[w], f_now[w]};
    if (!f_past) f_known_q <= '0;
    // what hvb_ram promises of these rows (its instances are cut off here: the proof is of the table's real size)
    f_read_q[0] <= look_i && row0 == f_row[0] && f_known_q[0] &&
                   !((init_i || (commit_i && wway == 2'd0)) && wrow == f_row[0]);
    f_read_q[1] <= look_i && row1 == f_row[1] && f_known_q[1] &&
                   !((init_i || (commit_i && wway == 2'd1)) && wrow == f_row[1]);
    f_read_q[2] <= look_i && row2 == f_row[2] && f_known_q[2] &&
                   !((init_i || (commit_i && wway == 2'd2)) && wrow == f_row[2]);
    {f_want0_q, f_want1_q, f_want2_q} <= {f_is_q[0], f_is_q[1], f_is_q[2]};
    if (f_past) assume ((!f_read_q[0] || way0 == f_want0_q) && (!f_read_q[1] || way1 == f_want1_q) &&
                        (!f_read_q[2] || way2 == f_want2_q));
    // a lookup of f_key in S0: what it must find is what stands there now, whatever comes in later cycles
    f_asked0_q <= look_i && !init_i && key_i == f_key;
    f_hit0_q   <= f_has != '0;
    f_all0_q   <= f_known == '1;
    f_conn0_q  <= f_now[f_has[0] ? 0 : f_has[1] ? 1 : 2][TAG_W+:CONN_W];
    f_near_q <= near_word_o;
    {f_asked1_q, f_hit1_q, f_all1_q, f_conn1_q} <= {f_asked0_q, f_hit0_q, f_all0_q, f_conn0_q};
    if (f_past && $past(f_past) && f_asked1_q) begin
      // present: found at every moment, with the entry it has, also while it or others move
      if (f_hit1_q) assert (hit_o && (f_conn1_q == conn_o || !f_all1_q));
      // where it was found, its word was there a cycle before
      assert (hit_o == (way_o != '0));
      for (int w = 0; w < 3; w++)
        if (way_o[w] && f_all1_q) assert (f_near_q[12*w+:12] == conn_o.word);
      // absent: not found
      if (!f_hit1_q && f_all1_q) assert (!hit_o);
    end
    if (f_time_q != '1) f_time_q <= f_time_q + 2'd1;
    // found, though it is gone by now; found while it moves; not found
    cover (f_time_q == '1 && f_asked1_q && f_hit1_q && f_all1_q && f_known_q == '1 && f_has == '0);
    cover (f_time_q == '1 && f_asked1_q && f_hit1_q && f_all1_q && f_has == 3'b101);
    cover (f_time_q == '1 && f_asked1_q && !f_hit1_q && f_all1_q);
  end
`endif
endmodule
