# SPDX-License-Identifier: MIT
# The whole build, in one piece: what is built lies under build/, nothing is written elsewhere. `make help` lists the
# targets. A new source file is found by its folder; a test file that has a main() is a program, any other one is shared
# by the programs.
PREFIX ?= /usr/local
comma := ,
CC = gcc
CXX = g++
B := build
VERSION := $(shell sed -n 's/^.define HVBELL_VERSION "\(.*\)"/\1/p' lib/include/hvbell/hvbell.h)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
JOBS := $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
MAKEFLAGS += --no-builtin-rules $(JOBS)

# ---- what the machine must have -------------------------------------------------------------------------------------
# The commands a newcomer types fetch what they need first. Everything else says what is missing.
ASSURE := test-slow spin campaign fuzz soak kill valgrind coverage formal mutate
NEEDS := $(if $(filter fuzz,$(MAKECMDGOALS)),fuzz,$(if $(filter test lint $(ASSURE),$(MAKECMDGOALS)),test,$(if $(filter test-vm-cdev,$(MAKECMDGOALS)),vm-cdev,$(strip \
	$(if $(filter bench-% test-vm test-kvm,$(MAKECMDGOALS)),bench,build)))))
READY := $(if $(filter $(ASSURE) demo test test-vm test-vm-cdev test-kvm lint bench-rtl bench-lib bench-channel bench-links bench-size bench-kvm setup,$(MAKECMDGOALS)),setup,needs)
.PHONY: setup needs
setup:
	@tools/setup $(NEEDS) >&2
needs:
	@tools/setup $(NEEDS) --check >&2

# ---- flags ----------------------------------------------------------------------------------------------------------
# Asked of the compiler when the first file is compiled, because there may be none when this file is read.
WERROR = $(eval WERROR := $(shell case $$($(CC) -dumpversion) in (12*|14*) echo -Werror;; esac))$(WERROR)
VERILATOR_ROOT = $(eval VERILATOR_ROOT := $(shell verilator --getenv VERILATOR_ROOT))$(VERILATOR_ROOT)
WARN := -Wall -Wextra -Wshadow
COMMON = -O2 -g $(WARN) $(WERROR) -fPIC -fvisibility=hidden -D_GNU_SOURCE -DHVB_RELEASE='"$(VERSION)"' -MMD -MP
INCLUDES = -I. -Ilib/include -Ihvcall -I$(B)/gen
CFLAGS_ALL = -std=gnu11 $(COMMON) -Wstrict-prototypes -Wmissing-prototypes $(INCLUDES) $(CFLAGS)
CXXFLAGS_ALL = -std=gnu++17 $(COMMON) $(INCLUDES) $(CXXFLAGS)
SYSTEM_LIBS := -ljson-c -lpciaccess -lz -lpthread -latomic -lm
# what the command needs besides
TOOL_LIBS := -luring
MODEL_DEFINES := -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_SC=0

