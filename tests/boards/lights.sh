#!/bin/sh
# SPDX-License-Identifier: MIT
# What a board's LEDs show (boards/hvb_lights.sv). Run by tests/run; LIGHTS: another file for it.
set -u
. tests/tap.sh
. tests/boards/part
check "link, doorbells, faults" part lights 'all seen' "${LIGHTS:-boards/hvb_lights.sv}"
plan
