// SPDX-License-Identifier: MIT
// Configuration space of the card: type 0 header, three 64-bit memory BARs, power management, MSI-X, PCI Express,
// and a vendor-specific extended capability with the card's sizes. For a card without a hard block, which brings
// its own.
// Promises: a read is combinational; a write takes effect at the next edge, byte by byte, on writable bits only;
// every other bit, and every DW without a register, reads a constant and ignores writes. D3hot and back keeps all
// (No_Soft_Reset). FLR (flr_i) returns every register to its value at reset but the captured id and the settings
// of the link, which a function's reset does not touch (PCIe 6.6.2). Relies on: we_i only for type 0 writes of
// this function, one cycle a write.
module hvb_cfg #(
    parameter logic [15:0] VENDOR_ID = 16'(hvb_regs_pkg::VENDOR_ID),
    parameter logic [15:0] DEVICE_ID = 16'(hvb_regs_pkg::DEVICE_ID),
    parameter logic [15:0] SUBSYSTEM_VENDOR_ID = VENDOR_ID,
    parameter logic [15:0] SUBSYSTEM_ID = DEVICE_ID,
    parameter logic [7:0]  REVISION = 8'd1,
    parameter int unsigned DB_SHIFT = 18,       // log2 of the size of the doorbell BAR, 12 to 31
    parameter int unsigned VECTORS = 256,       // MSI-X vectors, 1 to 2048
    parameter bit          EXT_TAG = 1'b0,     // tags past 31 are wanted
    parameter int unsigned PARTS = 64,          // this and the next two are only told, in the VSEC; PARTS up to 65535
    parameter int unsigned CONNECTIONS = 4096,
    parameter int unsigned WORDS = 2048,
    parameter logic [3:0]  LINK_SPEED = 4'd3,   // 1: 2.5 GT/s, 2: 5, 3: 8, 4: 16
    parameter logic [5:0]  LINK_WIDTH = 6'd8    // lanes
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic [9:0]  dw_i,          // which DW: offset / 4
    output logic [31:0] rdata_o,
    input  logic        we_i,
    input  logic [3:0]  be_i,
    input  logic [31:0] wdata_i,
    input  logic [15:0] bdf_we_id_i,   // completer id the configuration write was sent to
    output logic [15:0] id_o,          // captured at every write: this function's requester and completer id
    output logic        mem_en_o,      // memory requests are answered
    output logic        bme_o,         // requests may be sent
    output logic [63:0] bar0_o,
    output logic [63:0] bar2_o,
    output logic [63:0] bar4_o,
    output logic [2:0]  bar_low_o,     // BAR4, BAR2, BAR0 is below 4 GiB, and its upper half was not just written
    output logic        msix_en_o,
    output logic        msix_mask_o,   // function mask
    output logic        atomic_en_o,   // AtomicOp Requester Enable
    output logic        timeout_off_o, // Completion Timeout Disable
    output logic        ext_tag_o,     // Extended Tag Field Enable
    input  logic        pending_i,     // AtomicOps waited for completions a cycle ago: DEVSTA Transactions Pending
    input  logic        ur_p_i,        // pulse: a posted request was not supported
    input  logic        ur_np_i,       // pulse: a non-posted request was answered UR
    output logic        flr_o,         // one cycle, behind the write that asked for it
    input  logic        flr_i          // performs the reset here; one cycle
);
  if (DB_SHIFT < 12 || DB_SHIFT > 31) begin : g_bad_db_shift
    $fatal(1, "hvb_cfg: DB_SHIFT must be 12 to 31");
  end
  if (VECTORS < 1 || VECTORS > 2048) begin : g_bad_vectors
    $fatal(1, "hvb_cfg: VECTORS must be 1 to 2048");
  end
  if (PARTS > 65535) begin : g_bad_parts
    $fatal(1, "hvb_cfg: PARTS does not fit its VSEC field");
  end
  if (LINK_SPEED < 1 || LINK_SPEED > 6) begin : g_bad_link_speed
    $fatal(1, "hvb_cfg: LINK_SPEED must be 1 to 6");
  end

  // Places of the registers. The capability chain: power management, MSI-X, PCI Express.
  localparam logic [7:0] PM = 8'h40, MSIX = 8'h50, PCIE = 8'h70;
  localparam logic [9:0] DW_ID = 10'h000, DW_COMMAND = 10'h001, DW_CLASS = 10'h002, DW_CACHE_LINE = 10'h003;
  localparam logic [9:0] DW_BAR0 = 10'h004, DW_BAR1 = 10'h005, DW_BAR2 = 10'h006, DW_BAR3 = 10'h007;
  localparam logic [9:0] DW_BAR4 = 10'h008, DW_BAR5 = 10'h009, DW_SUBSYSTEM = 10'h00b, DW_CHAIN = 10'h00d;
  localparam logic [9:0] DW_PM = 10'(PM[7:2]), DW_MSIX = 10'(MSIX[7:2]), DW_PCIE = 10'(PCIE[7:2]);
  localparam logic [9:0] DW_PMCSR = DW_PM + 1, DW_MSIX_TABLE = DW_MSIX + 1, DW_MSIX_PBA = DW_MSIX + 2;
  localparam logic [9:0] DW_DEVCAP = DW_PCIE + 1, DW_DEVCTL = DW_PCIE + 2, DW_LNKCAP = DW_PCIE + 3;
  localparam logic [9:0] DW_LNKCTL = DW_PCIE + 4, DW_DEVCAP2 = DW_PCIE + 9, DW_DEVCTL2 = DW_PCIE + 10;
  localparam logic [9:0] DW_LNKCAP2 = DW_PCIE + 11, DW_LNKCTL2 = DW_PCIE + 12;
  localparam logic [9:0] DW_VSEC = 10'(hvb_regs_pkg::VSEC_OFFSET / 4);
  localparam logic [7:0] ID_PM = 8'h01, ID_MSIX = 8'h11, ID_PCIE = 8'h10;
  localparam logic [15:0] ID_VSEC = 16'h000b;
  localparam logic [31:0] CLASS = {24'h08_8000, REVISION};              // system peripheral, other
  localparam logic [31:0] DOORBELL_MASK = 32'hffff_ffff << DB_SHIFT;
  localparam logic [31:0] BAR_MEM64 = 32'h0000_0004;                    // not prefetchable
  localparam logic [2:0]  MSIX_BAR = 3'(hvb_regs_pkg::BAR_MSIX);
  localparam logic [31:0] LINK = {22'd0, LINK_WIDTH, LINK_SPEED};
  localparam logic [15:0] LNKCTL_MASK = 16'h00cb;                       // sync, common clock, RCB, ASPM
  localparam logic [31:0] DEVCAP = 32'h1000_8000 | 32'(EXT_TAG) << 5;   // FLR, role-based errors, payload 128
  localparam logic [31:0] DEVCAP2 = 32'h0000_0190;                      // AtomicOp completer 32, 64; time-out disable

  logic [15:0] id_q, lnkctl_q;
  logic [7:0]  cache_line_q;
  logic [31:0] bar0_q, bar1_q, bar2_q, bar3_q, bar4_q, bar5_q;
  logic [2:0]  bar_low_q;
  logic        mem_en_q, bme_q, parity_q, serr_q;
  logic        d3_q, msix_en_q, msix_mask_q, atomic_en_q, timeout_off_q, flr_q, ext_tag_q;
  logic [3:0]  report_q;     // DEVCTL 3:0, which errors a message would report: the card sends none
  logic        correctable_q, nonfatal_q, unsupported_q;

  assign id_o          = id_q;
  assign mem_en_o      = mem_en_q && !d3_q;
  assign bme_o         = bme_q && !d3_q;
  assign bar0_o        = {bar1_q, bar0_q};
  assign bar2_o        = {bar3_q, bar2_q};
  assign bar4_o        = {bar5_q, bar4_q};
  assign bar_low_o     = bar_low_q;
  assign msix_en_o     = msix_en_q;
  assign msix_mask_o   = msix_mask_q;
  assign atomic_en_o   = atomic_en_q;
  assign timeout_off_o = timeout_off_q;
  assign ext_tag_o     = ext_tag_q;
  assign flr_o         = flr_q;

  always_comb
    case (dw_i)
      DW_ID:         rdata_o = {DEVICE_ID, VENDOR_ID};
      DW_COMMAND:    rdata_o = {16'h0010, 7'd0, serr_q, 1'b0, parity_q, 3'd0, bme_q, mem_en_q, 1'b0};
      DW_CLASS:      rdata_o = CLASS;
      DW_CACHE_LINE: rdata_o = {24'd0, cache_line_q};
      DW_BAR0:       rdata_o = bar0_q | BAR_MEM64;
      DW_BAR1:       rdata_o = bar1_q;
      DW_BAR2:       rdata_o = bar2_q | BAR_MEM64;
      DW_BAR3:       rdata_o = bar3_q;
      DW_BAR4:       rdata_o = bar4_q | BAR_MEM64;
      DW_BAR5:       rdata_o = bar5_q;
      DW_SUBSYSTEM:  rdata_o = {SUBSYSTEM_ID, SUBSYSTEM_VENDOR_ID};
      DW_CHAIN:      rdata_o = {24'd0, PM};
      DW_PM:         rdata_o = {16'h0003, MSIX, ID_PM};                           // version 3, no PME, no D1, D2
      DW_PMCSR:      rdata_o = {28'd0, 1'b1, 1'b0, d3_q, d3_q};                   // No_Soft_Reset
      DW_MSIX:       rdata_o = {msix_en_q, msix_mask_q, 3'd0, 11'(VECTORS - 1), PCIE, ID_MSIX};
      DW_MSIX_TABLE: rdata_o = {29'd0, MSIX_BAR};
      DW_MSIX_PBA:   rdata_o = hvb_regs_pkg::PBA_OFFSET | {29'd0, MSIX_BAR};
      DW_PCIE:       rdata_o = {16'h0002, 8'h00, ID_PCIE};                        // version 2, endpoint, end of chain
      DW_DEVCAP:     rdata_o = DEVCAP;
      DW_DEVCTL:     rdata_o = {10'd0, pending_i, 1'b0, unsupported_q, 1'b0, nonfatal_q, correctable_q,
                                7'd0, ext_tag_q, 4'd0, report_q};
      DW_LNKCAP:     rdata_o = LINK | 32'h0040_0000;                              // no ASPM, and allowed to have none
      DW_LNKCTL:     rdata_o = {LINK[15:0] | 16'h1000, lnkctl_q};                 // slot's clock
      DW_DEVCAP2:    rdata_o = DEVCAP2;
      DW_DEVCTL2:    rdata_o = {25'd0, atomic_en_q, 1'b0, timeout_off_q, 4'd0};
      DW_LNKCAP2:    rdata_o = (32'd2 << LINK_SPEED) - 32'd2;                     // every speed up to this
      DW_LNKCTL2:    rdata_o = {28'd0, LINK_SPEED};
      DW_VSEC:       rdata_o = {12'h000, 4'd1, ID_VSEC};                          // end of the extended chain
      DW_VSEC + 1:   rdata_o = {12'h01c, 4'd1, 16'(hvb_regs_pkg::VSEC_ID)};       // 28 bytes, revision 1
      DW_VSEC + 2:   rdata_o = hvb_regs_pkg::MAGIC;
      DW_VSEC + 3:   rdata_o = hvb_regs_pkg::VERSION;
      DW_VSEC + 4:   rdata_o = {16'(VECTORS), 16'(PARTS)};
      DW_VSEC + 5:   rdata_o = CONNECTIONS;
      DW_VSEC + 6:   rdata_o = WORDS;
      default:       rdata_o = 32'd0;
    endcase

  always_ff @(posedge clk_i) begin
    flr_q <= 1'b0;
    if (we_i) begin
      id_q <= bdf_we_id_i;
      // a byte that is not enabled keeps what it was
      case (dw_i)
        DW_COMMAND: begin
          if (be_i[0]) {parity_q, bme_q, mem_en_q} <= {wdata_i[6], wdata_i[2:1]};
          if (be_i[1]) serr_q <= wdata_i[8];
        end
        DW_CACHE_LINE: if (be_i[0]) cache_line_q <= wdata_i[7:0];
        DW_BAR0: for (int b = 2; b < 4; b++) if (be_i[b]) bar0_q[8*b+:8] <= wdata_i[8*b+:8];
        DW_BAR1: for (int b = 0; b < 4; b++) if (be_i[b]) bar1_q[8*b+:8] <= wdata_i[8*b+:8];
        DW_BAR2: for (int b = 0; b < 4; b++) if (be_i[b]) bar2_q[8*b+:8] <= wdata_i[8*b+:8] & DOORBELL_MASK[8*b+:8];
        DW_BAR3: for (int b = 0; b < 4; b++) if (be_i[b]) bar3_q[8*b+:8] <= wdata_i[8*b+:8];
        DW_BAR4: for (int b = 2; b < 4; b++) if (be_i[b]) bar4_q[8*b+:8] <= wdata_i[8*b+:8];
        DW_BAR5: for (int b = 0; b < 4; b++) if (be_i[b]) bar5_q[8*b+:8] <= wdata_i[8*b+:8];
        // a state that does not exist (D1, D2) leaves the state as it is
        DW_PMCSR: if (be_i[0] && wdata_i[1] == wdata_i[0]) d3_q <= wdata_i[0];
        DW_MSIX: if (be_i[3]) {msix_en_q, msix_mask_q} <= wdata_i[31:30];
        DW_DEVCTL: begin
          if (be_i[0]) report_q <= wdata_i[3:0];
          if (be_i[1]) {flr_q, ext_tag_q} <= {wdata_i[15], wdata_i[8] && EXT_TAG};
          if (be_i[2] && wdata_i[16]) correctable_q <= 1'b0;
          if (be_i[2] && wdata_i[17]) nonfatal_q <= 1'b0;
          if (be_i[2] && wdata_i[19]) unsupported_q <= 1'b0;
        end
        DW_LNKCTL: for (int b = 0; b < 2; b++) if (be_i[b]) lnkctl_q[8*b+:8] <= wdata_i[8*b+:8] & LNKCTL_MASK[8*b+:8];
        DW_DEVCTL2: if (be_i[0]) {atomic_en_q, timeout_off_q} <= {wdata_i[6], wdata_i[4]};
        default: ;
      endcase
    end
    bar_low_q <= {bar5_q == '0, bar3_q == '0, bar1_q == '0} &
                 ~({3{we_i}} & {dw_i == DW_BAR5, dw_i == DW_BAR3, dw_i == DW_BAR1});
    // A completion with UR tells the requester: the lesser error (PCIe 6.2.3.2.4). A posted request has none.
    if (ur_np_i) correctable_q <= 1'b1;
    if (ur_p_i) nonfatal_q <= 1'b1;
    if (ur_np_i || ur_p_i) unsupported_q <= 1'b1;
    if (rst_i || flr_i) begin
      {mem_en_q, bme_q, parity_q, serr_q} <= '0;
      {bar0_q, bar1_q, bar2_q, bar3_q, bar4_q, bar5_q} <= '0;
      {d3_q, msix_en_q, msix_mask_q, atomic_en_q, timeout_off_q, flr_q} <= '0;
      {correctable_q, nonfatal_q, unsupported_q} <= '0;
      report_q     <= '0;
      ext_tag_q    <= EXT_TAG;  // set after reset where it is offered
      cache_line_q <= '0;
    end
    if (rst_i) begin
      id_q     <= '0;
      lnkctl_q <= '0;
    end
  end

`ifdef FORMAL
  (* anyconst *) logic [1:0] f_byte;
  logic f_past = 1'b0;
  always_ff @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!f_past) assume (rst_i);
    if (f_past) begin
      // in D3, or with bus mastering or memory space off, nothing is sent or answered
      assert (!(d3_q && (mem_en_o || bme_o)) && (!bme_o || bme_q));
      // BARs lie on their size
      assert (bar0_q[15:0] == '0 && bar4_q[15:0] == '0 && (bar2_q & ~DOORBELL_MASK) == '0);
      // and below 4 GiB, where that is said; only in the cycle behind a write of its own upper half it is not said
      assert ((bar_low_o & ~{bar5_q == '0, bar3_q == '0, bar1_q == '0}) == '0);
      if (!$past(rst_i || flr_i) && !$past(we_i && dw_i == DW_BAR1)) assert (bar_low_o[0] == (bar1_q == '0));
      if (!$past(rst_i || flr_i) && !$past(we_i && dw_i == DW_BAR3)) assert (bar_low_o[1] == (bar3_q == '0));
      if (!$past(rst_i || flr_i) && !$past(we_i && dw_i == DW_BAR5)) assert (bar_low_o[2] == (bar5_q == '0));
      // a reset of the function turns everything off: no request may be sent until software says so
      if ($past(flr_i || rst_i)) assert (!bme_o && !mem_en_o && !msix_en_o && !atomic_en_o && !flr_o && bar0_o == '0);
      // it is asked for by a write of that bit alone, and lasts one cycle
      if (flr_o) assert ($past(we_i && dw_i == DW_DEVCTL && be_i[1] && wdata_i[15]));
      // AtomicOps and messages are switched by their own registers only
      if (atomic_en_o && !$past(atomic_en_o)) assert ($past(we_i && dw_i == DW_DEVCTL2 && be_i[0] && wdata_i[6]));
      if (msix_en_o && !$past(msix_en_o)) assert ($past(we_i && dw_i == DW_MSIX && be_i[3] && wdata_i[31]));
      if (bme_q && !$past(bme_q)) assert ($past(we_i && dw_i == DW_COMMAND && be_i[0] && wdata_i[2]));
      // a byte of a register that is not enabled stays as it is, but for errors that were seen; one of a BAR that is
      // enabled takes what is written
      if ($past(we_i && !be_i[f_byte] && !flr_i && !rst_i) && dw_i == $past(dw_i) &&
          !(dw_i == DW_DEVCTL && f_byte[1]))
        assert (rdata_o[8*f_byte+:8] == $past(rdata_o[8*f_byte+:8]));
      if ($past(we_i && dw_i == DW_BAR3 && be_i[f_byte] && !flr_i && !rst_i))
        assert (bar3_q[8*f_byte+:8] == $past(wdata_i[8*f_byte+:8]));
      // a write without byte enables changes nothing but the captured id
      if ($past(we_i && be_i == '0 && !flr_i && !rst_i))
        assert (bar0_o == $past(bar0_o) && bme_q == $past(bme_q) && msix_en_o == $past(msix_en_o));
    end
    cover (f_past && flr_o && bme_o && d3_q == 1'b0);
    cover (f_past && atomic_en_o && msix_en_o && !bme_o);
    cover (f_past && d3_q && bme_q);
    cover (f_past && $past(f_past && bme_o && mem_en_o && atomic_en_o && flr_i) && !bme_o && !atomic_en_o);
  end
`endif
endmodule
