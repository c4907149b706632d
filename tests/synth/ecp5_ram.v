// SPDX-License-Identifier: MIT
// What an ECP5's block RAM does, as far as yosys uses it here: its own models (cells_sim.v) have its pins only. Written
// from Lattice's FPGA-TN-02204 (memory usage guide). One clock for both ports, no output registers, no reset.
// A row is 36 bits: a port of 1 to 18 bits sees a part of it, one of 4 bits and less not the ninth of each byte; 36 bits
// are written by A, the upper half at B's data pins, and read by B, the lower half at A's. What one port reads while the
// other writes it is anything: here it comes out inverted, so that nobody can rely on it.
module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1,
    input DIA0, ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0, CEA, OCEA, CLKA,
    input WEA, RSTA, CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1,
    output DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1,
    input DIB0, ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0, CEB, OCEB, CLKB,
    input WEB, RSTB, CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1,
    output DOB0
);
  parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18, REGMODE_A = "NOREG", REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC", CSDECODE_A = "0b000", CSDECODE_B = "0b000";
  parameter [127:0] WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA", CLKBMUX = "CLKB", GSR = "ENABLED";
  parameter [319:0] INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0, INITVAL_04 = 0, INITVAL_05 = 0;
  parameter [319:0] INITVAL_06 = 0, INITVAL_07 = 0, INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0;
  parameter [319:0] INITVAL_0C = 0, INITVAL_0D = 0, INITVAL_0E = 0, INITVAL_0F = 0, INITVAL_10 = 0, INITVAL_11 = 0;
  parameter [319:0] INITVAL_12 = 0, INITVAL_13 = 0, INITVAL_14 = 0, INITVAL_15 = 0, INITVAL_16 = 0, INITVAL_17 = 0;
  parameter [319:0] INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0, INITVAL_1C = 0, INITVAL_1D = 0;
  parameter [319:0] INITVAL_1E = 0, INITVAL_1F = 0, INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0;
  parameter [319:0] INITVAL_24 = 0, INITVAL_25 = 0, INITVAL_26 = 0, INITVAL_27 = 0, INITVAL_28 = 0, INITVAL_29 = 0;
  parameter [319:0] INITVAL_2A = 0, INITVAL_2B = 0, INITVAL_2C = 0, INITVAL_2D = 0, INITVAL_2E = 0, INITVAL_2F = 0;
  parameter [319:0] INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0, INITVAL_34 = 0, INITVAL_35 = 0;
  parameter [319:0] INITVAL_36 = 0, INITVAL_37 = 0, INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0;
  parameter [319:0] INITVAL_3C = 0, INITVAL_3D = 0, INITVAL_3E = 0, INITVAL_3F = 0;
  localparam [64*320-1:0] INIT = {
      INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
      INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
      INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
      INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
      INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
      INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
      INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
      INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00};

  reg [35:0] mem [0:511];
  reg [17:0] a_q, b_q;
  wire [13:0] at_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] at_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] in_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3,
      DIA2, DIA1, DIA0};
  wire [17:0] in_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3,
      DIB2, DIB1, DIB0};
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1,
      DOA0} = a_q;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1,
      DOB0} = b_q;

  // where in its row a port's word begins, and which bits of the row a write of it changes
  function [5:0] start(input integer width, input [4:0] at);
    case (width)
      36: start = 6'd0;
      18: start = 6'd18 * at[4];
      9: start = 6'd9 * at[4:3];
      4: start = 6'd9 * at[4:3] + 6'd4 * at[2];
      2: start = 6'd9 * at[4:3] + 6'd2 * at[2:1];
      default: start = 6'd9 * at[4:3] + at[2:0];
    endcase
  endfunction
  function [35:0] written(input integer width, input [4:0] at);
    case (width)
      36: written = {{9{at[3]}}, {9{at[2]}}, {9{at[1]}}, {9{at[0]}}};
      18: written = {18'd0, {9{at[1]}}, {9{at[0]}}} << start(width, at);
      default: written = ((36'd1 << width) - 36'd1) << start(width, at);
    endcase
  endfunction
  // the row that a port sees: `other` are bits that the other one writes
  function [35:0] seen(input [127:0] mode, input [35:0] now, own, data, other);
    seen = ((mode == "WRITETHROUGH") ? (now & ~own) | (data & own) : now) ^ other;
  endfunction

  integer i;
  initial begin
    for (i = 0; i < 1024; i = i + 1) mem[i / 2][i % 2 * 18 +: 18] = INIT[i / 16 * 320 + i % 16 * 20 +: 18];
    {a_q, b_q} = 36'd0;
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB")
      $fatal(1, "DP16KD: a mode that this model does not have");
  end

  wire we_a = CEA && WEA && {CSA2, CSA1, CSA0} == 0;
  wire we_b = CEB && WEB && {CSB2, CSB1, CSB0} == 0;
  wire [35:0] data_a = DATA_WIDTH_A == 36 ? {in_b, in_a} : {18'd0, in_a} << start(DATA_WIDTH_A, at_a[4:0]);
  wire [35:0] data_b = {18'd0, in_b} << start(DATA_WIDTH_B, at_b[4:0]);
  wire [35:0] own_a = we_a ? written(DATA_WIDTH_A, at_a[4:0]) : 36'd0;
  wire [35:0] own_b = we_b ? written(DATA_WIDTH_B, at_b[4:0]) : 36'd0;
  wire same = at_a[13:5] == at_b[13:5];
  wire [35:0] row_a = seen(WRITEMODE_A, mem[at_a[13:5]], own_a, data_a, same ? own_b : 36'd0) >>
      start(DATA_WIDTH_A, at_a[4:0]);
  wire [35:0] row_b = seen(WRITEMODE_B, mem[at_b[13:5]], own_b, data_b, same ? own_a : 36'd0) >>
      start(DATA_WIDTH_B, at_b[4:0]);

  always @(posedge CLKA) begin
    if (we_a) mem[at_a[13:5]] <= (mem[at_a[13:5]] & ~own_a) | (data_a & own_a);
    if (we_b) mem[at_b[13:5]] <= ((we_a && same ? (mem[at_a[13:5]] & ~own_a) | (data_a & own_a) : mem[at_b[13:5]]) & ~own_b) |
        (data_b & own_b);
    if (RSTA || RSTB) $fatal(1, "DP16KD: this model has no reset");
    if (CEA && !(we_a && WRITEMODE_A == "NORMAL")) a_q <= row_a[17:0];
    if (CEB && !(we_b && WRITEMODE_B == "NORMAL")) begin
      b_q <= DATA_WIDTH_B == 36 ? row_b[35:18] : row_b[17:0];
      if (DATA_WIDTH_B == 36) a_q <= row_b[17:0];
    end
  end
endmodule
