// SPDX-License-Identifier: MIT
// Says what a request TLP is, without a register between: doorbell, register access, something to be answered, or
// something to be dropped and counted. Nothing that a TLP contains is trusted.
// A guest reaches only its doorbell page: there every read succeeds (zeroes where nothing is), every other access
// has no effect and is counted by reason.
module hvb_decode #(
    parameter int unsigned PARTS = 64,       // 2 to 64
    parameter int unsigned PAGE_SHIFT = 12,  // log2 of the distance of doorbell pages, 12 to 16
    parameter bit CFG_SPACE = 1'b1           // 0: a hard block has the BARs and says which one was hit
) (
    input  logic              valid_i,       // 0: nothing; what is not a flag is then undefined
    input  hvb_pkg::req_hdr_t hdr_i,
    input  logic [127:0]      data_i,
    input  logic              err_i,         // malformed, says the link layer
    input  logic [2:0]        bar_i,         // CFG_SPACE = 0: BAR hit, 7 none
    input  logic              mem_en_i,
    input  logic [63:0]       bar0_i,
    input  logic [63:0]       bar2_i,
    input  logic [63:0]       bar4_i,
    input  logic [2:0]        bar_low_i,     // BAR4, BAR2, BAR0 is below 4 GiB, where short addresses are
    output hvb_pkg::op_t      op_o,
    output logic [15:0]       reg_o,         // where op_o.write: its offset, for who cannot wait for the space
    output logic              ctrl_write_o,  // op_o.write of BAR0
    output hvb_pkg::asked_t   asked_o,       // what to answer, where op_o.np
    output logic              bad_o,         // no supported type, or malformed
    output logic              miss_o,        // memory request to nowhere
    output logic              ctrl_bad_o     // access to BAR0 or BAR4 without effect
);
  localparam int unsigned DB_W = PAGE_SHIFT + $clog2(PARTS);
  localparam logic [4:0] TYP_MEM_LOCKED = 5'b00001;

  logic [63:0] addr;
  logic [1:0]  space;
  logic is_mem, is_cas, is_atomic, is_cfg, is_np_other, one_dw, two_dw, full_be, aligned, is_kick, is_ack;
  logic plain;  // of a register's size and place, whole, undamaged
  logic [15:0] page_off;

  always_comb begin
    addr = 'x;
    {is_mem, is_cas, is_atomic, is_cfg, is_np_other, one_dw, two_dw, full_be, aligned, is_kick, is_ack} = 'x;
    plain = 'x;
    page_off = 'x;
    if (valid_i) begin
      addr      = hdr_i.fmt[0] ? {hdr_i.dw2, hdr_i.dw3[31:2], 2'b00} : {32'd0, hdr_i.dw2[31:2], 2'b00};
      one_dw    = hdr_i.len == 10'd1;
      two_dw    = hdr_i.len == 10'd2;
      is_mem    = !hdr_i.fmt[2] && hdr_i.typ == hvb_pkg::TYP_MEM;
      // operands of 32 or 64 bits, compare-and-swap also of 128
      is_cas    = hdr_i.fmt[2:1] == 2'b01 && hdr_i.typ == hvb_pkg::TYP_CAS &&
                  (hdr_i.len == 10'd2 || hdr_i.len == 10'd4 || hdr_i.len == 10'd8);
      is_atomic = is_cas || (hdr_i.fmt[2:1] == 2'b01 && (one_dw || two_dw) &&
                             (hdr_i.typ == hvb_pkg::TYP_FETCHADD || hdr_i.typ == hvb_pkg::TYP_SWAP));
      is_cfg    = (hdr_i.fmt == 3'b000 || hdr_i.fmt == 3'b010) && hdr_i.typ == hvb_pkg::TYP_CFG0;
      // locked reads, I/O, type 1 configuration: non-posted, and not this function's
      is_np_other = (!hdr_i.fmt[2] && !hdr_i.fmt[1] && hdr_i.typ == TYP_MEM_LOCKED) ||
                    (!hdr_i.fmt[2] && !hdr_i.fmt[0] && (hdr_i.typ == 5'b00010 || hdr_i.typ == 5'b00101));
      full_be   = hdr_i.first_be == 4'hf && hdr_i.last_be == (one_dw ? 4'h0 : 4'hf);
      aligned   = one_dw || !addr[2];
      plain     = !hdr_i.ep && (one_dw || two_dw) && full_be && aligned;
      page_off  = 16'(addr[PAGE_SHIFT-1:0]);
      is_kick   = one_dw && page_off[7:0] == hvb_regs_pkg::S_KICK;
      is_ack    = two_dw && page_off[7:0] == hvb_regs_pkg::S_ACK;
    end
  end

  assign reg_o = addr[15:0];
  // What to answer is of use only where an answer is wanted: so type and format tell what that is, whatever the rest.
  logic of_atomic, of_other;  // an AtomicOp; what is neither that nor a memory read, and not answered with success
  always_comb begin
    asked_o   = 'x;
    of_atomic = 'x;
    of_other  = 'x;
    if (valid_i) begin
      of_atomic = hdr_i.typ[3];
      of_other  = hdr_i.typ[1:0] == 2'b10 || (hdr_i.typ[2] && (hdr_i.typ[0] || !CFG_SPACE ||
                                                               (hdr_i.fmt[1] && hdr_i.ep)));
      asked_o.id       = hdr_i.id;
      asked_o.tag      = {hdr_i.t9, hdr_i.t8, hdr_i.tag};
      asked_o.tc       = hdr_i.tc;
      asked_o.attr     = {hdr_i.attr2, hdr_i.attr};
      asked_o.has_data = hdr_i.fmt[1];
      asked_o.len      = hdr_i.len;
      asked_o.first_be = hdr_i.first_be;
      asked_o.last_be  = hdr_i.last_be;
      asked_o.addr     = hdr_i.typ[2] ? hdr_i.dw2[11:0] : addr[11:0];
      if (of_atomic) begin
        // a completion has the operand's byte count and lower address 0, whatever is enabled (PCIe 2.2.9); the
        // request of a compare-and-swap has two operands
        if (hdr_i.typ[1]) asked_o.len = hdr_i.len >> 1;
        asked_o.addr     = '0;
        asked_o.first_be = 4'hf;
        asked_o.last_be  = 4'hf;
      end else if (of_other) begin
        // refused with byte count 4, lower address 0 (PCIe 2.2.9)
        asked_o.addr     = '0;
        asked_o.len      = 10'd1;
        asked_o.first_be = 4'hf;
      end
    end
  end

  assign ctrl_write_o = valid_i && !err_i && is_mem && hdr_i.fmt[1] && plain && space == hvb_pkg::SPACE_CTRL;

  if (CFG_SPACE) begin : g_bar
    // upper and lower half side by side
    logic [2:0] upper, lower, hit;
    assign upper = {hdr_i.dw2 == bar4_i[63:32], hdr_i.dw2 == bar2_i[63:32], hdr_i.dw2 == bar0_i[63:32]};
    assign lower = {addr[31:16] == bar4_i[31:16], addr[31:DB_W] == bar2_i[31:DB_W], addr[31:16] == bar0_i[31:16]};
    assign hit   = (hdr_i.fmt[0] ? upper : bar_low_i) & lower & {3{mem_en_i}};
    // of BARs that overlap, which none should, the doorbells' comes first: no guest's store is a register write
    assign space = hit[1] ? hvb_pkg::SPACE_DOORBELL : hit[0] ? hvb_pkg::SPACE_CTRL :
                   hit[2] ? hvb_pkg::SPACE_MSIX : hvb_pkg::SPACE_NONE;
  end else begin : g_hit
    always_comb
      case (bar_i)
        3'd0: space = hvb_pkg::SPACE_CTRL;
        3'd2: space = hvb_pkg::SPACE_DOORBELL;
        3'd4: space = hvb_pkg::SPACE_MSIX;
        default: space = hvb_pkg::SPACE_NONE;
      endcase
  end

  always_comb begin
    op_o = 'x;
    op_o.signal  = 1'b0;
    op_o.half_lo = 1'b0;
    op_o.half_hi = 1'b0;
    op_o.kick    = 1'b0;
    op_o.ack     = 1'b0;
    op_o.event_  = 1'b0;
    op_o.write   = 1'b0;
    op_o.np      = 1'b0;
    bad_o = 1'b0;
    miss_o = 1'b0;
    ctrl_bad_o = 1'b0;
    if (valid_i) begin
      op_o.space = space;
      op_o.part  = 6'(addr[DB_W-1:PAGE_SHIFT]);
      op_o.slot  = addr[11:8];
      op_o.off   = space == hvb_pkg::SPACE_DOORBELL ? page_off : addr[15:0];
      op_o.data  = one_dw ? {data_i[31:0], data_i[31:0]} : data_i[63:0];
      op_o.dw    = one_dw ? {addr[2], !addr[2]} : 2'b11;

      if (err_i) bad_o = 1'b1;
      else if (is_mem && hdr_i.fmt[1]) begin  // memory write
        if (space == hvb_pkg::SPACE_NONE) miss_o = 1'b1;
        else if (space == hvb_pkg::SPACE_DOORBELL) begin
          op_o.event_ = 1'b1;
          if (hdr_i.ep) op_o.code = 4'(hvb_regs_pkg::CNT_POISONED);
          else if (!one_dw && !two_dw) op_o.code = 4'(hvb_regs_pkg::CNT_BAD_SIZE);
          else if (!full_be) op_o.code = 4'(hvb_regs_pkg::CNT_BAD_ENABLES);
          else if (page_off[15:12] != 4'd0 || (page_off[7:3] != 5'd0 && !is_kick && !is_ack) ||
              !aligned || (is_ack && {data_i[31:17], data_i[15:12]} != '0))
            op_o.code = 4'(hvb_regs_pkg::CNT_BAD_OFFSET);
          else begin
            op_o.event_  = 1'b0;
            op_o.signal  = two_dw && !is_ack;
            op_o.ack     = is_ack;
            op_o.code    = 4'(hvb_regs_pkg::CNT_BAD_OFFSET);  // of an ack that is refused
            op_o.kick    = is_kick;
            op_o.half_lo = one_dw && !addr[2] && !is_kick;
            op_o.half_hi = one_dw && addr[2];
          end
        end else begin
          op_o.write = plain;
          ctrl_bad_o = !op_o.write;
        end
      end else if (is_mem) begin  // memory read
        op_o.np = 1'b1;
        op_o.event_ = space == hvb_pkg::SPACE_DOORBELL;
        op_o.code   = 4'(hvb_regs_pkg::CNT_READ);
        miss_o = space == hvb_pkg::SPACE_NONE;
        if (space == hvb_pkg::SPACE_NONE) op_o.reply = hvb_pkg::REPLY_UR;
        else if ((one_dw || two_dw) && aligned) op_o.reply = hvb_pkg::REPLY_DATA;
        else op_o.reply = hvb_pkg::REPLY_ZERO;
      end else if (is_atomic) begin
        op_o.np = 1'b1;
        op_o.event_ = space == hvb_pkg::SPACE_DOORBELL;
        op_o.code   = 4'(hvb_regs_pkg::CNT_ATOMIC);
        miss_o      = space == hvb_pkg::SPACE_NONE;
        ctrl_bad_o  = space == hvb_pkg::SPACE_CTRL || space == hvb_pkg::SPACE_MSIX;
        op_o.reply  = space == hvb_pkg::SPACE_NONE ? hvb_pkg::REPLY_UR : hvb_pkg::REPLY_ATOMIC;
      end else if (is_cfg) begin
        op_o.np    = 1'b1;
        op_o.reply = CFG_SPACE && !(hdr_i.fmt[1] && hdr_i.ep) ? hvb_pkg::REPLY_CFG : hvb_pkg::REPLY_UR;
        op_o.data  = {16'd0, hdr_i.dw2[31:16], data_i[31:0]};
      end else begin
        bad_o      = 1'b1;
        op_o.np    = is_np_other;
        op_o.reply = hvb_pkg::REPLY_UR;
      end
    end
  end

`ifdef FORMAL
  logic f_db, f_posted, f_one;
  assign f_db     = space == hvb_pkg::SPACE_DOORBELL;
  assign f_posted = is_mem && hdr_i.fmt[1];
  always_comb begin
    f_one = 1'b0;
    // nothing, or what came damaged, does nothing
    if (!valid_i || err_i)
      assert (!op_o.signal && !op_o.half_lo && !op_o.half_hi && !op_o.kick && !op_o.ack && !op_o.event_ &&
              !op_o.write && !op_o.np);
    if (valid_i) begin
      // a TLP is one thing
      assert (op_o.signal + op_o.half_lo + op_o.half_hi + op_o.kick + op_o.ack + op_o.write + op_o.np <= 3'd1);
      // a doorbell's store is whole, undamaged, at its register's place, in memory space; its data is all that counts
      if (op_o.signal || op_o.half_lo || op_o.half_hi || op_o.kick || op_o.ack) begin
        assert (f_db && f_posted && !hdr_i.ep && !op_o.event_ && hdr_i.first_be == 4'hf && addr[1:0] == 2'b00);
        assert (page_off[15:12] == '0 && (op_o.kick ? page_off[7:0] == hvb_regs_pkg::S_KICK :
                                          op_o.ack ? page_off[7:0] == hvb_regs_pkg::S_ACK : page_off[7:3] == '0));
      end
      if (op_o.signal || op_o.ack) assert (hdr_i.len == 10'd2 && !addr[2] && hdr_i.last_be == 4'hf);
      // whatever else a guest does to its page is counted, by reason, and reaches no register
      if (f_db && !err_i && (f_posted || is_mem || is_atomic))
        assert (op_o.signal || op_o.half_lo || op_o.half_hi || op_o.kick || op_o.ack || op_o.event_);
      assert (ctrl_write_o == (op_o.write && space == hvb_pkg::SPACE_CTRL));
      if (f_db) assert (!op_o.write && !ctrl_bad_o && !miss_o);
      // the host's registers: written, or counted as bad
      if (!f_db && space != hvb_pkg::SPACE_NONE && f_posted && !err_i) assert (op_o.write != ctrl_bad_o);
      // what is posted is never answered; what is not always is, and knows its length
      if (f_posted) assert (!op_o.np);
      if (!err_i && (is_atomic || is_cfg || is_np_other || (is_mem && !hdr_i.fmt[1]))) assert (op_o.np);
      // only what fits a register reads one, and never across two; all else in a page reads zeroes
      if (op_o.np && op_o.reply == hvb_pkg::REPLY_DATA)
        assert (is_mem && (hdr_i.len == 10'd1 || (hdr_i.len == 10'd2 && !addr[2])));
      if (op_o.np && f_db && (is_mem || is_atomic)) assert (op_o.reply != hvb_pkg::REPLY_UR);
      // what it asks: as the request says, but of an AtomicOp its operand, at 0; of what is refused, and is no memory
      // read, one DW at 0
      if (op_o.np) begin
        f_one = !is_atomic && (is_cfg ? op_o.reply == hvb_pkg::REPLY_UR : !is_mem && hdr_i.typ != TYP_MEM_LOCKED);
        assert (asked_o.id == hdr_i.id && asked_o.tag == {hdr_i.t9, hdr_i.t8, hdr_i.tag} && asked_o.tc == hdr_i.tc &&
                asked_o.attr == {hdr_i.attr2, hdr_i.attr} && asked_o.has_data == hdr_i.fmt[1]);
        assert (asked_o.len == (f_one ? 10'd1 : is_cas ? hdr_i.len >> 1 : hdr_i.len));
        assert (asked_o.addr == (f_one || is_atomic ? 12'd0 : is_cfg ? hdr_i.dw2[11:0] : addr[11:0]));
        assert (asked_o.first_be == (f_one || is_atomic ? 4'hf : hdr_i.first_be));
        if (!f_one) assert (asked_o.last_be == (is_atomic ? 4'hf : hdr_i.last_be));
      end
    end
    cover (op_o.signal);
    cover (op_o.kick);
    cover (op_o.np && op_o.reply == hvb_pkg::REPLY_UR);
  end
`endif
endmodule