# ---- sources --------------------------------------------------------------------------------------------------------
REGS := rtl/hvb_regs.txt
GEN_H := $(B)/gen/hvb_regs.h
GEN_SV := $(B)/gen/hvb_regs_pkg.sv
RTL := $(GEN_SV) rtl/hvb_pkg.sv $(filter-out rtl/hvb_pkg.sv,$(wildcard rtl/*.sv))
# boards with the card at the end of a serial line (docs/serial.md); the first is the one of hvbell-board
SERIAL_BOARDS := ulx3s versa5g arty
LIB_SRC := $(wildcard lib/src/*.c driver/*.c sim/*.c)
# KVM differs between architectures: the glue is for x86
NOT_HERE := $(if $(filter x86_64,$(shell uname -m)),,hvcall/kvm% tests/unit/fake_kvm.c tests/unit/test_hvcall_kvm% \
	tests/vm/calls.c)
HVCALL_SRC := $(filter-out $(NOT_HERE),$(wildcard hvcall/*.c))
TOOL_SRC := $(wildcard tools/*.c)
SERVER_SRC := $(wildcard sim/server/*.c)
BOARD_SRC := $(wildcard sim/board/*.c)
VMM_SRC := $(wildcard examples/vmm/*.c)
TEST_SRC := $(filter-out $(NOT_HERE),$(wildcard tests/unit/*.c tests/golden/*.c tests/rtl/*.c tests/bench/*.c \
	tests/vm/*.c tests/fuzz/*.c tests/soak/*.c))
TEST_MAINS := $(if $(TEST_SRC),$(shell grep -lw '^int main' $(TEST_SRC)))
TEST_PROGRAMS := $(TEST_MAINS:.c=)
# these run on a model of the library instead of the library
FAKED := $(if $(TEST_MAINS),$(patsubst %.c,%,$(shell grep -l '"fake_lib.h"' $(TEST_MAINS))))
UNIT_PROGRAMS := $(filter tests/unit/%,$(TEST_PROGRAMS))
# the model's own object, so that only they have it
FAKE := tests/unit/fake_lib
SHARED_SRC := $(filter-out $(TEST_MAINS) $(FAKE).c tools/main.c sim/server/main.c sim/board/main.c \
	examples/vmm/vmm.c,$(TEST_SRC) $(TOOL_SRC) $(SERVER_SRC) $(BOARD_SRC) $(VMM_SRC))

# ---- generated sources ----------------------------------------------------------------------------------------------
$(B)/gen/hvb_regs_pkg.sv: OUT = sv
$(B)/gen/hvb_regs.h: OUT = h
$(GEN_H) $(GEN_SV): $(REGS) tools/regs.awk
	@mkdir -p $(@D)
	@awk -v out=$(OUT) -f tools/regs.awk $(REGS) >$@

# ---- the card's model -----------------------------------------------------------------------------------------------
# $(call model,FOLDER,VERILATOR FLAGS,COMPILER FLAGS,TOP,ITS OTHER SOURCES): Verilator writes C++ and a makefile of its
# own for it, which knows what belongs together; model.stamp says that all of its objects are there. What has a card's
# pins, a card or more around it (hvb_*_card), has the C++ class of one, too; benches of adapters share one as well.
class = V$(patsubst hvb_%_card,hvb_card,$(patsubst hvb_%_bench,hvb_bench,$(1)))
define model
$(1)/model.stamp: $(RTL) $(5) rtl/waivers.vlt | $(READY)
	@echo '  VERILATE $(1)' >&2
	@rm -rf $(1) && mkdir -p $(1)
	@verilator --cc -O3 --x-assign fast --x-initial fast --trace-fst -Wall $(2) --top-module $(4) \
		--prefix $(call class,$(4)) -CFLAGS -fPIC --Mdir $(1) rtl/waivers.vlt $(RTL) $(5) >/dev/null
	+@$$(MAKE) -s -C $(1) -f $(call class,$(4)).mk CXX=$$(CXX) OPT_FAST='-O2 $(3)' OPT_SLOW='-O1 $(3)' OPT_GLOBAL=-O2 \
		$(call class,$(4))__ALL.a verilated.o verilated_fst_c.o verilated_threads.o \
		$(if $(findstring coverage,$(2)),verilated_cov.o) >/dev/null
	@touch $$@
endef
$(eval $(call model,$(B)/model,,,hvb_card))
# One model for tests alone: its checks can be switched off, and a memory that is read while it is written shows it.
$(eval $(call model,$(B)/off/model,-DHVB_CHECK_OFF -DHVB_RAM_INVERT,,hvb_card))
# One that tells libFuzzer which of its branches were taken.
$(eval $(call model,$(B)/fuzz/model,,-fsanitize=fuzzer-no-link,hvb_card))
# One that counts what of it was reached.
$(eval $(call model,$(B)/cov/model,--coverage-line --coverage-toggle --coverage-user --coverage-max-width 64 \
	--output-split 10000,-O1,hvb_card,tests/coverage/hvb_points.sv))
# A board at a serial line, which is as fast as the receiver follows (sim/board/board.h), for the simulation's sake.
$(foreach b,$(SERIAL_BOARDS),$(eval $(call model,$(B)/$(b)/model,-GBAUD=6250000 -GRESEND=100000,,$(b),$(wildcard \
	rtl/adapters/*.sv boards/serial_card.sv boards/$(b)/*.sv))))

# A card behind an adapter (rtl/adapters) and a model of the hard block that it is for: ADAPTER_WIDTH is the top
# tests/adapters/hvb_ADAPTER_card.sv at so many bits. The adapter and the model alone: hvb_ADAPTER_bench.sv, but for the
# UltraScale one, whose bench tests/adapters/us.sh compiles.
ADAPTERS := x7_64 x7_128 us_128 us_256
BENCHED := $(filter-out us_%,$(ADAPTERS))
adapter = $(firstword $(subst _, ,$(1)))
width = $(lastword $(subst _, ,$(1)))
# $(call adapter_model,ADAPTER_WIDTH,FOLDER,card or bench)
adapter_model = $(call model,$(B)/$(1)/$(2),-GWIDTH=$(call width,$(1)),,hvb_$(call adapter,$(1))_$(3),$(wildcard \
	rtl/adapters/hvb_$(call adapter,$(1))*.sv) \
	$(filter-out %_card.sv %_bench.sv,$(wildcard tests/adapters/hvb_$(call adapter,$(1))_*.sv)) \
	tests/adapters/hvb_block.sv tests/adapters/hvb_$(call adapter,$(1))_$(3).sv)
$(foreach a,$(ADAPTERS),$(eval $(call adapter_model,$(a),model,card)))
$(foreach a,$(BENCHED),$(eval $(call adapter_model,$(a),bench,bench)))
# A board with such a block, whole, but for its vendor's core, for which the same models stand (tests/boards).
PCIE_BOARDS := squirrel acorn kcu116
board_tcl = $(shell sed -n 's/^set $(2) //p' boards/$(1)/board.tcl)
board_model = $(call model,$(B)/$(1)/model,-DBOARD=$(1) -DBOARD_W=$(call board_tcl,$(1),width) \
	-DBOARD_LANES=$(call board_tcl,$(1),lanes),,hvb_board_card,$(filter-out %_serial.sv,$(wildcard rtl/adapters/*.sv)) \
	$(filter-out %_bench.sv,$(wildcard boards/hvb_*.sv boards/$(1)/*.sv tests/boards/*.sv)) \
	$(filter-out %_card.sv %_bench.sv,$(wildcard tests/adapters/hvb_*.sv)))
$(foreach b,$(PCIE_BOARDS),$(eval $(call board_model,$(b))))
BEHIND := $(ADAPTERS) $(PCIE_BOARDS)

# ---- the VMM's guest ------------------------------------------------------------------------------------------------
# x86-64 and freestanding: a program for no operating system, which becomes bytes of the VMM.
PAYLOAD_FLAGS := -std=gnu11 -O2 $(WARN) -Wstrict-prototypes -Wmissing-prototypes -ffreestanding -mno-red-zone \
	-mgeneral-regs-only -fno-pic -fcf-protection=none -fno-stack-protector -fno-asynchronous-unwind-tables -MMD -MP
$(B)/payload/obj/%.o: examples/vmm/payload/%.c | $(READY)
	@echo '  CC $@' >&2
	@mkdir -p $(@D)
	@$(CC) $(PAYLOAD_FLAGS) $(WERROR) -c -o $@ $<
$(B)/payload/obj/%.o: examples/vmm/payload/%.S | $(READY)
	@echo '  AS $@' >&2
	@mkdir -p $(@D)
	@$(CC) -c -o $@ $<
$(B)/payload/payload.elf: examples/vmm/payload/payload.ld $(B)/payload/obj/entry.o $(B)/payload/obj/payload.o
	@ld -n -static --no-warn-rwx-segments -T $^ -o $@
$(B)/payload/payload.bin: $(B)/payload/payload.elf
	@objcopy -O binary $< $@
$(B)/payload/image.o: examples/vmm/payload/image.S $(B)/payload/payload.bin
	@$(CC) -DPAYLOAD='"$(B)/payload/payload.bin"' -c -o $@ $<

# ---- flavours -------------------------------------------------------------------------------------------------------
# The same sources compiled several ways, each in a folder of its own.
define link_test
@echo '  LINK $@' >&2
@mkdir -p $(@D)
@$(CXX) $(FLAVOUR) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcmocka $(TOOL_LIBS) \
	$(SYSTEM_LIBS) $(LDFLAGS)
endef
# $(call shared,FOLDER,SOURCE FOLDER): what its programs share; of tools, all of the command but main().
define shared
$(1)/obj/$(2)/shared.a: $(patsubst %.c,$(1)/obj/%.o,$(filter $(2)/%,$(SHARED_SRC)))
	@rm -f $$@
	@ar rcs $$@ $$^

endef
# $(call programs,FOLDER,TEST FOLDER,FOLDERS IT SHARES FROM): what its programs are made of. What stands first is taken
# first, where two have something of one name.
define programs
$(patsubst %,$(1)/%,$(filter-out $(FAKED),$(filter $(2)/%,$(TEST_PROGRAMS)))): $(1)/%: $(1)/obj/%.o \
		$(1)/libhvcall.a $(1)/libhvbell.a $(patsubst %,$(1)/obj/%/shared.a,$(3))
	$$(link_test)
$(patsubst %,$(1)/%,$(filter $(FAKED),$(filter $(2)/%,$(TEST_PROGRAMS)))): $(1)/%: $(1)/obj/%.o \
		$(1)/obj/$(FAKE).o $(patsubst %,$(1)/obj/%/shared.a,$(3)) $(1)/libhvcall.a
	$$(link_test)

endef
# $(call serial_board,FOLDER,FLAGS,BOARD,FOLDER OF WHAT IS THE SAME FOR EVERY BOARD): hvbell-board with that board
define serial_board
$(1)/obj/sim/board/board.o: sim/board/board.cpp $(B)/$(3)/model/model.stamp | $(READY)
	@echo '  CXX $$@' >&2
	@mkdir -p $$(@D)
	@$$(CXX) $$(CXXFLAGS_ALL) $(2) $(MODEL_DEFINES) -I$(B)/$(3)/model -Iboards/$(3) -isystem $$(VERILATOR_ROOT)/include \
		-isystem $$(VERILATOR_ROOT)/include/vltstd -c -o $$@ $$<
$(1)/board.a: $(1)/obj/sim/board/board.o $(4)/obj/sim/board/shared.a
	@rm -f $$@
	@ar rcs $$@ $$< $(4)/obj/sim/board/uart.o $(B)/$(3)/model/$(call class,$(3))*.o
$(1)/hvbell-board: $(4)/obj/sim/board/main.o $(1)/board.a $(4)/libhvbell.a
	@echo '  LINK $$@' >&2
	@$(CXX) $(2) -o $$@ $$^ $(SYSTEM_LIBS) $(LDFLAGS)

endef
# $(call flavour,FOLDER,FLAGS,MODEL FOLDER)
define flavour
$(1)/obj/%.o: %.c | $(GEN_H) $(READY)
	@echo '  CC $$@' >&2
	@mkdir -p $$(@D)
	@$$(CC) $$(CFLAGS_ALL) $(2) -c -o $$@ $$<
$(1)/obj/sim/rtl.o: sim/rtl.cpp $(3)/model.stamp | $(GEN_H) $(READY)
	@echo '  CXX $$@' >&2
	@mkdir -p $$(@D)
	@$$(CXX) $$(CXXFLAGS_ALL) $(2) $(MODEL_DEFINES) -DVM_COVERAGE=$(if $(filter %/cov,$(1)),1,0) -I$(3) -isystem $$(VERILATOR_ROOT)/include \
		-isystem $$(VERILATOR_ROOT)/include/vltstd -c -o $$@ $$<
$(1)/libhvbell.a: $(LIB_SRC:%.c=$(1)/obj/%.o) $(1)/obj/sim/rtl.o
	@rm -f $$@
	@ar rcs $$@ $$^ $(3)/*.o
$(1)/libhvcall.a: $(HVCALL_SRC:%.c=$(1)/obj/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^
$(foreach folder,tests/unit tests/golden tests/rtl tests/fuzz tools sim/server sim/board examples/vmm,$(call shared,$(1),$(folder)))
$(1)/hvbell: $(TOOL_SRC:%.c=$(1)/obj/%.o) $(1)/libhvcall.a $(1)/libhvbell.a
	@echo '  LINK $$@' >&2
	@$(CXX) $(2) -o $$@ $$^ $(TOOL_LIBS) $(SYSTEM_LIBS) $$(LDFLAGS)
$(1)/hvbell-sim: $(SERVER_SRC:%.c=$(1)/obj/%.o) $(1)/libhvbell.a
	@echo '  LINK $$@' >&2
	@$(CXX) $(2) -o $$@ $$^ $(SYSTEM_LIBS) $(LDFLAGS)
$(call serial_board,$(1),$(2),$(firstword $(SERIAL_BOARDS)),$(1))
$(call programs,$(1),tests/unit,tests/unit tests/golden tools sim/server)
$(call programs,$(1),tests/golden,tests/golden tools)
$(call programs,$(1),tests/rtl,tests/rtl)
$(call programs,$(1),tests/bench,tests/rtl)
$(call programs,$(1),tests/fuzz,tests/fuzz tests/unit sim/server tests/golden tools)
$(call programs,$(1),tests/soak,tests/unit tests/golden tools)
$(call programs,$(1),tests/vm,tools examples/vmm)
$(1)/obj/examples/vmm/shared.a: $(B)/payload/image.o
$(1)/examples/vmm: $(VMM_SRC:%.c=$(1)/obj/%.o) $(B)/payload/image.o $(1)/libhvcall.a $(1)/libhvbell.a
	@echo '  LINK $$@' >&2
	@mkdir -p $$(@D)
	@$(CXX) $(2) -o $$@ $$^ $(SYSTEM_LIBS) $(LDFLAGS)
$(TEST_PROGRAMS:%=$(1)/%): FLAVOUR = $(2)
endef
$(eval $(call flavour,$(B),,$(B)/model))
$(eval $(call flavour,$(B)/off,-DHVB_CHECK_OFF,$(B)/off/model))
$(eval $(call flavour,$(B)/asan,-fsanitize=address$(comma)undefined -fno-sanitize-recover=all,$(B)/model))
$(eval $(call flavour,$(B)/tsan,-fsanitize=thread,$(B)/model))

$(eval $(call flavour,$(B)/cov,-O0 --coverage -fprofile-update=atomic,$(B)/cov/model))
# a child of the command ends by _exit(), and counts
EXITING := $(B)/cov/hvbell
$(EXITING): $(B)/cov/obj/tests/coverage/exit.o
$(EXITING): LDFLAGS += -Wl,--wrap=_exit
# Coverage-guided fuzzing is clang's.
$(B)/fuzz/%: CC = clang
$(B)/fuzz/%: CXX = clang++
$(B)/fuzz/%: WERROR =
$(eval $(call flavour,$(B)/fuzz,-DLIBFUZZER -fsanitize=fuzzer-no-link$(comma)address$(comma)undefined \
	-fno-sanitize-recover=all,$(B)/fuzz/model))
FUZZ := $(patsubst %,$(B)/fuzz/%,$(filter tests/fuzz/%,$(TEST_PROGRAMS)))
$(FUZZ): FLAVOUR += -fsanitize=fuzzer

# The card as yosys maps it for ECP5 (tests/synth/netlist), instead of its sources: no waveform, and compiled once, so
# with little optimization.
$(B)/gate/netlist.v: $(RTL) tests/synth/netlist tests/synth/tools | $(READY)
	@echo '  SYNTH $@' >&2
	@BUILD=$(B) tests/synth/netlist $(@D)
$(B)/gate/model/model.stamp: $(B)/gate/netlist.v tests/synth/ecp5_ram.v tests/synth/gate.vlt
	@echo '  VERILATE $(@D)' >&2
	@rm -rf $(@D) && mkdir -p $(@D)
	@verilator --cc -O3 --x-assign fast --x-initial fast --output-split 10000 --top-module hvb_card --prefix Vhvb_card \
		-CFLAGS -fPIC --Mdir $(@D) tests/synth/gate.vlt $< $(<D)/cells.v tests/synth/ecp5_ram.v >/dev/null
	+@$(MAKE) -s -C $(@D) -f Vhvb_card.mk CXX=$(CXX) OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1 \
		Vhvb_card__ALL.a verilated.o verilated_threads.o >/dev/null
	@touch $@
$(B)/gate/obj/sim/rtl.o: MODEL_DEFINES := -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_SC=0

# An adapter's model is another card, nothing else: $(B)/x7_64/hvbell and so on are $(B)/hvbell with that in it.
# $(call behind,ADAPTER_WIDTH)
ADAPTER_TEST := $(wildcard tests/adapters/*.c)
define behind
$(B)/$(1)/obj/sim/rtl.o: sim/rtl.cpp $(B)/$(1)/model/model.stamp | $(GEN_H) $(READY)
	@echo '  CXX $$@' >&2
	@mkdir -p $$(@D)
	@$$(CXX) $$(CXXFLAGS_ALL) $$(MODEL_DEFINES) -I$(B)/$(1)/model -isystem $$(VERILATOR_ROOT)/include \
		-isystem $$(VERILATOR_ROOT)/include/vltstd -c -o $$@ $$<
$(B)/$(1)/libhvbell.a: $(LIB_SRC:%.c=$(B)/obj/%.o) $(B)/$(1)/obj/sim/rtl.o
	@rm -f $$@
	@ar rcs $$@ $$^ $(B)/$(1)/model/*.o
$(B)/$(1)/hvbell: $(TOOL_SRC:%.c=$(B)/obj/%.o) $(B)/libhvcall.a $(B)/$(1)/libhvbell.a
	@echo '  LINK $$@' >&2
	@$$(CXX) -o $$@ $$^ $(TOOL_LIBS) $(SYSTEM_LIBS) $$(LDFLAGS)
$(patsubst %,$(B)/$(1)/%,$(filter tests/rtl/% tests/golden/%,$(TEST_PROGRAMS))): $(B)/$(1)/%: $(B)/obj/%.o \
		$(B)/libhvcall.a $(B)/$(1)/libhvbell.a $(patsubst %,$(B)/obj/%/shared.a,tests/rtl tests/golden tools)
	$$(link_test)
$(B)/$(1)/obj/tests/adapters/bench.o: tests/adapters/bench.cpp $(B)/$(1)/bench/model.stamp
	@echo '  CXX $$@' >&2
	@mkdir -p $$(@D)
	@$$(CXX) $$(CXXFLAGS_ALL) $(MODEL_DEFINES) -I$(B)/$(1)/bench -isystem $$(VERILATOR_ROOT)/include \
		-isystem $$(VERILATOR_ROOT)/include/vltstd -c -o $$@ $$<
$(B)/$(1)/bench.a: $(B)/$(1)/obj/tests/adapters/bench.o
	@rm -f $$@
	@ar rcs $$@ $$< $(B)/$(1)/bench/*.o
$(B)/$(1)/tests/adapters/test_adapter: $(ADAPTER_TEST:%.c=$(B)/obj/%.o) $(B)/obj/sim/tlp.o $(B)/$(1)/bench.a
	$$(link_test)
endef
$(foreach a,$(BEHIND),$(eval $(call behind,$(a))))
ADAPTER_PROGRAMS := $(BEHIND:%=$(B)/%/hvbell) $(BENCHED:%=$(B)/%/tests/adapters/test_adapter)
$(eval $(call behind,gate))

# in these tests tests/unit/fake_kernel.c stands between the VFIO backend and the kernel
WRAPPED := open close ioctl mmap munmap pread pwrite readlink opendir
WRAPPING := $(filter tests/unit/test_vfio_kernel%,$(TEST_PROGRAMS))
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(WRAPPING:%=$(f)/%)): FLAVOUR += $(WRAPPED:%=-Wl$(comma)--wrap=%)
# in this one a guest makes the calls
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/vm/calls): FLAVOUR += -Wl$(comma)--wrap=stage_hypercall

# in these tests/unit/fake_kvm.c stands between hvcall/kvm*.c and KVM
WRAPPING_KVM := $(filter tests/unit/test_hvcall_kvm%,$(TEST_PROGRAMS))
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(WRAPPING_KVM:%=$(f)/%)): FLAVOUR += -Wl$(comma)--wrap=ioctl

# in these a send waits where it has signalled; memory runs out; threads do
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/unit/test_miracast): \
	FLAVOUR += -Wl$(comma)--wrap=hvmc_wire_ring
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/unit/test_miracast_receive): \
	FLAVOUR += -Wl$(comma)--wrap=malloc -Wl$(comma)--wrap=calloc
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/unit/test_miracast_context): \
	FLAVOUR += -Wl$(comma)--wrap=pthread_create

# in these the system, or the card, refuses one thing in turn (tests/unit/refuse.h)
REFUSED := malloc calloc realloc eventfd epoll_create1 memfd_create fcntl pthread_create hvb_dev_read64 hvb_dev_write64
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/unit/test_lib_refused $(f)/tests/unit/test_dxgk_refused): \
	FLAVOUR += $(REFUSED:%=-Wl$(comma)--wrap=%)

# this one has a twin of each card, that one has cards which fall silent
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(f)/tests/rtl/test_rest $(f)/tests/unit/test_silent_card): FLAVOUR += -Wl$(comma)--wrap=hvb_rtl_clock

# this one has a board
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/cov,$(eval $(f)/tests/rtl/test_serial: $(f)/board.a))
# the other boards have it, too: $(B)/versa5g/tests/rtl/test_serial beside $(B)/versa5g/hvbell-board, and so on
define other_board
$(call serial_board,$(B)/$(1),,$(1),$(B))
$(B)/$(1)/tests/rtl/test_serial: $(B)/obj/tests/rtl/test_serial.o $(B)/$(1)/board.a $(B)/libhvbell.a
	$$(link_test)
endef
OTHER_BOARDS := $(filter-out $(firstword $(SERIAL_BOARDS)),$(SERIAL_BOARDS))
$(foreach b,$(OTHER_BOARDS),$(eval $(call other_board,$(b))))
OTHER_PROGRAMS := $(foreach b,$(OTHER_BOARDS),$(B)/$(b)/hvbell-board $(B)/$(b)/tests/rtl/test_serial)

# the tests may look at everything, by the names that the files have at home
$(foreach f,$(B) $(B)/off $(B)/asan $(B)/tsan $(B)/fuzz $(B)/cov,$(f)/obj/tests/%.o): INCLUDES += -Itests/golden -Itools -Isim -Ilib/src

# ---- products -------------------------------------------------------------------------------------------------------
PRODUCTS := $(B)/hvbell $(B)/hvbell-sim $(B)/hvbell-board $(B)/libhvbell.a $(B)/libhvcall.a $(B)/libhvbell.so.0 $(B)/hvbell.pc \
	$(if $(filter x86_64,$(shell uname -m)),$(B)/examples/vmm)
.PHONY: all demo
all: $(PRODUCTS)

$(B)/libhvbell.so.0: $(LIB_SRC:%.c=$(B)/obj/%.o) $(B)/obj/sim/rtl.o $(B)/model/model.stamp lib/hvbell.map
	@echo '  LINK $@' >&2
	@$(CXX) -shared -Wl,-soname,libhvbell.so.0 -Wl,--version-script=lib/hvbell.map -Wl,-z,defs -o $@ \
		$(filter %.o,$^) $(B)/model/*.o $(SYSTEM_LIBS) $(LDFLAGS)

# $(1): where it goes
pkgconfig = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$${prefix}/lib|' -e 's|@INCLUDEDIR@|$${prefix}/include|' \
	-e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS_PRIVATE@|-lstdc++ $(SYSTEM_LIBS)|' lib/hvbell.pc.in >$(1)
$(B)/hvbell.pc: lib/hvbell.pc.in lib/include/hvbell/hvbell.h
	@mkdir -p $(@D)
	@$(call pkgconfig,$@)

demo: $(B)/hvbell
	@$(B)/hvbell demo

# ---- tests ----------------------------------------------------------------------------------------------------------
# tests/run counts what the programs and scripts print. Fast ones first, so that a mistake shows early.
CHECKS := $(wildcard tests/lint/*.sh)
# what keeps one processor busy for a minute or two each: `make test` stays under a quarter of an hour, CI runs both
SLOW := tests/synth/synth.sh tests/synth/fasm.sh tests/synth/gate.sh tests/board/serial.sh tests/adapters/adapters.sh \
	tests/adapters/us.sh
SCRIPTS := $(filter-out $(CHECKS) $(SLOW) tests/synth/bitstream.sh tests/bench/bench_%.sh,$(wildcard tests/*/*.sh))
RUN_UNIT := $(UNIT_PROGRAMS:%=$(B)/%)
RUN_RTL := $(patsubst %,$(B)/%,$(filter tests/rtl/%,$(TEST_PROGRAMS)))
RUN_SANITIZED := $(UNIT_PROGRAMS:%=$(B)/asan/%) $(UNIT_PROGRAMS:%=$(B)/tsan/%) \
	$(patsubst %,$(B)/asan/%,$(filter tests/fuzz/%,$(TEST_PROGRAMS)))
