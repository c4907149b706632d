#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest's own hypercalls through the card: in the guest of vm.sh, a VMM runs guests on KVM and gives them the card.
# Run by tests/run.
VM_WHAT=kvm exec tests/vm/vm.sh
