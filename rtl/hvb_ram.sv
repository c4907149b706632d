// SPDX-License-Identifier: MIT
// A memory with one write and one read port, both on clk_i; read data one cycle after its address and re_i. The
// only place where a memory is described that shall become block RAM.
// Promises: with FWD = 1, a read returns what is written to the same address in the same cycle. With FWD = 0 such
// a read returns anything (HVB_RAM_INVERT makes that visible in simulation), so the user must not care. Read data
// is good for the one cycle after re_i, with FWD = 0 until the next re_i.
module hvb_ram #(
    parameter int unsigned WIDTH = 8,   // bits, >= 1
    parameter int unsigned DEPTH = 16,  // words, >= 2
    parameter bit FWD = 1'b1
) (
    input  logic                     clk_i,
    input  logic                     we_i,
    input  logic [$clog2(DEPTH)-1:0] waddr_i,
    input  logic [WIDTH-1:0]         wdata_i,
    input  logic                     re_i,
    input  logic [$clog2(DEPTH)-1:0] raddr_i,
    output logic [WIDTH-1:0]         rdata_o
);
  logic [WIDTH-1:0] mem [DEPTH];
  logic [WIDTH-1:0] read_q;

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) begin
`ifdef HVB_RAM_INVERT
      read_q <= we_i && waddr_i == raddr_i ? ~mem[raddr_i] : mem[raddr_i];
`else
      read_q <= mem[raddr_i];
      if (we_i && waddr_i == raddr_i) read_q <= 'x;
`endif
    end
  end

  if (FWD) begin : g_fwd
    logic             hit_q;
    logic [WIDTH-1:0] write_q;
    always_ff @(posedge clk_i) begin
      hit_q   <= we_i && waddr_i == raddr_i;
      write_q <= wdata_i;
    end
    assign rdata_o = hit_q ? write_q : read_q;
  end else begin : g_plain
    assign rdata_o = read_q;
  end

`ifdef FORMAL
  // for proofs of modules around this one: all that is in it
  logic [WIDTH*DEPTH-1:0] f_mem;
  for (genvar i = 0; i < DEPTH && DEPTH <= 64; i++) begin : g_mem
    assign f_mem[i*WIDTH+:WIDTH] = mem[i];
  end
  // One address stands for all.
  (* anyconst *) logic [$clog2(DEPTH)-1:0] f_at;
  logic [WIDTH-1:0] f_now;
  assign f_now = mem[f_at];
  logic f_known_q = 1'b0, f_read_q = 1'b0, f_write;
  logic [WIDTH-1:0] f_data_q, f_want_q;
  assign f_write = we_i && waddr_i == f_at;
  always_ff @(posedge clk_i) begin
    if (f_write) begin
      f_known_q <= 1'b1;
      f_data_q  <= wdata_i;
    end
    f_read_q <= re_i && raddr_i == f_at && (f_write ? FWD : f_known_q);
    f_want_q <= f_write ? wdata_i : f_data_q;
    if (f_known_q) assert (f_now == f_data_q);     // what is written stays
    if (f_read_q) assert (rdata_o == f_want_q);        // and is read, with FWD also in the cycle of the write
    cover (f_read_q && $past(f_write));                // a read and a write of one address in one cycle
  end
`endif
endmodule