.PHONY: test test-slow test-vm test-vm-cdev test-kvm test-serial test-adapters test-gate test-bitstream bitstream program stress-dxgk lint bench-rtl bench-lib bench-channel bench-links bench-size bench-kvm
RUN_OFF := $(B)/off/tests/rtl/test_stress $(B)/off/tests/rtl/test_turmoil
OFF_SH := $(B)/off/hvbell $(B)/off/tests/rtl/test_faults $(B)/off/tests/rtl/test_anyvp
test: all $(B)/fasm2frames $(OFF_SH) $(RUN_OFF) $(TEST_PROGRAMS:%=$(B)/%) $(RUN_SANITIZED)
	@BUILD=$(B) tests/run $(RUN_UNIT) $(RUN_RTL) $(RUN_OFF) $(SCRIPTS) $(CHECKS) $(RUN_SANITIZED)
test-slow: all $(B)/fasm2frames $(ADAPTER_PROGRAMS) $(OTHER_PROGRAMS)
	@LIMIT=1800 ADAPTERS='$(BEHIND)' OTHER_BOARDS='$(OTHER_BOARDS)' BUILD=$(B) tests/run $(SLOW)
lint: all
	@BUILD=$(B) tests/run $(CHECKS)
VM_MIRACAST := $(B)/tests/unit/test_miracast $(B)/tests/unit/test_miracast_context $(B)/tests/unit/test_miracast_peer
VM_PROGRAMS := $(B)/hvbell $(B)/hvbell-sim $(filter $(B)/examples/%,$(PRODUCTS)) \
	$(filter $(B)/tests/vm/% $(B)/tests/unit/test_dxgk% $(VM_MIRACAST),$(TEST_PROGRAMS:%=$(B)/%))
