// SPDX-License-Identifier: MIT
// Part of us_bench: TLPs at random, of every kind that the block and the card know.

  function automatic logic chance(input int unsigned of_16);
    chance = $urandom_range(15) < of_16;
  endfunction

  function automatic logic is_np(input logic [127:0] hdr);
    case (hdr[124:120])
      5'b00000: is_np = !hdr[126];
      5'b00001, 5'b00010, 5'b01100, 5'b01101, 5'b01110: is_np = 1'b1;
      default: is_np = 1'b0;
    endcase
  endfunction

  // an AtomicOp of a size that there is not: nobody answers it
  function automatic logic odd(input logic [127:0] hdr);
    case (hdr[124:120])
      5'b01100, 5'b01101: odd = !(hdr[105:96] inside {10'd1, 10'd2});
      5'b01110: odd = !(hdr[105:96] inside {10'd2, 10'd4, 10'd8});
      default: odd = 1'b0;
    endcase
  endfunction

  // what the card refuses: it has BARs 0, 2 and 4, no I/O, no locked reads
  function automatic logic refuses(input tlp_t tlp);
    refuses = tlp.hdr[124:120] == 5'b00001 || tlp.hdr[124:120] == 5'b00010 || !(tlp.bar inside {3'd0, 3'd2, 3'd4});
  endfunction

  function automatic logic [127:0] noise();
    noise = {$urandom, $urandom, $urandom, $urandom};
  endfunction

  function automatic logic [9:0] some_length(input int unsigned most);
    case ($urandom_range(7))
      0: some_length = 10'($urandom_range(most, 1));
      1: some_length = 10'd1;
      2: some_length = 10'd4;
      3: some_length = most > 5 ? 10'd5 : 10'd3;
      default: some_length = 10'($urandom_range(4, 1));
    endcase
  endfunction

  // fields that any request has; a low address in three DWs, as it must be
  function automatic hvb_pkg::req_hdr_t some_request(input logic [4:0] typ, input logic data, input logic [9:0] len);
    hvb_pkg::req_hdr_t hdr;
    logic [63:0] addr;
    hdr = noise();
    {hdr.t9, hdr.t8, hdr.ln, hdr.th, hdr.td, hdr.ep} = '0;
    addr = {$urandom & {32{typ != 5'b00010 && chance(8)}}, $urandom & 32'hfffffffc};
    hdr.fmt = {1'b0, data, addr[63:32] != '0};
    hdr.typ = typ;
    hdr.len = len;
    {hdr.dw2, hdr.dw3} = addr[63:32] != '0 ? addr : {addr[31:0], 32'd0};
    some_request = hdr;
  endfunction

  task automatic offer_request(input logic np_allowed);
    hvb_pkg::req_hdr_t hdr;
    int unsigned kind;
    kind = phase == WRITES_IN ? 0 : phase == READS_IN ? 8 : np_allowed ? $urandom_range(15) : $urandom_range(5);
    if (phase == READS_IN && !np_allowed) return;
    case (kind)
      0, 1, 2, 3: hdr = some_request(5'b00000, 1'b1, phase == WRITES_IN ? 10'd2 : some_length(40));
      4: hdr = some_request(5'b00000, 1'b1, chance(2) ? 10'd0 : some_length(200));
      5: begin
        hdr = some_request(5'b10000, chance(8), some_length(4));  // a message
        if (!hdr.fmt[1]) hdr.len = 10'd0;
        hdr.fmt[0] = 1'b1;
        {hdr.dw2, hdr.dw3} = {$urandom, $urandom & 32'hfffffffc};
      end
      6: hdr = some_request(5'b00010, chance(8), 10'd1);
      7: hdr = some_request(5'b00001, 1'b0, some_length(32));
      8, 9, 10, 11: hdr = some_request(5'b00000, 1'b0, phase == READS_IN ? 10'd2 : some_length(32));
      12: hdr = some_request(5'b01100, 1'b1, 10'($urandom_range(2, 1)));
      13: hdr = some_request(5'b01101, 1'b1, 10'($urandom_range(2, 1)));
      14: hdr = some_request(chance(8) ? 5'b01100 : 5'b01110, 1'b1, 10'($urandom_range(9, 1)));
      default: hdr = some_request(5'b01110, 1'b1, 10'd2 << $urandom_range(2));
    endcase
    if (is_np(hdr)) hdr.tag = down_tag;
    if (is_np(hdr)) down_tag = down_tag + 8'd1;
    want.hdr  = hdr;
    want.data = noise();
    want.bar  = phase == MIXED && chance(4) ? 3'($urandom) : 3'($urandom_range(2) * 2);
    want.err  = phase == MIXED && chance(1);
    want_it   = !want.err || hdr.fmt[1];
    frees     = 1'b0;
    down_cpl   <= 1'b0;
    down       <= want;
    down_valid <= 1'b1;
  endtask

  // a completion of one of the card's requests, or of none, right or wrong in one of all ways
  task automatic offer_completion();
    hvb_pkg::cpl_hdr_t hdr;
    int unsigned at, kind;
    at   = $urandom_range(open_tags.size() - 1);
    kind = phase == MIXED ? $urandom_range(15) : 0;
    hdr  = noise();
    {hdr.t9, hdr.t8, hdr.ln, hdr.th, hdr.td, hdr.ep, hdr.at, hdr.bcm, hdr.rsvd, hdr.none} = '0;
    hdr.fmt    = 3'b010;
    hdr.typ    = hvb_pkg::TYP_CPL;
    hdr.status = 3'd0;
    hdr.len    = 10'd2;
    hdr.bytes  = 12'd8;
    hdr.tag    = open_tags[at];
    hdr.requester = ID;
    want.data = noise();
    want.err  = 1'b0;
    want.bar  = 3'd0;
    want_it   = 1'b1;
    frees     = 1'b1;
    case (kind)
      0: ;
      1: {hdr.fmt, hdr.len, hdr.status} = {3'b000, 10'd0, chance(5) ? 3'd1 : chance(8) ? 3'd2 : 3'd4};
      2: hdr.ep = 1'b1;
      3: {want.err, hdr.none} = {1'b1, 32'h80000030};                                          // discontinued
      4: {want.err, hdr.none} = {1'b1, 24'h800000, 4'h1, 4'($urandom_range(5, 3))};            // does not fit, ends it
      5: {want_it, frees, hdr.none} = {2'b00, 28'h8000000, chance(5) ? 4'd0 : chance(8) ? 4'd1 : 4'd4};  // does not
      6: {want_it, hdr.none, hdr.fmt, hdr.len} = {1'b0, 28'h8000001, 3'd4, chance(8), 3'b000, 10'd0};  // FLR, time-out
      7: {hdr.tag, frees} = {1'b1, 7'($urandom), 1'b0};
      8, 9: hdr.len = some_length(40);
      10: {hdr.len, hdr.bytes} = {10'd1, 12'd4};
      default: ;
    endcase
    if (kind == 8 || kind == 9) hdr.bytes = {hdr.len, 2'b00};
    down.hdr  <= hdr;
    down.data <= want.data;
    down.err  <= 1'b0;
    down.bar  <= 3'd0;
    down_cpl   <= 1'b1;
    down_valid <= 1'b1;
    hdr.none  = '0;
    want.hdr  = hdr;
    if (frees) open_tags.delete(at);
  endtask

  function automatic tlp_t new_posted();
    hvb_pkg::req_hdr_t hdr;
    hdr = some_request(5'b00000, 1'b1, phase == MIXED ? some_length(4) : 10'd1);
    hdr.id  = ID;
    hdr.tag = 8'($urandom);
    hdr.at  = '0;
    hdr.ep  = chance(2);
    new_posted = {4'd0, hdr, noise()};
  endfunction

  function automatic tlp_t new_nonposted(input logic [7:0] tag);
    hvb_pkg::req_hdr_t hdr;
    case (phase == MIXED ? $urandom_range(5) : 5)
      0: hdr = some_request(5'b00000, 1'b0, some_length(40));
      1: hdr = some_request(5'b01100, 1'b1, 10'($urandom_range(2, 1)));
      2: hdr = some_request(5'b01101, 1'b1, 10'($urandom_range(2, 1)));
      default: hdr = some_request(5'b01110, 1'b1, 10'd2 << $urandom_range(1));
    endcase
    if (hdr.typ != 5'b00000) {hdr.last_be, hdr.first_be} = '0;
    hdr.id  = ID;
    hdr.tag = tag;
    hdr.at  = '0;
    hdr.ep  = hdr.fmt[1] && chance(2);
    new_nonposted = {4'd0, hdr, noise()};
  endfunction

  // what the card answers, as far as an adapter can tell
  function automatic tlp_t new_answer(input tlp_t asked);
    hvb_pkg::req_hdr_t req;
    hvb_pkg::cpl_hdr_t hdr;
    req = asked.hdr;
    hdr = '0;
    hdr.typ       = hvb_pkg::TYP_CPL;
    hdr.fmt       = refuses(asked) ? 3'b000 : 3'b010;
    hdr.status    = refuses(asked) ? hvb_pkg::CPL_UR : hvb_pkg::CPL_SC;
    hdr.len       = refuses(asked) ? 10'd0 : req.typ == 5'b01110 ? req.len >> 1 : req.len;
    hdr.bytes     = 12'($urandom);
    hdr.low_addr  = 7'($urandom);
    hdr.tc        = req.tc;
    {hdr.attr2, hdr.attr} = {req.attr2, req.attr};
    hdr.requester = req.id;
    hdr.completer = ID;
    hdr.tag       = req.tag;
    hdr.ep        = !refuses(asked) && chance(2);
    new_answer = {4'd0, hdr, noise()};
  endfunction
