# SPDX-License-Identifier: MIT
# Makes a board's bitstream and flash image: IP core, synthesis, place and route, timing. boards/vivado calls it:
#   vivado -mode batch -source boards/vivado.tcl -tclargs BOARD BUILD
# boards/BOARD/board.tcl has the part, the top level, and what is the board's own of the PCIe core; boards/CORE.tcl
# makes the core. All that is generated lies in BUILD/boards/BOARD.vivado.
lassign $argv board build
source boards/$board/board.tcl
set out $build/boards/$board
file delete -force $out.vivado
file mkdir $out.vivado

create_project -in_memory -part $part
set_property target_language Verilog [current_project]
source boards/$core.tcl

read_verilog -sv [concat $build/gen/hvb_regs_pkg.sv rtl/hvb_pkg.sv \
    [lsearch -all -inline -not [glob rtl/*.sv] rtl/hvb_pkg.sv] \
    [lsearch -all -inline -not [glob rtl/adapters/*.sv] *serial*] [glob boards/hvb_*.sv] boards/$top/$top.sv]
read_xdc $pins
synth_design -top $top -part $part
report_utilization -file $out.vivado/utilization.txt
opt_design
# the core has the lanes where its own example board has them
if {[info exists channels]} {
    reset_property LOC [get_cells -hierarchical -filter {NAME =~ *gtp_channel.gtpe2_channel_i}]
    for {set lane 0} {$lane < $lanes} {incr lane} {
        set_property LOC [lindex $channels $lane] [get_cells -hierarchical -filter \
            "NAME =~ *pipe_lane\[$lane\].gt_wrapper_i/gtp_channel.gtpe2_channel_i"]
    }
}
# a card on half of the block's clock: nothing between the two but what hvb_cross lets cross
if {[info exists crossing]} {
    set fast [get_clocks -of_objects [get_pins [lindex $crossing 0]]]
    set slow [get_clocks -of_objects [get_pins [lindex $crossing 1]]]
    set_max_delay -datapath_only -from $fast -to $slow [lindex $crossing 2]
    set_max_delay -datapath_only -from $slow -to $fast [lindex $crossing 2]
}
place_design
phys_opt_design
route_design
report_timing_summary -file $out.vivado/timing.txt
report_utilization -file $out.vivado/utilization.txt
report_drc -file $out.vivado/drc.txt

# the worse of setup and hold
set slack [lindex [lsort -real [list [get_property SLACK [get_timing_paths -delay_type max]] \
    [get_property SLACK [get_timing_paths -delay_type min]]]] 0]
if {$slack < 0} {
    error "$board: the clock is not met, by $slack ns: see $out.vivado/timing.txt"
}
write_bitstream -force $out.bit
write_cfgmem -force -format bin -interface spix4 -size $flash -loadbit "up 0x0 $out.bit" -file $out.bin
puts "$board: $out.bit and $out.bin, slack $slack ns"