test-vm: $(VM_PROGRAMS)
	@BUILD=$(B) tests/run tests/vm/vm.sh
bench-kvm: $(VM_PROGRAMS)
	@BUILD=$(B) VM_WHAT=bench tests/vm/vm.sh | sed -n 's/^# //p; /not ok/,$$p'
test-serial: $(B)/hvbell $(B)/hvbell-board $(OTHER_PROGRAMS)
	@LIMIT=7200 SCENARIOS=all OTHER_BOARDS='$(OTHER_BOARDS)' BUILD=$(B) tests/run tests/board/serial.sh
test-adapters: $(B)/hvbell $(ADAPTER_PROGRAMS)
	@SCENARIOS=all ADAPTERS='$(BEHIND)' BUILD=$(B) tests/run tests/adapters/adapters.sh tests/adapters/us.sh
	@sed -n 's/^# //p' $(B)/test-logs/tests-adapters-adapters.sh.log
# The card as it is mapped for ECP5: every scenario; test-slow plays some.
test-gate: $(B)/hvbell
	@LIMIT=7200 SCENARIOS=all BUILD=$(B) tests/run tests/synth/gate.sh
# A board's bitstream: make BOARD=ulx3s bitstream (open tools), BOARD=squirrel (Vivado); docs/boards.md has them all
BOARD ?= ulx3s
$(B)/fasm2frames: $(B)/obj/tools/fasm/fasm2frames.o
	@echo '  LINK $@' >&2
	@$(CC) -o $@ $^ -ljson-c $(LDFLAGS)
