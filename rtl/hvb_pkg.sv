// SPDX-License-Identifier: MIT
// Types that the modules of the card share: TLP headers with their fields named, what travels in a pipeline slot, a
// pending word's record, an AtomicOp in flight.
package hvb_pkg;

  // A request TLP's header, DW0 in bits 127:96 (PCIe 2.2.1). With a 3-DW header (fmt[0] = 0) the address is dw2.
  typedef struct packed {
    logic [2:0]  fmt;
    logic [4:0]  typ;
    logic        t9;
    logic [2:0]  tc;
    logic        t8;
    logic        attr2;
    logic        ln;
    logic        th;
    logic        td;
    logic        ep;
    logic [1:0]  attr;
    logic [1:0]  at;
    logic [9:0]  len;
    logic [15:0] id;
    logic [7:0]  tag;
    logic [3:0]  last_be;
    logic [3:0]  first_be;
    logic [31:0] dw2;
    logic [31:0] dw3;
  } req_hdr_t;

  // A completion TLP's header (PCIe 2.2.9).
  typedef struct packed {
    logic [2:0]  fmt;
    logic [4:0]  typ;
    logic        t9;
    logic [2:0]  tc;
    logic        t8;
    logic        attr2;
    logic        ln;
    logic        th;
    logic        td;
    logic        ep;
    logic [1:0]  attr;
    logic [1:0]  at;
    logic [9:0]  len;
    logic [15:0] completer;
    logic [2:0]  status;
    logic        bcm;
    logic [11:0] bytes;
    logic [15:0] requester;
    logic [7:0]  tag;
    logic        rsvd;
    logic [6:0]  low_addr;
    logic [31:0] none;
  } cpl_hdr_t;

  localparam logic [4:0] TYP_MEM = 5'b00000, TYP_CFG0 = 5'b00100, TYP_CPL = 5'b01010;
  localparam logic [4:0] TYP_FETCHADD = 5'b01100, TYP_SWAP = 5'b01101, TYP_CAS = 5'b01110;
  localparam logic [2:0] CPL_SC = 3'b000, CPL_UR = 3'b001, CPL_CA = 3'b100;

  // How a non-posted request is answered.
  typedef enum logic [2:0] {
    REPLY_DATA,   // the qword collected in the slot
    REPLY_ZERO,   // zeroes: nothing is there, or more was asked than a register
    REPLY_GEN,    // DELIVERED, ACKED: compare a generation, beside what is in bits 63:32
    REPLY_ATOMIC, // zeroes of an AtomicOp's operand size
    REPLY_CFG,    // configuration space
    REPLY_UR      // unsupported request
  } reply_t;

  // Everything a completer must give back to its requester.
  typedef struct packed {
    logic [15:0] id;
    logic [9:0]  tag;
    logic [2:0]  tc;
    logic [2:0]  attr;
    logic [9:0]  len;
    logic [3:0]  first_be;
    logic [3:0]  last_be;
    logic [11:0] addr;  // low address bits, or the configuration register
    logic        has_data;
  } asked_t;

  // One pipeline slot: what one request TLP turned into.
  typedef struct packed {
    logic        signal;   // a doorbell, complete
    logic        half_lo;  // first half of a 32-bit pair
    logic        half_hi;  // second half
    logic        kick;     // to become what is bound to its slot
    logic        event_;   // one count for this partition: drop, read or AtomicOp, by `code`
    logic [3:0]  code;     // hvb_regs_pkg::CNT_*
    logic        ack;      // clears flags of an owned word
    logic        write;    // register write: BAR0 or BAR4
    logic        np;       // to be answered
    reply_t      reply;
    logic [1:0]  space;    // SPACE_*
    logic [5:0]  part;     // sending partition: the doorbell page
    logic [3:0]  slot;
    logic [15:0] off;      // offset in BAR0 or BAR4, or in the doorbell page
    logic [63:0] data;     // in its lane of the qword
    logic [1:0]  dw;       // which halves of the qword are written
  } op_t;

  localparam logic [1:0] SPACE_CTRL = 2'd0, SPACE_DOORBELL = 2'd1, SPACE_MSIX = 2'd2, SPACE_NONE = 2'd3;

  // A connection as the table holds it, less its tag.
  typedef struct packed {
    logic [5:0]  rpart;
    logic [11:0] count;
    logic [11:0] word;     // first pending word, or group
    logic [5:0]  base;
    logic        any;
    logic [1:0]  verdict;
  } conn_t;

  // A pending word's record, as the library writes it, and what is kept with it.
  typedef struct packed {
    logic [60:0] addr;     // SIEF word, in qwords
    logic [11:0] own;      // owned: its number on the card
    logic [9:0]  vp;
    logic [10:0] vector;
    logic [5:0]  rpart;
    logic        polling;
    logic [1:0]  state;
    logic        high;     // kept with it: addr is above 4 GiB
  } word_t;

  // An AtomicOp in flight.
  typedef struct packed {
    logic [11:0] pw;
    logic [63:0] bits;     // flags it sets
    logic [63:0] guess;    // compare value
    logic [60:0] addr;
    logic [9:0]  vp;
    logic [10:0] vector;
    logic [5:0]  rpart;
    logic [5:0]  spart;
    logic        polling;
    logic [15:0] gen;
    logic [2:0]  state;    // issue's half of the word's state, as it wrote it
  } flight_t;

  // widths of the above (Yosys does not take $bits of a type)
  localparam int unsigned CONN_BITS = 39, ASKED_BITS = 63, FLIGHT_BITS = 254;

endpackage
