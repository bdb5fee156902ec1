"""Sessions that are booked, moved, placed and cancelled together: all of them or none, each seen beforehand."""