bitstream: $(GEN_SV) $(B)/fasm2frames
	@BUILD=$(B) boards/bitstream $(BOARD) && echo $(B)/boards/$(BOARD).bit
test-bitstream: $(GEN_SV) $(B)/fasm2frames
	@LIMIT=7200 BOARD=$(BOARD) BUILD=$(B) tests/run tests/synth/bitstream.sh
	@sed -n 's/^# //p' $(B)/test-logs/tests-synth-bitstream.sh.log
program:
	@BUILD=$(B) boards/program $(BOARD)
test-kvm: $(VM_PROGRAMS)
	@BUILD=$(B) tests/run tests/vm/kvm.sh
test-vm-cdev: $(VM_PROGRAMS)
	@tests/vm/cdev-kernel >/dev/null || [ $$? = 77 ]
	@BUILD=$(B) VM_KERNEL=cdev-kernel tests/run tests/vm/vm.sh
.PHONY: $(ASSURE)
SOAK_PROGRAMS := $(patsubst %,$(B)/%,tests/golden/campaign tests/golden/lockstep tests/rtl/test_stress \
	tests/soak/kill_users $(filter tests/fuzz/%,$(TEST_PROGRAMS)))
VALGRIND := $(filter tests/unit/test_lib_% tests/unit/test_hvcall_%,$(TEST_PROGRAMS))
spin: | $(READY)
	@BUILD=$(B) tests/run tests/spin/spin.sh && sed -n 's/^# //p' $(B)/test-logs/tests-spin-spin.sh.log
