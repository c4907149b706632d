// SPDX-License-Identifier: MIT
// A memory of 64 bits with one address, made of one with four: nextpnr-himbaechel-xilinx 0.11 fails on RAM64X1S
// (pack_dram: the output has two drivers). For yosys's techmap. nextpnr leaves contents of RAM64M at 0: all of the
// card's are.
module RAM64X1S (output O, input A0, A1, A2, A3, A4, A5, D, WCLK, WE);
  parameter [63:0] INIT = 64'd0;
  parameter [0:0] IS_WCLK_INVERTED = 1'b0;
  wire [5:0] at = {A5, A4, A3, A2, A1, A0};
  RAM64M #(.INIT_A(INIT), .INIT_B(INIT), .INIT_C(INIT), .INIT_D(INIT), .IS_WCLK_INVERTED(IS_WCLK_INVERTED))
      _TECHMAP_REPLACE_ (.DOA(O), .ADDRA(at), .ADDRB(at), .ADDRC(at), .ADDRD(at), .DIA(D), .DIB(D), .DIC(D), .DID(D),
          .WCLK(WCLK), .WE(WE));
endmodule
