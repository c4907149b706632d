// SPDX-License-Identifier: MIT
// The CRC-32 of IEEE 802.3, reflected, of one more byte. Starts at all ones, travels inverted, least significant byte
// first; over a frame and its CRC it comes to RESIDUE.
module hvb_crc32 (
    input  logic [31:0] crc_i,
    input  logic [7:0]  data_i,
    output logic [31:0] crc_o
);
  always_comb begin
    crc_o = crc_i ^ 32'(data_i);
    for (int i = 0; i < 8; i++) crc_o = (crc_o >> 1) ^ (crc_o[0] ? 32'hEDB88320 : 32'h0);
  end
endmodule