COVERED := $(filter tests/unit/% tests/rtl/% tests/golden/% tests/fuzz/%,$(TEST_PROGRAMS))
coverage: $(COVERED:%=$(B)/cov/%) $(B)/cov/hvbell $(B)/cov/hvbell-sim $(B)/cov/hvbell-board
	@BUILD=$(B)/cov tests/coverage/coverage $(COVERED:%=$(B)/cov/%)
HOURS ?= 8
soak: all $(SOAK_PROGRAMS)
	@BUILD=$(B) SOAK_SEED=$${SEED:-$$(date +%s)} SOAK_SECONDS=$$(awk 'BEGIN { print int($(HOURS) * 3600) }') tests/soak/soak.sh
KILLS ?= 1000
kill: $(B)/hvbell-sim $(B)/tests/soak/kill_users
	@BUILD=$(B) $(B)/tests/soak/kill_users $(KILLS) $(SEED)
valgrind: $(VALGRIND:%=$(B)/%)
	@BUILD=$(B) tests/soak/valgrind.sh all
T ?= 60
fuzz: $(FUZZ)
	@BUILD=$(B) tests/fuzz/fuzz $(T) $(FUZZ)
N ?= 10000000
SEED ?= 1
campaign: $(B)/tests/golden/campaign
	@$< --signals $(N) --seed $(SEED) --state $(B)/campaign-$(SEED).state && rm -f $(B)/campaign-$(SEED).state
