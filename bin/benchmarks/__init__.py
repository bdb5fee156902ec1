"""What bin/bench measures: each figure beside its limit or its peer in the same run: only ratios mean anything."""
