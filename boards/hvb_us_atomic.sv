// SPDX-License-Identifier: MIT
// AtomicOp Requester Enable of an UltraScale+ block, which has no port for it: read from the block's own configuration
// space (cfg_mgmt_*, PG213), over and over. First it walks the capability list to PCI Express (id 0x10), of which
// Device Control 2 is 0x28 further. Promises: atomic_en_o follows within some 30 cycles and the block's answer.
module hvb_us_atomic (
    input  logic        clk_i,
    input  logic        rst_i,
    output logic [9:0]  cfg_mgmt_addr,             // in DWs
    output logic        cfg_mgmt_read,
    input  logic [31:0] cfg_mgmt_read_data,
    input  logic        cfg_mgmt_read_write_done,
    output logic        atomic_en_o
);
  localparam logic [9:0] POINTER = 10'h00d, CONTROL2 = 10'h00a;
  localparam logic [7:0] PCI_EXPRESS = 8'h10;
  typedef enum logic [1:0] {FIRST, WALK, POLL} state_t;
  state_t state_q;
  logic [4:0] rest_q;  // between two reads

  always_ff @(posedge clk_i) begin
    rest_q <= cfg_mgmt_read ? '0 : rest_q + 5'd1;
    if (rest_q == '1) cfg_mgmt_read <= 1'b1;
    if (cfg_mgmt_read && cfg_mgmt_read_write_done) begin
      cfg_mgmt_read <= 1'b0;
      case (state_q)
        FIRST: begin
          cfg_mgmt_addr <= {4'd0, cfg_mgmt_read_data[7:2]};
          state_q       <= WALK;
        end
        WALK:
          if (cfg_mgmt_read_data[7:0] == PCI_EXPRESS) begin
            cfg_mgmt_addr <= cfg_mgmt_addr + CONTROL2;
            state_q       <= POLL;
          end else if (cfg_mgmt_read_data[15:10] == '0) begin
            cfg_mgmt_addr <= POINTER;
            state_q       <= FIRST;
          end else cfg_mgmt_addr <= {4'd0, cfg_mgmt_read_data[15:10]};
        default: atomic_en_o <= cfg_mgmt_read_data[6];
      endcase
    end
    if (rst_i) begin
      state_q       <= FIRST;
      cfg_mgmt_addr <= POINTER;
      cfg_mgmt_read <= 1'b0;
      rest_q        <= '0;
      atomic_en_o   <= 1'b0;
    end
  end
endmodule