# ThreadSanitizer's run may need addresses that are not spread (tests/run)
UNSPREAD := $$(! setarch -R true 2>/dev/null || echo setarch -R)
stress-dxgk: $(foreach f,$(B) $(B)/tsan,$(f)/tests/unit/test_dxgk_stress $(f)/tests/unit/test_miracast_stress)
	@$< 1000000
	@$(UNSPREAD) $(B)/tsan/tests/unit/test_dxgk_stress 1000000
	@$(B)/tests/unit/test_miracast_stress 600
	@$(UNSPREAD) $(B)/tsan/tests/unit/test_miracast_stress 600
formal: $(GEN_SV) | $(READY)
	@BUILD=$(B) tests/formal/prove $(MODULES)
mutate: $(GEN_SV) | $(READY)
	@BUILD=$(B) tests/formal/mutate $(BUGS)
bench-rtl: $(B)/tests/bench/bench_rtl
	@tests/bench/bench_rtl.sh $<
bench-channel: $(B)/tests/bench/bench_channel
	@$<
bench-links: $(B)/hvbell
	@tests/bench/bench_links.sh $<
bench-size: $(B)/hvbell
	@tests/bench/bench_size.sh $<
bench-lib: $(B)/tests/bench/bench_lib
	@tests/bench/bench_lib.sh $<

# ---- synthesis ------------------------------------------------------------------------------------------------------
.PHONY: synth
synth: $(GEN_SV)
	@BUILD=$(B) tests/synth/synth

# ---- documents ------------------------------------------------------------------------------------------------------
.PHONY: docs
docs:
	@tools/docs

# ---- install, clean, help -------------------------------------------------------------------------------------------
.PHONY: install clean help
TO = $(DESTDIR)$(PREFIX)
install: all
	@install -d $(TO)/bin $(TO)/lib/pkgconfig $(TO)/lib/udev/rules.d $(TO)/lib/sysusers.d $(TO)/include/hvbell
	@install -m 644 tools/udev/60-hvbell.rules $(TO)/lib/udev/rules.d/
	@install -m 644 tools/udev/hvbell.conf $(TO)/lib/sysusers.d/
	@install -m 755 $(B)/hvbell $(B)/hvbell-sim $(TO)/bin/
	@install -m 644 $(B)/libhvbell.a $(B)/libhvcall.a $(TO)/lib/
	@install -m 755 $(B)/libhvbell.so.0 $(TO)/lib/
	@ln -sf libhvbell.so.0 $(TO)/lib/libhvbell.so
	@install -m 644 $(wildcard lib/include/hvbell/*.h) hvcall/hvcall.h hvcall/kvm.h hvcall/dxgk.h $(TO)/include/hvbell/
	@$(call pkgconfig,$(TO)/lib/pkgconfig/hvbell.pc)
clean:
	@rm -rf $(B)
help:
	@echo 'make             build build/hvbell and the libraries'
	@echo 'make demo        fetch what is needed, build, and show what the project is (under 20 s)'
	@echo 'make test        fetch what is needed and run every test; ends with N passed, N failed, N skipped'
	@echo 'make test-slow   what takes minutes and is not in it: area, a serial port, adapters'
	@echo 'make test-vm     only the card in a Linux guest; test-vm-cdev by iommufd too, on a kernel built for it'
	@echo 'make test-kvm    only guests of that guest, whose hypercalls go through the card'
	@echo 'make stress-dxgk a million signals of eight threads, twice: the second time with ThreadSanitizer'
	@echo 'make test-serial every scenario at the serial port of each simulated board that has one'
	@echo 'make test-adapters every scenario behind each adapter and in each board with a PCIe block; cycles of the adapters'
	@echo 'make test-gate   every scenario on the card as yosys maps it for ECP5'
	@echo 'make bitstream   of a board, BOARD=$(BOARD): build/boards/$(BOARD).bit (BOARD=NAME lists them: docs/boards.md)'
	@echo 'make program     loads it, BOARD=$(BOARD); FLASH=1 into its flash, CABLE=NAME by another JTAG adapter'
	@echo 'make test-bitstream the same as a test'
	@echo 'make lint        only the checks of the sources'
	@echo 'make spin        only the model of card and consumer, every order of events (SIGNALS=2 MASKS=1)'
	@echo 'make campaign    random signals against the golden model, N=$(N) SEED=$(SEED); goes on where it was ended'
	@echo 'make fuzz        every fuzz target for T=$(T) seconds, guided by coverage (clang)'
	@echo 'make coverage    what the tests reach of C and RTL, one page: $(B)/cov/coverage.html'
	@echo 'make soak        all of that and more with new seeds, HOURS=$(HOURS)'
	@echo 'make kill        users of a card in a server killed at random, KILLS=$(KILLS)'
	@echo 'make valgrind    the tests of the library under memcheck'
	@echo 'make formal      prove what the modules of the card promise; MODULES="hvb_msix ..." only these'
	@echo 'make mutate      seed bugs into the card: which are caught, which survive; BUGS="NAME ..." only these'
	@echo 'make bench-rtl   cycles of the card, one JSON object (with -s nothing else)'
	@echo 'make bench-lib   instructions of the library, one JSON object (with -s nothing else)'
	@echo 'make bench-channel a register read across threads, one JSON object; on two idle processors'
	@echo 'make bench-links the tables of docs/benchmark.md, by the model over three links'
	@echo 'make bench-size  docs/size.svg: what a signal costs the card with more connections and VPs'
	@echo 'make bench-kvm   what a signal costs a guest of KVM, four ways (in an emulated machine)'
	@echo 'make synth       what the card takes of FPGAs and how fast it is there, one JSON object (an hour or more)'
	@echo 'make docs        bring the tables and the picture of docs/ up to date'
	@echo 'make setup       only fetch what a build needs'
	@echo 'make install     PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo 'make clean       remove build/'

-include $(shell find $(B) -path '*/obj/*' -name '*.d' 2>/dev/null)
